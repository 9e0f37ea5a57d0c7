"""Memory and CPU time of an import in random order: starts of one day, and starts at instants of 55 years.

SESSIONS (3000000) may be set: three times what a memtable holds.
"""

import os
import subprocess
import tempfile

from answers import generate, now
from harness import PROGRAM

SESSIONS = int(os.environ.get("SESSIONS", "3000000"))
DAY, LONG = 24, 55 * 365 * 24


def import_into_store(path, store):
    """Imports into a new store; returns peak memory in MiB and CPU seconds."""
    process = subprocess.Popen([PROGRAM, "import", "--store", f"rocksdb:{store}", path], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def main():
    figures = {}
    for name, hours in (("a day", DAY), ("55 years", LONG)):
        with tempfile.TemporaryDirectory() as directory:
            ordered, path = directory + "/ordered.jsonl", directory + "/events.jsonl"
            generate(ordered, now(), SESSIONS, hours=hours)
            subprocess.run(["shuf", f"--random-source={PROGRAM}", "--output", path, ordered], check=True)
            with open(path, "rb") as file:
                events = sum(1 for _ in file)
            memory, seconds = figures[name] = import_into_store(path, directory + "/store")
            print(f"{events:,} events of {name} in random order: peak memory {memory:,.0f} MiB, "
                  f"{seconds / events * 1e6:.1f} µs of CPU an event", flush=True)
    (day, day_seconds), (long, long_seconds) = figures.values()
    print(f"55 years to a day: {long / day:.2f} times the memory, {long_seconds / day_seconds:.2f} times the CPU time")


main()
