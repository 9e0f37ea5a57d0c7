"""Two data centres: the address names the one that decides sums, and the keyspace keeps it."""

import signal
import subprocess
import time

import harness
import nodes
from harness import Service, equal, run, start
from harness import wait_for

COPIES = "datacenter1:1,datacenter2:1"


def refusal(address, command=("serve", "--listen", "127.0.0.1:0")):
    status, _, errors = run(*command, "--store", address, seconds=120)
    equal(status, 1, errors)
    return errors


def test_a_data_center_has_to_be_said_and_another_is_refused_until_it_takes_over():
    with nodes.Nodes(2, commitlog_sync="periodic", data_centers=2) as cluster:
        errors = refusal(cluster.url(replication=COPIES))
        assert "datacenter1, datacenter2" in errors and "datacenter=datacenter1" in errors, errors
        first = cluster.url(replication=COPIES, datacenter="datacenter1")
        second = cluster.url(datacenter="datacenter2")
        with Service(first) as service:
            service.send(start("p", "s", "2024-01-01T10:00:00"))
            assert "data centre name=datacenter1" in service.output(), service.output()
            for other in (second, cluster.url(datacenter="datacenter1", consistency="QUORUM")):
                errors = refusal(other)
                assert "LOCAL_SERIAL datacenter1" in errors and "--take-over" in errors, errors
                refusal(other, ("rebuild", "--stopped"))
            with Service(cluster.url(datacenter="datacenter1")) as again:
                equal(again.terminate(), 0, again.output())
            # A move that has begun keeps services out until it is done.
            moving = subprocess.Popen(
                [harness.PROGRAM, "rebuild", "--take-over", "--store", second], env=harness.clean_environment(),
                stderr=subprocess.PIPE)
            while b"waiting" not in (line := moving.stderr.readline()):
                assert line, "it says nothing"
            moving.send_signal(signal.SIGINT)
            _, errors = moving.communicate(timeout=60)
            equal(moving.returncode, 130, errors)
            assert b"services cannot use the keyspace" in errors, errors
            for address in (first, second):
                assert "has not made its sums anew yet" in refusal(address)
            status, _, errors = run("rebuild", "--stopped", "--take-over", "--store", second, seconds=120)
            equal(status, 0, errors)
            # The service that still runs in the former data centre must not continue.
            deadline = time.monotonic() + 60
            while "LOCAL_SERIAL datacenter2" not in (answer := wait_for(service, "/readyz", 503, 60)).json["detail"]:
                assert time.monotonic() < deadline, answer
                time.sleep(0.1)
            equal(service.get("/queryevents/count?num_of_hours=1").status, 500)
        with Service(second) as service:
            equal(service.get("/queryevents/count?num_of_hours=1&until=2024-01-01T10:30:00").json["total"], 1)
            equal(service.terminate(), 0, service.output())
