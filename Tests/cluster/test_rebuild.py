"""Tables truncated under running services, and `rebuild`, on one real node."""

import signal
import subprocess
import time

import cql
import harness
import nodes
from harness import Directory, Service, equal, run, start

UNTIL = "&until=2024-02-01T00:00:00"


def count(service, hours):
    return service.get(f"/queryevents/count?num_of_hours={hours}{UNTIL}").json["total"]


def test_sums_that_were_truncated_are_made_anew_while_a_service_takes_events():
    with Directory() as directory, nodes.Nodes(1, commitlog_sync="periodic") as cluster:
        events = directory / "events.jsonl"
        status, text, errors = run(
            "generate", "--players", "100", "--sessions", "3000", "--hours", "700", "--seed", "7", "--until",
            "2024-02-01T00:00:00", "--output", events)
        equal(status, 0, errors)
        with Service(cluster.url(replication=1)) as service:
            status, _, errors = run("import", "--url", f"http://127.0.0.1:{service.port}", events, seconds=300)
            equal(status, 0, errors)
            hours = (1, 24, 300, 700, 8760)
            right = [count(service, number) for number in hours]
            assert right[-1] >= 3000 and right[0] < right[1] < right[2], right
            connection = cql.connect(cluster[1].address, nodes.PORT)
            for table in ("start_totals", "start_buckets", "settings"):
                cql.run(connection, f"TRUNCATE players.{table}")
            equal(count(service, 8760), 0)
            deadline = time.monotonic() + 30
            while "truncated or restored" not in service.output():
                assert time.monotonic() < deadline, service.output()
                time.sleep(0.1)
            for number in range(20):
                service.send(start("new", f"s{number}", "2024-01-20T10:00:00"))
            status, _, errors = run("rebuild", "--stopped", "--store", cluster.url(), seconds=300)
            equal(status, 0, errors)
            assert "summed" in errors, errors
            equal([count(service, number) for number in hours],
                  [number + (20 if place > 1 else 0) for place, number in enumerate(right)])
            # It waits for the registrations of the running service, and ends when it is told to.
            waiting = subprocess.Popen(
                [harness.PROGRAM, "rebuild", "--store", cluster.url()], env=harness.clean_environment(),
                stderr=subprocess.PIPE)
            while b"waiting" not in (line := waiting.stderr.readline()):
                assert line, "it says nothing"
            waiting.send_signal(signal.SIGINT)
            _, errors = waiting.communicate(timeout=60)
            equal(waiting.returncode, 130, errors)
            assert b"stopped" in errors, errors
