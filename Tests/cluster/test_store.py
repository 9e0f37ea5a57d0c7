"""The service on one real node: what operators do and see beyond the contract."""

import re
import subprocess
import time

import copying
import harness
import nodes
from harness import Directory, Service, end, equal, run, start, wait_for
from recovery import History

# The maximum memory in MiB of a service whose cluster accepts nothing, at its default limits.
MAXIMUM_MEMORY = 512


def peak_memory(service):
    with open(f"/proc/{service.process.pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) // 1024


def test_a_cluster_that_takes_no_writes_is_said_and_what_was_sent_meanwhile_is_not_lost():
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}")
    with nodes.Nodes(1, commitlog_sync="batch") as cluster, Service(cluster.url(replication=1)) as service:
        node, history = cluster[1], History(moves_at_once=False)

        def check_refusals():
            answer = wait_for(service, "/readyz", 503)
            assert answer.json["detail"], answer
            equal(service.get("/healthz").status, 200)
            refused = service.post("/batchevents", harness.lines(start("p", "s", "2024-01-01T10:00:00")))
            equal(refused.status, 503, refused)
            assert int(refused.header("Retry-After")) > 0, refused
            equal(service.post("/queryevents/count", {"num_of_hours": 1}).status, 503)

        def trouble():
            time.sleep(2)
            node.pause()
            check_refusals()
            node.resume()
            wait_for(service, "/readyz", 200)
            node.kill()
            check_refusals()
            node.start()
            wait_for(service, "/readyz", 200)
            time.sleep(2)

        statuses = history.load(service, seed, trouble, threads=24, reconnects=True)
        assert statuses.keys() == {503}, statuses
        assert len(history.acknowledged) > 100, f"too little load for a test: {len(history.acknowledged)} batches"
        history.check(service, seed)
        assert peak_memory(service) < MAXIMUM_MEMORY, f"{peak_memory(service)} MiB"
        equal(service.terminate(), 0, service.output())


def test_a_store_is_copied_to_a_cluster_and_back():
    with Directory() as directory, nodes.Nodes(1, commitlog_sync="periodic") as cluster:
        one, back, position = directory / "one", directory / "back", directory / "position.json"
        players = copying.fill(one, directory, 20_000)
        expected = copying.answers(one, players)
        there = ["copy", "--from", f"rocksdb:{one}", "--to", cluster.url(replication=1), "--resume", position]
        killed = subprocess.Popen(
            [harness.PROGRAM, *map(str, there)], env=harness.clean_environment(), stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not position.exists() and killed.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        equal(killed.poll(), None, "the copy ended before it was killed")
        killed.kill()
        killed.wait()
        status, _, errors = run(*there, seconds=300)
        equal(status, 0, errors)
        equal(copying.answers(cluster.url(), players), expected)
        status, _, errors = run("copy", "--from", cluster.url(), "--to", f"rocksdb:{back}", seconds=300)
        equal(status, 0, errors)
        assert "20,000 sessions" in errors, errors
        equal(copying.answers(back, players), expected)


def test_the_store_logs_in_and_encrypts():
    with Directory() as directory, nodes.Nodes(1, commitlog_sync="periodic", auth=True, tls=True) as cluster:
        certificate = cluster.directory / "tls/cert.pem"
        with_password = cluster.url(replication=1, tls="true", ca=certificate).replace("//", "//cassandra:cassandra@")
        with Service(with_password) as service:
            service.send(start("p", "s", "2024-01-01T10:00:00"), end("p", "s", "2024-01-01T11:00:00"))
            equal(service.get("/queryevents/topn?player_id=p").json["session_ids"], ["s"])
            equal(service.terminate(), 0, service.output())
            assert "cassandra:cassandra" not in service.output(), "a password in the log"
        for address, reason in (
            (with_password.replace("cassandra:cassandra@", "cassandra:wrong@"), "password are incorrect"),
            (with_password.replace("cassandra:cassandra@", ""), "password"),
            (cluster.url(tls="true").replace("//", "//cassandra:cassandra@"), "certificate"),
            (cluster.url().replace("//", "//cassandra:cassandra@"), "reach the cluster"),
        ):
            # The last address could be that of a node that is starting.
            seconds = "1" if address == cluster.url().replace("//", "//cassandra:cassandra@") else "3600"
            environment = {"PLAYER_SESSIONS_CLUSTER_START_SECONDS": seconds}
            status, _, errors = run(
                "serve", "--listen", "127.0.0.1:0", "--store", address, cwd=directory, environment=environment)
            equal(status, 1, errors)
            assert reason in errors, f"{reason!r} is not in {errors!r}"
            assert "executed" not in errors, f"what was asked of a login: {errors!r}"
            assert "wrong@" not in errors and "cassandra:cassandra" not in errors, f"a password in {errors!r}"


def wait_for_line(service, words, seconds=60):
    deadline = time.monotonic() + seconds
    while words not in service.output():
        assert service.process.poll() is None, service.output()
        assert time.monotonic() < deadline, f"no {words!r} within {seconds} s: {service.output()}"
        time.sleep(0.1)


def test_a_service_that_is_started_before_its_cluster_waits_for_it_and_for_enough_nodes():
    cluster = nodes.Nodes(2, commitlog_sync="periodic")
    patience = {"PLAYER_SESSIONS_CLUSTER_START_SECONDS": "600"}
    try:
        with Service(cluster.url(replication=2), environment=patience, wait=False) as service:
            wait_for_line(service, "waiting for the cluster")
            cluster[1].start()
            wait_for_line(service, "asks for 2 copies in the data centre datacenter1, which has 1 node")
            cluster[2].start()
            service.wait_until_ready()
            service.send(start("p", "s", "2024-01-01T10:00:00"), end("p", "s", "2024-01-01T11:00:00"))
            equal(service.terminate(), 0, service.output())
            # No keyspace was made with fewer copies than requested.
            assert "replicated otherwise" not in service.output(), service.output()
    finally:
        cluster.__exit__(None)


def test_a_node_that_advertises_an_address_which_nobody_can_reach_is_used_where_it_answered():
    nowhere = nodes.free_subnet(1)
    with nodes.Nodes(1, commitlog_sync="periodic", broadcast_subnet=nowhere) as cluster, \
            Service(cluster.url(replication=1)) as service:
        service.send(start("p", "s", "2024-01-01T10:00:00"), end("p", "s", "2024-01-01T11:00:00"))
        equal(service.get("/queryevents/topn?player_id=p").json["session_ids"], ["s"])
        advertised = f"{cluster[1].address}:{nodes.PORT} advertises {nowhere}.1:{nodes.PORT}"
        equal(service.output().count(advertised), 1, service.output())
        assert "player_sessions_cluster_nodes_unreached 0" in service.get("/metrics").body.decode()
        equal(service.terminate(), 0, service.output())
