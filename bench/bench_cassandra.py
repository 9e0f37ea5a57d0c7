"""The service on one node of Cassandra, and the Java driver on the same node, in turn.

SECONDS_EACH (20), ROUNDS (3), WARM_UP (90), CONNECTIONS (64) and COMMITLOG_SYNC (periodic) may be set. The driver's
program is the developers' (PEER names its source); without it only the service is measured. Everything runs on the same
cores. A node compiles its code for minutes before it is at its best, so both run for WARM_UP seconds first.
"""

import os
import pathlib
import re
import statistics
import subprocess
import tempfile

from harness import HERE, NODE, Service, Traffic
import nodes

SECONDS = int(os.environ.get("SECONDS_EACH", 20))
ROUNDS = int(os.environ.get("ROUNDS", 3))
WARM_UP = int(os.environ.get("WARM_UP", 90))
CONNECTIONS = int(os.environ.get("CONNECTIONS", 64))
COMMITLOG_SYNC = os.environ.get("COMMITLOG_SYNC", "periodic")
PEER = pathlib.Path(os.environ.get("PEER", HERE.parent.parent / "shared/bench/CassandraPeer.java"))
IN_FLIGHT = 1024
STATEMENTS = re.compile(r"^player_sessions_store_statements_total(?:\{[^}]*\})? (\d+)", re.MULTILINE)


class Peer:
    """The Java driver's program, compiled into a directory."""

    def __init__(self, directory):
        self.directory = directory
        self.classes = f"{directory}:{nodes.script.jars()}/*"
        (directory / "logback.xml").write_text("<configuration/>")
        subprocess.run(["javac", "-cp", self.classes, "-d", directory, PEER], check=True)

    def rows_per_second(self, node, seconds=SECONDS):
        line = subprocess.run(
            ["java", f"-Dlogback.configurationFile={self.directory}/logback.xml", "-cp", self.classes,
             "CassandraPeer", node.address, str(seconds), str(IN_FLIGHT)],
            check=True, capture_output=True, text=True,
        ).stdout
        print(f"driver: {line.strip()}", flush=True)
        return float(re.search(r"(\d+) rows/s", line).group(1))


def statements(service):
    return sum(map(int, STATEMENTS.findall(service.get("/metrics")[1])))


def measure(service, seconds=SECONDS):
    """Returns statements per second in the second half of a run, which is what the driver's program counts."""
    Traffic(service.port, CONNECTIONS, seconds // 2)
    before, cpu = statements(service), service.cpu_seconds()
    traffic = Traffic(service.port, CONNECTIONS, seconds - seconds // 2)
    rate = (statements(service) - before) / traffic.seconds
    print(
        f"service: {rate:,.0f} statements/s, {traffic}, "
        f"{(service.cpu_seconds() - cpu) / traffic.requests * 1e5:.1f} us CPU an event, "
        f"peak {service.memory():,.0f} MiB",
        flush=True,
    )
    return rate


def main():
    with tempfile.TemporaryDirectory() as directory, nodes.Nodes(1, commitlog_sync=COMMITLOG_SYNC, **NODE) as cluster:
        peer = Peer(pathlib.Path(directory)) if PEER.exists() else None
        print(f"one node, commitlog_sync: {COMMITLOG_SYNC}, {ROUNDS} rounds of {SECONDS} s, {CONNECTIONS} connections")
        rates = {"driver": [], "service": []}
        with Service(cluster.url(replication=1)) as service:
            print(f"warming up, {WARM_UP} s each")
            measure(service, WARM_UP)
            if peer:
                peer.rows_per_second(cluster[1], WARM_UP)
            print("measuring")
            for _ in range(ROUNDS):
                if peer:
                    rates["driver"].append(peer.rows_per_second(cluster[1]))
                rates["service"].append(measure(service))
        if peer:
            ratio = statistics.median(rates["service"]) / statistics.median(rates["driver"])
            print(f"statements of the service to rows of the driver: {ratio:.2f}")
        else:
            print("no program of the Java driver to compare with here")


main()
