"""Guardrails of a real node that refuse the store's writes: reported at the start and by /readyz, not for every
batch."""

import time

import cql
import harness
import nodes
from harness import Service, equal, run, start
from harness import wait_for

GUARDRAIL = "minimum_timestamp"


def test_a_guardrail_that_refuses_the_stores_timestamps_is_said_once_and_by_readyz():
    with nodes.Nodes(1, commitlog_sync="periodic", auth=True) as cluster:
        node = cluster[1]
        # Superusers are exempt from guardrails.
        make_user(node)
        url = cluster.url(replication=1).replace("//", "//service:secret@")
        with Service(url) as service:
            service.send(start("p", "s", "2024-01-01T10:00:00"))
            node.stop()
            node.options.setting.append(f"{GUARDRAIL}_fail_threshold=1d")
            node.start()
            deadline = time.monotonic() + 60
            while GUARDRAIL not in (answer := wait_for(service, "/readyz", 503, 60)).json["detail"]:
                assert time.monotonic() < deadline, answer
                time.sleep(0.1)
            before = service.output().count("the store failed")
            begin = time.monotonic()
            for number in range(100):
                refused = service.post("/batchevents", harness.lines(start("p", f"s{number}", "2024-01-01T10:00:00")))
                equal(refused.status, 500, refused)
            lines = service.output().count("the store failed") - before
            assert 0 < lines <= time.monotonic() - begin + 2, f"{lines} lines for 100 batches"
            equal(service.get("/healthz").status, 200)
            status, _, errors = run("serve", "--listen", "127.0.0.1:0", "--store", url)
            equal(status, 1, errors)
            assert GUARDRAIL in errors and "docs/cassandra.md" in errors, errors
            node.stop()
            node.options.setting.clear()
            node.start()
            wait_for(service, "/readyz", 200, 60)
            service.send(start("p", "t", "2024-01-01T10:00:00"))
            equal(service.get("/queryevents/count?num_of_hours=1&until=2024-01-01T10:30:00").json["total"], 2)


def make_user(node):
    deadline = time.monotonic() + 60
    while True:
        try:
            connection = cql.connect(node.address, nodes.PORT, ("cassandra", "cassandra"))
            break
        except (AssertionError, OSError):
            assert time.monotonic() < deadline, "nobody can log in"
            time.sleep(0.5)
    for text in (
        "CREATE ROLE service WITH PASSWORD = 'secret' AND LOGIN = true",
        "GRANT CREATE ON ALL KEYSPACES TO service",
        "GRANT SELECT ON ALL KEYSPACES TO service",
        "GRANT MODIFY ON ALL KEYSPACES TO service",
    ):
        cql.run(connection, text)
