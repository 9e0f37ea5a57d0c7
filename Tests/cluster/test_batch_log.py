"""That Cassandra's batch log does what the store's moves of starts suppose of it (docs/decisions/0012)."""

import itertools
import signal
import subprocess
import sys
import time

import cql
import harness
import nodes
from harness import equal

# Longer than a node waits for another to take a write: what lay before a paused node is too old for it afterwards.
EXPIRY_SECONDS = 6
# A node looks for batches to replay every 10 s, and takes those that are older than twice the time for a write.
REPLAY_SECONDS = 90
TABLES = "moved", "marked"


def keys_of(cluster, number):
    """Keys of which a node has the only copy."""
    for index in itertools.count():
        key = f"key-{index}"
        listed = subprocess.run(
            [sys.executable, nodes.REPOSITORY / "cassandra/nodes", "nodetool", "--dir", cluster.directory, "1",
             "getendpoints", "batches", TABLES[0], key],
            check=True, capture_output=True, text=True,
        ).stdout
        if cluster[number].address in listed.split():
            yield key


def batch(kind, key):
    """A row in each of two tables, which are two partitions."""
    inserts = "; ".join(f"INSERT INTO batches.{table} (key, value) VALUES ('{key}', 'x') USING TIMESTAMP 1" for table in TABLES)
    return f"BEGIN {kind} BATCH {inserts}; APPLY BATCH"


def found(connection, key):
    """The write timestamps of a key's rows, in the tables that have one."""
    answers = (cql.run(connection, f"SELECT WRITETIME(value) FROM batches.{table} WHERE key = '{key}'") for table in TABLES)
    return [int.from_bytes(row[0], "big") for rows in answers for row in rows]


def wait_until(is_true, what, seconds=REPLAY_SECONDS):
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.2)


def test_a_logged_batch_becomes_whole_though_its_coordinator_died_over_it():
    with nodes.Nodes(3, commitlog_sync="periodic") as cluster:
        setup = cql.connect(cluster[1].address)
        cql.run(setup, "CREATE KEYSPACE batches WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        for table in TABLES:
            cql.run(setup, f"CREATE TABLE batches.{table} (key text PRIMARY KEY, value text)")
        whole, deleted, unlogged = itertools.islice(keys_of(cluster, 3), 3)

        # The only replica takes nothing, and the coordinator dies before it knows: it leaves no hint.
        cluster[3].send(signal.SIGSTOP)
        began = time.monotonic()
        for kind, key in (("", whole), ("", deleted), ("UNLOGGED", unlogged)):
            cql.send(cql.connect(cluster[1].address), batch(kind, key))
        time.sleep(1)
        cluster[1].kill()
        time.sleep(max(0, began + EXPIRY_SECONDS - time.monotonic()))
        cluster[3].send(signal.SIGCONT)

        replica, logger = cql.connect(cluster[3].address), cql.connect(cluster[2].address)
        equal([found(replica, key) for key in (whole, unlogged)], [[], []], "rows that passed a paused node")
        for table in TABLES:
            cql.run(replica, f"DELETE FROM batches.{table} USING TIMESTAMP 2 WHERE key = '{deleted}'")
        equal(len(cql.run(logger, "SELECT id FROM system.batches")), 2, "batches in the log of the node that lived")

        wait_until(lambda: found(replica, whole), "the replay of a logged batch")
        wait_until(lambda: not cql.run(logger, "SELECT id FROM system.batches"), "the end of the replay")
        equal(found(replica, whole), [1, 1], "write timestamps of a batch that was replayed")
        equal(found(replica, deleted), [], "rows of a later deletion, after the replay of their insertion")
        equal(found(replica, unlogged), [], "rows of a batch that was not logged")


if __name__ == "__main__":
    harness.main(globals())
