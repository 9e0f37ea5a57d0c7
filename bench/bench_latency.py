"""Latency over offered rate: live traffic at fixed rates, each response measured from when its request was due.

First the highest rate: CONNECTIONS ("64") send as soon as they get a response, for SECONDS_EACH ("120"). Then the
SHARES ("0.1 0.25 0.5 0.75 0.9") of that rate are offered, with QUERIES ("20") counts and tops a second beside them,
each on a new store. A request that finds no free connection waits for one, and the wait counts.

The load runs on the same processors. While another guest has the machine (`stolen` is this share of the time), nothing
is served. For comparison, bare syncs of 4 KiB beside a busy loop show how much the machine itself delays a wait for the
disk.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from harness import Service, build

SECONDS = float(os.environ.get("SECONDS_EACH", "120"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "64"))
QUERIES = float(os.environ.get("QUERIES", "20"))
SHARES = [float(share) for share in os.environ.get("SHARES", "0.1 0.25 0.5 0.75 0.9").split()]
BAR = 40


def processor_times():
    """Returns the ticks of all processors so far: in total, and stolen."""
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return sum(fields), fields[7]


def bare_syncs(seconds=5):
    """Returns the milliseconds of syncs of 4 KiB while the other processors are busy, sorted."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range((os.cpu_count() or 2) - 1)]
    taken, begin = [], time.monotonic()
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(bytes(1 << 20))
            os.fsync(file.fileno())
            while time.monotonic() - begin < seconds:
                before = time.monotonic()
                os.pwrite(file.fileno(), bytes(4_096), len(taken) % 256 * 4_096)
                os.fdatasync(file.fileno())
                taken.append((time.monotonic() - before) * 1e3)
    finally:
        for one in spinning:
            one.kill()
            one.wait()
    return sorted(taken)


def offer(program, rate, queries):
    """Returns what the load measured, with the service's memory and the stolen share of the processors."""
    with tempfile.TemporaryDirectory() as directory, Service(directory + "/store") as service:
        before = processor_times()
        output = subprocess.run(
            [program, str(service.port), str(rate), str(SECONDS), str(CONNECTIONS), str(queries)],
            capture_output=True, text=True, check=True,
        ).stdout
        after = processor_times()
        seen = json.loads(output)
        if seen["failures"]:
            raise SystemExit(f"{seen['failures']} requests failed")
        seen["stolen"] = (after[1] - before[1]) / (after[0] - before[0])
        seen["memory"] = service.memory()
        return seen


def row(name, seen):
    batches, counts, tops = seen["batches"], seen["counts"], seen["tops"]
    rate = batches["answers"] / seen["seconds"] * 10
    line = f"{name:>9} {rate:>9,.0f}  " + " ".join(f"{batches[key]:7.2f}" for key in ("p50", "p99", "p99.9", "longest"))
    if counts["answers"]:
        line += f"   {counts['p50']:6.2f} {counts['p99']:6.2f}   {tops['p50']:6.2f} {tops['p99']:6.2f}"
    else:
        line += " " * 32
    print(f"{line}   {seen['stolen']:6.1%} {seen['memory']:6,.0f}", flush=True)


def draw(rows):
    """Draws p50 and p99 over the rate, on a logarithmic scale."""
    highest = max(seen["batches"]["p99"] for _, seen in rows)
    lowest = min(seen["batches"]["p50"] for _, seen in rows)
    from math import log
    for name, seen in rows:
        place = [
            round(BAR * log(seen["batches"][key] / lowest) / max(log(highest / lowest), 1e-9)) for key in ("p50", "p99")
        ]
        line = [" "] * (BAR + 1)
        for at in range(place[0], place[1]):
            line[at] = "-"
        line[place[0]], line[place[1]] = "o", "x"
        print(f"{name:>9} |{''.join(line)}|")
    print(f"{'':>9}  {lowest:.2f} ms{highest:>{BAR - 8}.2f} ms   (o median, x p99)")


with tempfile.TemporaryDirectory() as workspace:
    load = build("offered_load.c", workspace)
    syncs = bare_syncs()
    print(
        f"the machine: bare syncs beside a busy processor: median {statistics.median(syncs):.2f} ms, "
        f"p99 {syncs[len(syncs) * 99 // 100]:.2f} ms, longest {syncs[-1]:.1f} ms"
    )
    print(f"batches of ten events, {CONNECTIONS} connections, {SECONDS:g} s each; milliseconds from when they were due")
    print(f"{'':>9} {'events/s':>9}  {'p50':>7} {'p99':>7} {'p99.9':>7} {'longest':>7}   {'count50':>6} {'99':>5}   "
          f"{'top50':>6} {'99':>6}   stolen    MiB")
    full = offer(load, 0, 0)
    row("saturated", full)
    highest = full["batches"]["answers"] / full["seconds"]
    rows = []
    for share in SHARES:
        rows.append((f"{share:.0%}", offer(load, round(highest * share), QUERIES)))
        row(*rows[-1])
    draw(rows)
