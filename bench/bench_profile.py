"""CPU per event by part, from a profile of live traffic: SECONDS_EACH ("60") at CONNECTIONS ("64").

Needs perf (Debian: linux-perf). Samples are classified by thread and by the function's module or library; what the
kernel does for a thread is in the thread's first row.
"""

import collections
import os
import pathlib
import re
import subprocess
import tempfile
import threading

from harness import Service, Traffic

SECONDS = int(os.environ.get("SECONDS_EACH", "60"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "64"))
# Samples per second of each running thread; not a divisor of the kernel's own ticks.
FREQUENCY = 499
MEMORY = re.compile(r"malloc|free|swift_(retain|release|alloc|dealloc|unowned)|RefCount|isUniquelyReferenced|memmove|memset|memcpy")
# By thread: the first row whose pattern is found in "library function" counts.
PARTS = {
    "loop": [
        ("loops: sockets, in the kernel", r"^\[kernel"),
        ("loops: HTTP", r"^\S*(libhttp_parser|libuv)|HTTPServer|SessionService"),
        ("loops: decoding", r"^\S*libsimdjson|EventDecoding|event_parser|PlayerSessions\d"),
        ("loops: packing and queueing", r"RocksDBStore|XXH"),
        ("loops: memory and reference counts", MEMORY.pattern),
        ("loops: other", ""),
    ],
    "writer": [
        ("writer: waiting, in the kernel", r"^\[kernel"),
        ("writer: look-ups in the runs", r"^\S*librocksdb|RecordLookup|KeyB|Membership"),
        ("writer: counts", r"HotStart|StartNode|StartLevel"),
        ("writer: sessions, merging", r"RocksDBStore|XXH"),
        ("writer: memory and reference counts", MEMORY.pattern),
        ("writer: other", ""),
    ],
    "journal": [("journal: writing and syncing, in the kernel", r"^\[kernel"), ("journal: checksums and answers", "")],
    "flusher": [("flushes", "")],
    "rocksdb": [("merges of runs", "")],
    "other": [("other threads", "")],
}


def part(thread, place):
    kind = next((kind for kind in PARTS if thread.startswith(kind)), "other")
    return next(name for name, pattern in PARTS[kind] if re.search(pattern, place))


def samples(path):
    """Returns the number of samples of each part."""
    counts = collections.Counter()
    output = subprocess.run(
        ["perf", "script", "-i", path, "-F", "comm,ip,sym,dso"], capture_output=True, text=True, check=True
    ).stdout
    for line in output.splitlines():
        found = re.match(r"\s*(.+?)\s+[0-9a-f]+ (.*) \((.*)\)\s*$", line)
        if not found:
            continue
        thread, symbol, library = found.groups()
        if library.startswith("["):
            library = "[kernel]" if "vdso" not in library else "[vdso]"
        counts[part(thread, f"{pathlib.Path(library).name} {symbol}")] += 1
    return counts


with tempfile.TemporaryDirectory() as directory, Service(directory + "/store") as service:
    path = directory + "/perf.data"
    recording = threading.Thread(
        target=lambda: subprocess.run(
            ["perf", "record", "-q", "-F", str(FREQUENCY), "-p", str(service.process.pid), "-o", path,
             "--", "sleep", str(SECONDS - 2)],
            check=True, stderr=subprocess.DEVNULL,
        )
    )
    before = service.cpu_seconds()
    recording.start()
    traffic = Traffic(service.port, CONNECTIONS, SECONDS)
    microseconds = (service.cpu_seconds() - before) / traffic.requests * 1e5
    recording.join()
    counts = samples(path)
    total = sum(counts.values())
    print(f"{CONNECTIONS} connections, {SECONDS} s: {traffic}; {microseconds:.2f} us of CPU an event, of which")
    for rows in PARTS.values():
        for name, _ in rows:
            if counts[name]:
                print(f"{microseconds * counts[name] / total:7.3f} us {counts[name] / total:6.1%}  {name}")
