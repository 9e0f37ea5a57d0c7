"""Live traffic into one node of Cassandra: the service and the Flask program that it replaces, in turn.

ORIGINAL names a checkout of that program, which is not part of this project; without it there is nothing to compare.
SECONDS_EACH (20), ROUNDS (3), WARM_UP (480), CONNECTIONS (64) and COMMITLOG_SYNC (periodic) may be set. A node compiles
its code for some seven minutes of the service's traffic; the original, which keeps it less busy, gets an eighth. It is
queried on 32 connections, the number that gave it the most events. It parses no fractions of seconds, so neither gets
any. Everything runs on the same cores. Its libraries are today's on PyPI, in their own environment.
"""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from harness import NODE, Service, Traffic, free_port
import cql
import nodes

SECONDS = int(os.environ.get("SECONDS_EACH", 20))
ROUNDS = int(os.environ.get("ROUNDS", 3))
WARM_UP = int(os.environ.get("WARM_UP", 480))
CONNECTIONS = int(os.environ.get("CONNECTIONS", 64))
COMMITLOG_SYNC = os.environ.get("COMMITLOG_SYNC", "periodic")
CONNECTIONS_OF_ORIGINAL = 32
LIBRARIES = ["flask", "flask-batch", "ndjson", "pandas", "cassandra-driver"]
# As in its README, without a stray letter.
SCHEMA = [
    "CREATE KEYSPACE players WITH REPLICATION = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    "CREATE TABLE players.start_events_by_hour "
    "(YYMMDDHH int, country text, session_count counter, PRIMARY KEY ((YYMMDDHH), country))",
    "CREATE TABLE players.events_session_by_player_id (player_id text, is_started boolean, is_ended boolean, "
    "session_id text, start_timestamp timestamp, end_timestamp timestamp, PRIMARY KEY (player_id, session_id))",
]
WHOLE_SECONDS = {"WHOLE_SECONDS": "1"}


@contextlib.contextmanager
def original(checkout, directory):
    """Runs the original on Flask's own server, with threads and without a debugger; yields its port."""
    environment = pathlib.Path(directory) / "python"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin/pip", "install", "--quiet", *LIBRARIES], check=True)
    port = free_port()
    with open(os.path.join(directory, "original.log"), "w") as log:
        process = subprocess.Popen(
            [environment / "bin/flask", "--app", "assignment.app", "run", "--port", str(port), "--with-threads"],
            cwd=checkout, stdout=log, stderr=log,
        )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/").read()
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the original did not start: " + pathlib.Path(log.name).read_text())
        yield port
    finally:
        process.terminate()
        process.wait(30)


def main():
    checkout = os.environ.get("ORIGINAL")
    if not checkout:
        print("no original to compare with: ORIGINAL names a checkout of it")
        return
    # The original always connects to 127.0.0.1:9042.
    cluster = nodes.Nodes(1, commitlog_sync=COMMITLOG_SYNC, **NODE, subnet="127.0.0")
    with tempfile.TemporaryDirectory() as directory, cluster:
        connection = cql.connect(cluster[1].address, nodes.PORT)
        for statement in SCHEMA:
            cql.run(connection, statement)
        print(f"one node, commitlog_sync: {COMMITLOG_SYNC}, {ROUNDS} rounds of {SECONDS} s")
        rates = {"original": [], "service": []}
        with original(checkout, directory) as port, Service(cluster.url(keyspace="exact", replication=1)) as service:
            sides = {"original": (port, CONNECTIONS_OF_ORIGINAL), "service": (service.port, CONNECTIONS)}
            print(f"warming up, {WARM_UP} s", flush=True)
            for name, (port, connections) in sides.items():
                Traffic(port, connections, WARM_UP if name == "service" else WARM_UP // 8, WHOLE_SECONDS)
            for _ in range(ROUNDS):
                for name, (port, connections) in sides.items():
                    traffic = Traffic(port, connections, SECONDS, WHOLE_SECONDS)
                    rates[name].append(traffic.events_per_second)
                    print(f"{name}: {connections} connections, {traffic}", flush=True)
        ratio = statistics.median(rates["service"]) / statistics.median(rates["original"])
        print(f"events of the service to events of the original: {ratio:.1f}")


main()
