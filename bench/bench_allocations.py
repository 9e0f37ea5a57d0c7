"""Heap allocations and reference counts per event: calls in 100 requests of 1,000 events, less those in 100 of 10.

Counted by valgrind's callgrind over the whole process, all threads and RocksDB included.
"""

import collections
import json
import pathlib
import re
import signal
import subprocess
import tempfile

import harness
from harness import Service

REQUESTS, FEW, MANY = 100, 10, 1000
COUNTED = {
    "allocations": ["malloc", "calloc", "realloc"],
    "retains": ["swift_retain", "swift_bridgeObjectRetain"],
    "releases": ["swift_release", "swift_bridgeObjectRelease"],
}


def body(first, events):
    """Returns starts of new sessions."""
    return "\n".join(
        json.dumps({
            "event": "start", "country": "FI", "player_id": f"{number * 2654435761 % 2**32:08x}" + "0" * 24,
            "session_id": f"{number:08x}-0000-4aff-ba55-67563dfa35d4", "ts": f"2026-01-01T10:00:00.{number:06}",
        })
        for number in range(first, first + events)
    )


def calls(directory, program, events):
    """Returns how often each function was called during the requests, the start and the stop."""
    output = directory / f"calls.{events}"
    valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}"]
    options = ["--max-batch-events", str(MANY), "--max-body-bytes", "1000000"]
    harness.PROGRAM = program
    with Service(directory / f"store.{events}", *options, under=valgrind) as service:
        for number in range(REQUESTS):
            service.post("/batchevents", body(number * events, events))
        service.stop(signal.SIGTERM)
    names, counts, called = {}, collections.Counter(), None
    for line in output.read_text().splitlines():
        if match := re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line):
            names.setdefault(match[1], match[2])
            called = match[1] if line.startswith("cfn") else called
        elif line.startswith("calls="):
            counts[called] += int(line[len("calls="):].split()[0])
    total = collections.Counter()
    for function, count in counts.items():
        total[(names[function] or "").split("'")[0]] += count
    return total


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        # valgrind cannot read the debug information that Swift writes.
        program = str(directory / "player-sessions")
        subprocess.run(["objcopy", "--strip-debug", harness.PROGRAM, program], check=True)
        few, many = calls(directory, program, FEW), calls(directory, program, MANY)
    if not few["malloc"] or not many["swift_retain"]:
        raise SystemExit("callgrind saw no allocations or no reference counts: what is counted has another name now")
    for what, functions in COUNTED.items():
        more = sum(many[function] - few[function] for function in functions)
        print(f"{what}: {more / (REQUESTS * (MANY - FEW)):.3f} an event", flush=True)


main()
