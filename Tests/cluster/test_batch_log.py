"""That Cassandra's batch log does what the store's moves of starts suppose of it (docs/decisions/0012)."""

import bisect
import itertools
import time

import cql
import harness
import nodes
from harness import equal

# A node looks for batches to replay every 10 s, and takes those that are older than twice the time for a write; what
# it cannot deliver it sends as hints when it hears that the replica is back.
REPLAY_SECONDS = 90
TABLES = "moved", "marked"


def keys_of(cluster, number):
    """Some keys of which a node has the only copy."""
    connection = cql.connect(cluster[number].address)
    owners = {}
    for node in cluster.cluster.nodes:
        ((tokens,),) = cql.run(cql.connect(node.address), "SELECT tokens FROM system.local")
        owners |= {int(token): node.number for token in cql.elements(tokens)}
    for index in range(60):
        cql.run(connection, f"INSERT INTO batches.keys (key, value) VALUES ('key-{index}', '')")
    ring = sorted(owners)
    for key, token in cql.run(connection, "SELECT key, token(key) FROM batches.keys"):
        # The first token that is not smaller, round the ring.
        place = bisect.bisect_left(ring, int.from_bytes(token, "big", signed=True)) % len(ring)
        if owners[ring[place]] == number:
            yield key.decode()


def schema_versions(cluster):
    connections = [cql.connect(node.address) for node in cluster.cluster.nodes]
    return {cql.run(one, "SELECT schema_version FROM system.local")[0][0] for one in connections}


def batch(kind, keys):
    """A row of each table. Of one key they would be one mutation, which no node logs."""
    inserts = "; ".join(
        f"INSERT INTO batches.{table} (key, value) VALUES ('{key}', 'x') USING TIMESTAMP 1"
        for table, key in zip(TABLES, keys)
    )
    return f"BEGIN {kind} BATCH {inserts}; APPLY BATCH"


def found(connection, keys):
    """The write timestamps of the rows of a batch that are there."""
    answers = (
        cql.run(connection, f"SELECT WRITETIME(value) FROM batches.{table} WHERE key = '{key}'")
        for table, key in zip(TABLES, keys)
    )
    return [int.from_bytes(row[0], "big") for rows in answers for row in rows]


def wait_until(is_true, what, seconds=REPLAY_SECONDS):
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def test_a_logged_batch_becomes_whole_though_its_coordinator_died_over_it():
    with nodes.Nodes(3, commitlog_sync="periodic") as cluster:
        setup = cql.connect(cluster[1].address)
        cql.run(setup, "CREATE KEYSPACE batches WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        for table in (*TABLES, "keys"):
            cql.run(setup, f"CREATE TABLE batches.{table} (key text PRIMARY KEY, value text)")
        wait_until(lambda: len(schema_versions(cluster)) == 1, "one schema on all nodes")
        keys = list(itertools.islice(keys_of(cluster, 3), 6))
        whole, deleted, unlogged = keys[:2], keys[2:4], keys[4:]

        def logged():
            return len(cql.run(logger, "SELECT id FROM system.batches"))

        def logged():
            return len(cql.run(logger, "SELECT id FROM system.batches"))

        # The only replica is dead, which nobody has noticed yet, and the coordinator dies, too: what it might have noted
        # to send later goes with it.
        logger = cql.connect(cluster[1].address)
        senders = [cql.connect(cluster[2].address) for _ in range(3)]
        cluster[3].kill()
        for sender, kind, keys in zip(senders, ("", "", "UNLOGGED"), (whole, deleted, unlogged)):
            cql.send(sender, batch(kind, keys))
        wait_until(lambda: logged() == 2, "two batches in the log of the node that lives", seconds=10)
        cluster[2].kill()
        cluster[3].start()

        replica = cql.connect(cluster[3].address)
        for table, key in zip(TABLES, deleted):
            cql.run(replica, f"DELETE FROM batches.{table} USING TIMESTAMP 2 WHERE key = '{key}'")

        wait_until(lambda: len(found(replica, whole)) == 2, "the replay of a logged batch")
        wait_until(lambda: logged() == 0, "the end of the replay")
        equal(found(replica, whole), [1, 1], "write timestamps of a batch that was replayed")
        equal(found(replica, deleted), [], "rows of a later deletion, after the replay of their insertion")
        equal(found(replica, unlogged), [], "rows of a batch that was not logged")


if __name__ == "__main__":
    harness.main(globals())
