"""What a client that floods the service costs another one: the median and p99 of a well-behaved client's requests.

For each kind of cheap request, FLOODS connections ("1 4") send it without waiting for responses for SECONDS_EACH ("4"),
while one client repeatedly sends a batch of ten events, waits for the response, and requests /healthz. A batch waits
for the disk, too; /healthz shows the loop alone. LOOPS ("1 0") are the service's loops; 0 is one per core. KINDS may
name some of the kinds, separated by semicolons. Beside each figure is the number of the flood's requests answered per
second. The flood and the client run on the same machine as the service.
"""

import gzip
import json
import multiprocessing
import os
import select
import socket
import statistics
import tempfile
import time

from harness import Service

SECONDS = float(os.environ.get("SECONDS_EACH", "4"))
BLOCK = 65_536


def request(method, target, body=b"", fields=""):
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}{length}\r\n".encode() + body


WRONG = b"".join(b'{"event": "x", "player_id": "", "session_id": "s", "ts": "%d"}\n' % number for number in range(10))
# 63 KiB that decompress to 64 MiB of blank lines.
BLANK = gzip.compress(b"\n" * (64 << 20), 9)
BAD = b"x\r\n\r\n"
# A number that no double holds goes to the strict parser, which takes the longest.
STRICT = b'{"x": 1e999, "y": [' + b'"\\u0041\\n",' * 6_000 + b"1]}"
KINDS = {
    "HEAD /metrics": request("HEAD", "/metrics"),
    "GET /metrics": request("GET", "/metrics"),
    "wrong batches": request("POST", "/batchevents", WRONG),
    "404": request("GET", "/nowhere"),
    "404 with a body": request("POST", "/nowhere", b"x"),
    "/healthz": request("GET", "/healthz"),
    "/readyz": request("GET", "/readyz"),
    "bad requests": BAD,
    "queries": request("GET", "/queryevents/count?num_of_hours=24"),
    "gzip of blank lines": request("POST", "/batchevents", BLANK, "Content-Encoding: gzip\r\n"),
    "64 KB of events, wrong": request("POST", "/batchevents", STRICT[:65_000]),
    "64 KB of a query": request("POST", "/queryevents/count", STRICT[:65_000]),
    "8 KB of parameters": request("GET", "/queryevents/count?" + "%61&" * 2_000),
    "16 KB of Prefer": request("POST", "/batchevents", b"x", "Prefer: " + "a," * 7_900 + "\r\n"),
}


def flood(port, text, ready, counted):
    """Sends requests until it is killed; reopens a connection that the service closes."""
    # A request after which the service closes the connection is sent once per connection.
    block = text if text == BAD else text * max(1, BLOCK // len(text))
    while True:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setblocking(False)
            ready.set()
            rest = memoryview(block)
            try:
                while True:
                    readable, writable, _ = select.select([client], [client] if rest else [], [])
                    if readable:
                        got = client.recv(1 << 20)
                        if not got:
                            break
                        with counted.get_lock():
                            counted.value += got.count(b"HTTP/1.1 ")
                    if writable:
                        rest = rest[client.send(rest):]
                        if not rest and text != BAD:
                            rest = memoryview(block)
            except OSError:
                pass


def batch(number):
    lines = [
        json.dumps({"event": "start", "country": "FI", "player_id": f"player{number}-{index}",
                    "session_id": f"session{number}-{index}",
                    "ts": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
        for index in range(10)
    ]
    return request("POST", "/batchevents", "\n".join(lines).encode())


def honest(port, seconds, first):
    """Returns the milliseconds of each batch of one client, and of each /healthz after one."""
    batches, probes = [], []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for content, taken in ((batch(first + len(batches)), batches), (KINDS["/healthz"], probes)):
                begin = time.monotonic()
                client.sendall(content)
                answer = client.recv(65_536)
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"a request was answered {answer[:200]!r}")
                taken.append((time.monotonic() - begin) * 1_000)
    return batches, probes


def shown(batches, probes):
    def figures(taken):
        return f"p50 {statistics.median(taken):.1f} ms, p99 {sorted(taken)[int(len(taken) * 0.99)]:.1f} ms"

    return f"{len(batches)} batches {figures(batches)}; /healthz {figures(probes)}"


def measure(service, name, text, connections, first):
    counted = multiprocessing.Value("q", 0)
    floods = []
    for _ in range(connections):
        ready = multiprocessing.Event()
        floods.append(multiprocessing.Process(target=flood, args=(service.port, text, ready, counted), daemon=True))
        floods[-1].start()
        ready.wait(30)
    try:
        time.sleep(0.5)
        before, begin, cpu = counted.value, time.monotonic(), service.cpu_seconds()
        batches, probes = honest(service.port, SECONDS, first)
        answers, taking = counted.value - before, time.monotonic() - begin
        cpu = (service.cpu_seconds() - cpu) / (answers + 2 * len(batches)) * 1e6
    finally:
        for process in floods:
            process.kill()
            process.join()
    print(
        f"  {name}, {connections} connections: {shown(batches, probes)}; {answers / taking:,.0f} answers/s to the flood, "
        f"{cpu:,.0f} us CPU an answer", flush=True,
    )
    return len(batches)


chosen = os.environ.get("KINDS")
for loops in os.environ.get("LOOPS", "1 0").split():
    with tempfile.TemporaryDirectory() as directory, Service(
        directory + "/store", "--loops", loops, "--max-body-bytes", str(64 << 20)
    ) as running:
        alone = honest(running.port, SECONDS, 0)
        print(f"loops {loops}\n  alone: {shown(*alone)}", flush=True)
        sent = len(alone[0])
        for kind, content in KINDS.items():
            if chosen and kind not in chosen.split(";"):
                continue
            for connections in map(int, os.environ.get("FLOODS", "1 4").split()):
                sent += measure(running, kind, content, connections, sent)
