"""Late starts on one node of Cassandra: what they cost counts and ingest.

IMPORTED (1000000) starts of 60 days in random order, and counts over all of them at once and two minutes later. Then
SESSIONS (10000000) starts of 14 days, and live traffic, in turn without late starts and with 3 % of them late by up to
14 days: first as much as the node takes, then half of that with counts at the same time. SECONDS_EACH (60), ROUNDS (3)
and WARM_UP (60) may be set.

Also reported: what a count reads at rest, and an event of live traffic with all background work of the service, as
requests to the node, rows in its responses and bytes that the service received; and the disk space of a start.
"""

import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

from answers import generate_starts, now
from harness import NODE, Service, build, run_import
import nodes

SESSIONS = int(os.environ.get("SESSIONS", 10_000_000))
IMPORTED = int(os.environ.get("IMPORTED", 1_000_000))
SECONDS = int(os.environ.get("SECONDS_EACH", 60))
ROUNDS = int(os.environ.get("ROUNDS", 3))
WARM_UP = int(os.environ.get("WARM_UP", 60))
IMPORTED_DAYS, DAYS = 60, 14
# Two minutes: by then an import must not slow down counts any more.
PATIENCE = 120
WITHOUT, WITH = "0", "0.03"
CONNECTIONS = 64
# Every other query is a count.
QUERIES_PER_SECOND = 8


def offer(load, service, share, requests_per_second=0, queries_per_second=0, seconds=SECONDS):
    """Returns what offered_load measured; with a rate of 0 it sends as much as is accepted."""
    output = subprocess.run(
        [load, str(service.port), str(requests_per_second), str(seconds), str(CONNECTIONS), str(queries_per_second)],
        capture_output=True, text=True, check=True,
        env=os.environ | {"LATE_SHARE": share, "LATE_DAYS": str(DAYS), "COUNT_HOURS": f"24 {DAYS * 24}"},
    ).stdout
    seen = json.loads(output)
    if seen["failures"]:
        print(f"  {seen['failures']} requests failed", flush=True)
    return seen


def usage(service):
    """Returns requests to the node, rows in its responses, and KiB the service has read from files and sockets, so
    far."""
    read = int(pathlib.Path(f"/proc/{service.process.pid}/io").read_text().split()[1])
    names = ("player_sessions_cluster_requests_total", "player_sessions_store_rows_total")
    return [service.metric(name) for name in names] + [read / 1024]


def told(former, later, number):
    """Formats what was used between two moments, divided by `number`."""
    requests, rows, read = ((after - before) / number for before, after in zip(former, later))
    return f"{requests:.1f} requests, {rows:.1f} rows and {read:.1f} KiB"


def time_counts(service, hours, times):
    """Returns the median time of some counts in ms; None if one is refused because it exceeds the time of a query."""
    taken = []
    for _ in range(times):
        begin = time.monotonic()
        try:
            service.post("/queryevents/count", {"num_of_hours": hours})
        except SystemExit as refusal:
            print(f"  {refusal}", flush=True)
            return None
        taken.append((time.monotonic() - begin) * 1000)
    return statistics.median(taken)


def report_counts(service, when, times=20):
    for hours in (24, DAYS * 24):
        former = usage(service)
        taken = time_counts(service, hours, times)
        if taken is not None:
            print(f"{when}, count over {hours} h: median {taken:.1f} ms; {told(former, usage(service), times)} each", flush=True)


def report_disk(cluster, keyspace, starts):
    """Prints the disk space of a start on the node, by table, without a compaction."""
    cluster.cluster.nodetool(1, ["flush", keyspace])
    sizes = {}
    for table in (cluster[1].home / "data" / keyspace).iterdir():
        bytes = sum(file.stat().st_size for file in table.rglob("*") if file.is_file())
        sizes[table.name.rsplit("-", 1)[0]] = bytes / starts
    print("bytes of disk a start:", ", ".join(f"{name} {size:.1f}" for name, size in sorted(sizes.items())), flush=True)


def load_starts(cluster, keyspace, directory, sessions, days):
    """Imports starts in random order, straight into the keyspace."""
    path = f"{directory}/{keyspace}.jsonl"
    count = generate_starts(path, now(), sessions, days * 24, random.Random(5))
    seconds = run_import("--store", cluster.url(keyspace), path)
    os.remove(path)
    print(f"{count:,} starts in no order over {days} days: {count / seconds:,.0f} a second", flush=True)


def measure_import(cluster, directory):
    with Service(cluster.url("imported", replication=1)) as service:
        load_starts(cluster, "imported", directory, IMPORTED, IMPORTED_DAYS)
        for when, pause, times in (("at once", 0, 1), ("two minutes later", PATIENCE, 20)):
            time.sleep(pause)
            taken = time_counts(service, IMPORTED_DAYS * 24 + 24, times)
            if taken is not None:
                print(f"{when}, a count over all of them: median {taken:.1f} ms", flush=True)


def measure_live(cluster, directory):
    load = build("offered_load.c", directory)
    with Service(cluster.url(replication=1)) as service:
        load_starts(cluster, "players", directory, SESSIONS, DAYS)
        report_counts(service, "after the import")
        report_disk(cluster, "players", SESSIONS)
        offer(load, service, WITHOUT, seconds=WARM_UP)
        rates, medians = {WITHOUT: [], WITH: []}, {WITHOUT: [], WITH: []}
        for _ in range(ROUNDS):
            for share in rates:
                former = usage(service)
                seen = offer(load, service, share)
                events = seen["batches"]["answers"] * 10
                rates[share].append(events / seen["seconds"])
                print(f"{float(share):.0%} late: {rates[share][-1]:,.0f} events/s; an event takes "
                      f"{told(former, usage(service), events)}", flush=True)
        half = statistics.median(rates[WITHOUT]) / 20
        for _ in range(ROUNDS):
            for share in medians:
                seen = offer(load, service, share, half, QUERIES_PER_SECOND)
                medians[share].append(seen["counts"]["p50"])
                print(f"{float(share):.0%} late, {half * 10:,.0f} events/s: counts {seen['counts']}, "
                      f"batches {seen['batches']}", flush=True)
        report_counts(service, "after the traffic")
    rate, median = ({share: statistics.median(values) for share, values in some.items()} for some in (rates, medians))
    print(f"events a second with late starts to those without: {rate[WITH] / rate[WITHOUT]:.2f}")
    print(f"counts with late starts to those without, median: {median[WITH] / median[WITHOUT]:.2f}")


with tempfile.TemporaryDirectory() as workspace, nodes.Nodes(1, commitlog_sync="periodic", **NODE) as one_node:
    measure_import(one_node, workspace)
    measure_live(one_node, workspace)
