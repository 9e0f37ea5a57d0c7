"""The CPU time of counts with millions of starts in a sixteenth of a second: in memory, in many runs, and compacted.

The starts are of all countries and at random instants; the windows begin and end among them. The time is that of the
store's reader threads, as measured by the kernel. STARTS (2000000), RUN (100000, the starts per flush) and COUNTS
(1000) may be set.
"""

import bisect
import itertools
import json
import os
import pathlib
import random
import statistics
import string
import subprocess
import tempfile
import time

from harness import PROGRAM, Service

STARTS = int(os.environ.get("STARTS", "2000000"))
RUN = int(os.environ.get("RUN", "100000"))
COUNTS = int(os.environ.get("COUNTS", "1000"))
SPAN = 62_500
HOUR = 3_600_000_000
COUNTRIES = ["".join(pair) for pair in itertools.product(string.digits + string.ascii_uppercase, repeat=2)
             if not "".join(pair).isdigit()]


def moment(micros):
    """Returns the instant this many µs after the beginning of the sixteenth."""
    return f"2026-03-04T05:06:{7 + micros // 1_000_000:02}.{micros % 1_000_000:06}Z"


def generate(path, generator):
    """Writes the starts; returns their instants, sorted."""
    instants = []
    with open(path, "w") as file:
        for number in range(STARTS):
            at = generator.randrange(SPAN)
            instants.append(at)
            file.write(json.dumps({"event": "start", "country": generator.choice(COUNTRIES), "player_id": f"{number:x}",
                                   "session_id": "s", "ts": moment(at)}) + "\n")
    return sorted(instants)


def import_into_store(path, store, hot):
    environment = os.environ | {"PLAYER_SESSIONS_HOT_SESSIONS": str(hot)}
    subprocess.run([PROGRAM, "import", "--store", f"rocksdb:{store}", path], env=environment, check=True,
                   stderr=subprocess.DEVNULL)


def reader_seconds(service):
    """Returns the CPU seconds of the threads that run queries."""
    total = 0
    for task in pathlib.Path(f"/proc/{service.process.pid}/task").iterdir():
        if (task / "comm").read_text().startswith("reader"):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def measure(what, service, instants, generator, counts=COUNTS):
    times = []
    for _ in range(counts):
        until = generator.randrange(1, SPAN + 10)
        length = generator.choice([generator.randrange(1, 100), generator.randrange(1, SPAN), 24 * HOUR])
        before = reader_seconds(service)
        answer = service.post("/queryevents/count",
                              {"num_of_hours": f"{length / HOUR:.15f}", "until": moment(until)})
        times.append((reader_seconds(service) - before) * 1000)
        right = bisect.bisect_right(instants, until) - bisect.bisect_right(instants, until - length)
        assert answer["total"] == right, (answer["total"], right, until, length)
    times.sort()
    print(f"{what}: CPU of a count {statistics.median(times):.2f} ms at the median, "
          f"{times[len(times) * 99 // 100]:.2f} at p99, {times[-1]:.2f} at most", flush=True)


def serve(store, hot, *options):
    return Service(store, *options, environment={"PLAYER_SESSIONS_HOT_SESSIONS": str(hot)})


def wait_for_purge(service):
    """Waits for a purge, which compacts all runs, though it finds nothing to delete here."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        service.log.seek(0)
        if b"purged" in service.log.read():
            return
        time.sleep(1)
    raise SystemExit("nothing was purged")


def main():
    generator = random.Random(7)
    with tempfile.TemporaryDirectory() as directory:
        events = directory + "/events.jsonl"
        instants = generate(events, generator)
        all_in_memory = 2 * STARTS
        import_into_store(events, directory + "/memory", all_in_memory)
        with serve(directory + "/memory", all_in_memory) as service:
            measure(f"{STARTS:,} starts in memory", service, instants, generator)
        import_into_store(events, directory + "/runs", RUN)
        with serve(directory + "/runs", RUN) as service:
            measure(f"flushed {RUN:,} at a time, the first 100 counts", service, instants, generator, 100)
            time.sleep(3)
            measure("3 s later", service, instants, generator)
        with serve(directory + "/runs", RUN, "--retention-days", "3650") as service:
            wait_for_purge(service)
            measure("merged", service, instants, generator)


main()
