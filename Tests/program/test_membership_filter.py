"""The membership filter: whatever happens to its log after a kill -9, no session is taken for a new one twice.

MEMBERSHIP_ROUNDS (default 4) is the number of rounds; TEST_SEED repeats the choices of a run.
"""

import os
import random
import shutil
import time

import harness
from recovery import History

ROUNDS = int(os.environ.get("MEMBERSHIP_ROUNDS", 4))
# Flushes are frequent, so that kills interrupt them.
FEW = {"PLAYER_SESSIONS_HOT_SESSIONS": "1000"}


def metric(service, name):
    for line in service.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no metric {name}")


def wait_for_filter(service):
    deadline = time.monotonic() + harness.PATIENCE
    while metric(service, "player_sessions_store_filter_bytes") == 0:
        assert time.monotonic() < deadline, f"no filter: {service.output()}"
        time.sleep(0.02)


def send_again(service, history, chance, count=200):
    """Retries acknowledged batches, chosen at random."""
    connection = service.connection()
    for batch in chance.sample(history.acknowledged, min(count, len(history.acknowledged))):
        answer = harness.ask(connection, "POST", "/batchevents", harness.lines(*batch))
        harness.equal(answer.status, 200, f"retry: {answer}")
    connection.close()


def harm(store, former, chance):
    """Does something to the log of the filter; returns what it did."""
    path = store / "filter/keys"
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    what = chance.choice(["nothing", "lost", "folder lost", "cut", "flipped", "zeroed", "longer", "former"])
    if what == "lost":
        path.unlink()
    elif what == "folder lost":
        shutil.rmtree(store / "filter")
    elif what == "cut":
        path.write_bytes(content[:at])
    elif what == "flipped":
        content[at] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    elif what == "zeroed":
        content[at:at + 4_096] = bytes(len(content[at:at + 4_096]))
        path.write_bytes(content)
    elif what == "longer":
        path.write_bytes(content + chance.randbytes(1_000))
    elif what == "former" and former:
        path.write_bytes(former)
    return what


def test_kills_and_harm_to_the_log_of_the_filter():
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}, {ROUNDS} rounds")
    chance = random.Random(seed)
    with harness.Directory() as directory:
        history, former, store = History(), None, directory / "store"
        for number in range(ROUNDS):
            with harness.Service(store, environment=FEW) as service:

                def until():
                    time.sleep(chance.uniform(0.5, 2))
                    history.wait_for_batches(300)
                    service.kill()

                history.load(service, seed * 1000 + number, until)
            kept = (store / "filter/keys").read_bytes()
            what = harm(store, former, chance)
            former = kept
            print(f"  {what}")
            with harness.Service(store, environment=FEW) as service:
                # At once, and again when the filter is ready.
                send_again(service, history, chance)
                history.check(service, seed + number)
                wait_for_filter(service)
                send_again(service, history, chance)
                history.check(service, seed + number)
                harness.equal(service.terminate(), 0, "exit status")


def test_sessions_that_are_new_are_denied_by_the_filter_and_old_ones_found():
    def batch(numbers):
        return harness.lines(*[harness.start(f"p{n % 7}", f"s{n}", "2016-12-02T10:00:00", "FI") for n in numbers])

    with harness.Directory() as directory:
        with harness.Service(directory / "store", environment=FEW) as service:
            for first in range(0, 2_500, 10):
                harness.equal(service.post("/batchevents", batch(range(first, first + 10))).status, 200)
            assert metric(service, 'player_sessions_store_lookups_total{result="denied"}') > 400
            service.kill()
        with harness.Service(directory / "store", environment=FEW) as service:
            wait_for_filter(service)
            for first in range(0, 2_500, 10):
                harness.equal(service.post("/batchevents", batch(range(first, first + 10))).status, 200)
            # Sessions flushed before the kill: at least two memtables.
            assert metric(service, 'player_sessions_store_lookups_total{result="found"}') > 900
            count = service.get("/queryevents/count?num_of_hours=24&until=2016-12-02T12:00:00").json
            harness.equal(count["count"], {"FI": 2_500})
            harness.equal(service.terminate(), 0, "exit status")
