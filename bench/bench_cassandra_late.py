"""Late starts on one node of Cassandra: what they cost counts and ingest.

SESSIONS (10000000) starts of 14 days are imported, then live traffic goes on in turn without late starts and with 3 % of
them late by up to 14 days: first as much as the node takes, then at half of that with counts beside it. Before that,
IMPORTED (1000000) starts in no order over 60 days, and counts over all of them at once and two minutes later. SECONDS_EACH
(60), ROUNDS (3) and WARM_UP (60) may be set.

What a count reads is said as requests to the node and as bytes that the service received, at rest.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from answers import generate, now
from harness import NODE, Service, run_import

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tests/cluster")]

import nodes  # noqa: E402

SESSIONS = int(os.environ.get("SESSIONS", 10_000_000))
IMPORTED = int(os.environ.get("IMPORTED", 1_000_000))
SECONDS = int(os.environ.get("SECONDS_EACH", 60))
ROUNDS = int(os.environ.get("ROUNDS", 3))
WARM_UP = int(os.environ.get("WARM_UP", 60))
DAYS = 14
SHARES = ("0", "0.03")
CONNECTIONS = 64
COUNTS_PER_SECOND = 4


def make_starts(path, until, sessions, hours):
    """Starts alone: what is measured is sessions, and each of them has a start."""
    generate(path + ".all", until, sessions, hours=hours)
    count = 0
    with open(path + ".all") as source, open(path, "w") as target:
        for line in source:
            if '"start"' in line:
                target.write(line)
                count += 1
    os.remove(path + ".all")
    return count


class Load:
    """offered_load, compiled into a directory."""

    def __init__(self, directory):
        self.program = directory + "/offered_load"
        subprocess.run(["cc", "-O2", "-o", self.program, HERE / "offered_load.c"], check=True)

    def run(self, service, share, requests_per_second=0, queries_per_second=0, seconds=SECONDS):
        output = subprocess.run(
            [self.program, str(service.port), str(requests_per_second), str(seconds), str(CONNECTIONS),
             str(queries_per_second)],
            capture_output=True, text=True, check=True,
            env=os.environ | {"LATE_SHARE": share, "LATE_DAYS": str(DAYS), "COUNT_HOURS": f"24 {DAYS * 24}"},
        ).stdout
        result = json.loads(output)
        if result["failures"]:
            raise SystemExit(f"{result['failures']} requests failed")
        return result


def received(service):
    return int(pathlib.Path(f"/proc/{service.process.pid}/io").read_text().split()[1])


def statements(service):
    text = service.get("/metrics")[1]
    return sum(
        int(line.rsplit(" ", 1)[1]) for line in text.splitlines()
        if line.startswith("player_sessions_cluster_requests_total")
    )


def time_counts(service, hours, times=20):
    """Milliseconds of each of some counts, asked one after the other."""
    taken = []
    for _ in range(times):
        begin = time.monotonic()
        service.post("/queryevents/count", {"num_of_hours": hours})
        taken.append((time.monotonic() - begin) * 1000)
    return taken


def report_counts(service, when):
    for hours in (24, DAYS * 24):
        requests, bytes_read = statements(service), received(service)
        taken = time_counts(service, hours)
        requests, bytes_read = statements(service) - requests, received(service) - bytes_read
        print(
            f"{when}, count over {hours} h: median {statistics.median(taken):.1f} ms, {requests / len(taken):.0f} requests "
            f"and {bytes_read / len(taken) / 1024:.0f} KiB read each", flush=True)


def measure_import(cluster, directory):
    starts = directory + "/imported.jsonl"
    count = make_starts(starts, now(), IMPORTED, hours=60 * 24)
    lines = open(starts).readlines()
    import random
    random.Random(5).shuffle(lines)
    open(starts, "w").writelines(lines)
    with Service(cluster.url("imported", replication=1)) as service:
        seconds = run_import("--store", cluster.url("imported"), starts)
        print(f"{count:,} starts in no order over 60 days imported, {count / seconds:,.0f} a second", flush=True)
        print(f"at once, a count over all of them: {time_counts(service, 61 * 24, 1)[0]:.0f} ms", flush=True)
        time.sleep(120)
        print(f"two minutes later: median {statistics.median(time_counts(service, 61 * 24)):.1f} ms", flush=True)
    os.remove(starts)


def main():
    with tempfile.TemporaryDirectory() as directory, nodes.Nodes(1, commitlog_sync="periodic", **NODE) as cluster:
        load = Load(directory)
        measure_import(cluster, directory)
        starts = directory + "/starts.jsonl"
        count = make_starts(starts, now(), SESSIONS, hours=DAYS * 24)
        seconds = run_import("--store", cluster.url(replication=1), starts)
        print(f"{count:,} starts of {DAYS} days imported, {count / seconds:,.0f} a second", flush=True)
        with Service(cluster.url()) as service:
            time.sleep(15)
            report_counts(service, "at rest")
            load.run(service, "0", seconds=WARM_UP)
            rates, medians = {share: [] for share in SHARES}, {share: [] for share in SHARES}
            for _ in range(ROUNDS):
                for share in SHARES:
                    result = load.run(service, share)
                    rates[share].append(result["batches"]["count"] * 10 / result["seconds"])
                    print(f"{float(share):.0%} late: {rates[share][-1]:,.0f} events/s", flush=True)
            half = statistics.median(rates["0"]) / 20
            for _ in range(ROUNDS):
                for share in SHARES:
                    result = load.run(service, share, half, 2 * COUNTS_PER_SECOND)
                    medians[share].append(result["counts"]["p50"])
                    print(f"{float(share):.0%} late, {half * 10:,.0f} events/s: counts {result['counts']}, "
                          f"batches {result['batches']}", flush=True)
            report_counts(service, "after that")
        print(f"rate with late starts to the rate without: "
              f"{statistics.median(rates['0.03']) / statistics.median(rates['0']):.2f}")
        print(f"median of counts with late starts to without: "
              f"{statistics.median(medians['0.03']) / statistics.median(medians['0']):.2f}")


main()
