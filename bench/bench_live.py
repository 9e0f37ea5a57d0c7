"""Live traffic through HTTP: durable events a second, latency, CPU and memory.

SECONDS_EACH ("8 120") and CONNECTIONS ("64 256") may be set. A short run hides flushes and compactions.
"""

import os
import pathlib
import re
import subprocess
import tempfile

from harness import Service


def measure(connections, seconds):
    with tempfile.TemporaryDirectory() as directory, Service(directory + "/store") as service:
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", "-s",
             str(pathlib.Path(__file__).parent / "live.lua"), f"http://127.0.0.1:{service.port}"],
            capture_output=True, text=True, check=True,
        ).stdout
        requests = int(re.search(r"(\d+) requests in", output).group(1))
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
        latency = {share: re.search(rf"^\s+{share}%\s+(\S+)", output, re.MULTILINE).group(1) for share in ("50", "99")}
        if "Non-2xx" in output:
            raise SystemExit(output)
        syncs = service.histogram("player_sessions_store_sync_seconds")[float("inf")]
        print(
            f"{connections} connections, {seconds} s: {rate:,.0f} requests/s, {rate * 10:,.0f} events/s, "
            f"p50 {latency['50']}, p99 {latency['99']}, {service.cpu_seconds() / requests * 1e5:.2f} us CPU an event, "
            f"{requests * 10 / max(1, syncs):,.0f} events a sync, peak {service.memory():,.0f} MiB",
            flush=True,
        )


for seconds in os.environ.get("SECONDS_EACH", "8 120").split():
    for connections in os.environ.get("CONNECTIONS", "64 256").split():
        measure(connections, seconds)
