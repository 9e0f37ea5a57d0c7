"""Live traffic through HTTP: durable events per second, latency, CPU and memory.

SECONDS_EACH ("8 120") and CONNECTIONS ("64 256") may be set. A short run hides flushes and compactions.
"""

import os
import tempfile

from harness import Service, Traffic


def measure(connections, seconds):
    with tempfile.TemporaryDirectory() as directory, Service(directory + "/store") as service:
        traffic = Traffic(service.port, connections, seconds)
        if traffic.failed:
            raise SystemExit(f"{traffic.failed} requests failed")
        syncs = service.histogram("player_sessions_store_sync_seconds")[float("inf")]
        print(
            f"{connections} connections, {seconds} s: {traffic}, "
            f"{service.cpu_seconds() / traffic.requests * 1e5:.2f} us CPU an event, "
            f"{traffic.requests * 10 / max(1, syncs):,.0f} events a sync, peak {service.memory():,.0f} MiB",
            flush=True,
        )


for seconds in os.environ.get("SECONDS_EACH", "8 120").split():
    for connections in os.environ.get("CONNECTIONS", "64 256").split():
        measure(connections, seconds)
