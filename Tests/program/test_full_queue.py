"""More events than the store can write: 503 at once, with when to retry, and nothing lost or counted twice."""

import json
import threading
import time

import harness
import power_cut
from shared import is_problem

CLIENTS = 12
EVENTS = 1_000
# The duration of a sync in seconds: longer than a busy machine needs to refuse everything that does not fit.
SLOW_SYNC = 10
LIMITS = {
    "PLAYER_SESSIONS_MAX_QUEUED_EVENTS": "1000", "PLAYER_SESSIONS_MAX_BATCH_EVENTS": "1000",
    "PLAYER_SESSIONS_MAX_BODY_BYTES": "1000000",
}


def batch(number):
    return harness.lines(*[
        harness.start(f"p{number}", f"s{number}-{part}", f"2016-12-02T12:00:{number:02}.{part:06}")
        for part in range(EVENTS)
    ])


def metric(service, name):
    text = service.get("/metrics").body.decode()
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(name + " "))


def test_a_full_queue_refuses_at_once_and_loses_nothing():
    with harness.Directory() as directory:
        disk = power_cut.WatchedDisk(power_cut.build(directory), directory, "disk")
        with harness.Service(disk.root / "store", environment=disk.environment | LIMITS) as service:
            answers, lock = [], threading.Lock()

            def client(number):
                answer = service.post("/batchevents", batch(number), seconds=120)
                with lock:
                    answers.append((number, answer))

            disk.slow_down(SLOW_SYNC)
            clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
            for one in clients:
                one.start()
            # The disk is busy with the first group, the queue holds the next, and the service still responds.
            refused, began = [], time.monotonic()
            while len(refused) < CLIENTS - 3 and time.monotonic() - began < SLOW_SYNC - 2:
                time.sleep(0.05)
                with lock:
                    refused = list(answers)
            assert len(refused) >= CLIENTS - 3, f"{len(refused)} of {CLIENTS} were refused while the disk was busy"
            assert metric(service, "player_sessions_store_queued_events") <= 1_000, "more waits than the bound"
            harness.equal(service.get("/healthz").status, 200)
            harness.equal(service.get("/queryevents/topn?player_id=p0").status, 200)
            for _, answer in refused:
                is_problem(answer, 503)
                assert int(answer.header("Retry-After")) >= 1, answer.headers
            disk.slow_down(0)
            for one in clients:
                one.join(120)
            taken = {number for number, answer in answers if answer.status == 200}
            assert taken, "no batch was taken"
            harness.equal({answer.status for _, answer in answers}, {200, 503})
            # All are sent again, as by a client that does not know which were acknowledged.
            counts(service, taken)
            for number in range(CLIENTS):
                harness.equal(service.post("/batchevents", batch(number)).status, 200)
            counts(service, range(CLIENTS))
            service.kill()
        with harness.Service(disk.root / "store", environment=LIMITS) as service:
            counts(service, range(CLIENTS))


def counts(service, numbers):
    body = json.dumps({"num_of_hours": 1, "until": "2016-12-02T12:30:00"})
    answer = service.post("/queryevents/count", body)
    harness.equal(answer.json["total"], EVENTS * len(numbers), "sessions that started")
    for number in range(CLIENTS):
        body = {"num_of_hours": 1 / 3_600, "until": f"2016-12-02T12:00:{number:02}.999999"}
        expected = EVENTS if number in numbers else 0
        harness.equal(service.post("/queryevents/count", body).json["total"], expected, f"starts of batch {number}")
