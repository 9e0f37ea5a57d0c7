"""Starts the program for a benchmark, and measures what it uses."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# Shared by tests and benchmarks: free ports, and clusters of real nodes.
sys.path.append(str(HERE.parent / "Tests/support"))

from ports import free_port  # noqa: E402

PROGRAM = os.environ.get("PROGRAM", str(HERE.parent / ".build/release/player-sessions"))


# How long a response may take: a query on a cluster has 30 seconds.
REQUEST_SECONDS = 60
# A store on a cluster flushes starts within seconds, but after 14 if their process has just ended without a word.
FIRST_FLUSH_SECONDS = 20
PASS_SECONDS = 5
# The settings of a single node. With Cassandra's minimum heap it writes and compacts small files all the time. Of
# Java's collectors, the parallel one takes the least of a processor that the node shares with everything else.
NODE = {
    "short_lived": False,
    "heap": os.environ.get("NODE_HEAP", "4G"),
    "collector": os.environ.get("NODE_COLLECTOR", "Parallel"),
}


def build(source, directory):
    """Compiles a C program of this folder into a directory; returns its path."""
    program = pathlib.Path(directory) / pathlib.Path(source).stem
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", program, HERE / source], check=True)
    return program


class Service:
    """A running service on a directory of the embedded store, or on an address; `with` stops it.

    It is started by the command `under`, if given.
    """

    def __init__(self, store, *options, environment={}, under=()):
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        store = str(store) if "://" in str(store) else f"rocksdb:{store}"
        self.process = subprocess.Popen(
            [*under, PROGRAM, "serve", "--listen", f"127.0.0.1:{self.port}", "--store", store, *options],
            stderr=self.log, env=os.environ | environment,
        )
        begin = time.monotonic()
        while True:
            try:
                if self.get("/readyz")[0] == 200:
                    break
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() - begin > 60:
                self.log.seek(0)
                raise SystemExit("the service did not start: " + self.log.read().decode())
            time.sleep(0.01)
        self.start_seconds = time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGTERM)

    def stop(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(60)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def post(self, path, value):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        connection.request("POST", path, value if isinstance(value, str) else json.dumps(value))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {text.decode()}")
        return json.loads(text)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what="VmHWM"):
        """Returns memory in MiB: VmHWM is the peak, VmRSS the present."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(what + r":\s+(\d+)", text).group(1)) / 1024

    def metric(self, name):
        """Returns the value of a metric without labels."""
        return float(re.search(rf"^{re.escape(name)} (\S+)", self.get("/metrics")[1], re.MULTILINE).group(1))

    def histogram(self, name, labels=""):
        """Returns the buckets of a histogram in /metrics: upper bound to number of values, cumulative."""
        pattern = re.escape(name) + r"_bucket\{" + re.escape(labels) + r',?le="([^"]+)"\} (\d+)'
        return {
            float(bound.replace("+Inf", "inf")): int(count)
            for bound, count in re.findall(pattern, self.get("/metrics")[1])
        }


class Traffic:
    """What wrk measured of live traffic on a port of this machine."""

    def __init__(self, port, connections, seconds, environment={}):
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", "-s",
             str(HERE / "live.lua"), f"http://127.0.0.1:{port}"],
            capture_output=True, text=True, check=True, env=os.environ | environment,
        ).stdout
        requests, taken, unit = re.search(r"(\d+) requests in ([\d.]+)([sm])", output).groups()
        failures = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        unanswered = re.search(r"Socket errors: (.+)", output)
        self.requests = int(requests)
        self.seconds = float(taken) * {"s": 1, "m": 60}[unit]
        self.failed = int(failures.group(1)) if failures else 0
        self.p50, self.p99 = (re.search(rf"^\s+{share}%\s+(\S+)", output, re.MULTILINE).group(1) for share in (50, 99))
        self.trouble = (f", {self.failed} FAILED" if failures else "") + (f", {unanswered.group(1)}" if unanswered else "")

    @property
    def events_per_second(self):
        """Events of accepted requests."""
        return (self.requests - self.failed) * 10 / self.seconds

    def __str__(self):
        return f"{self.events_per_second:,.0f} events/s, p50 {self.p50}, p99 {self.p99}{self.trouble}"


def run_import(*arguments):
    """Imports files, prints the summary, and returns the seconds that it took."""
    begin = time.monotonic()
    output = subprocess.run([PROGRAM, "import", *arguments], capture_output=True, text=True)
    if output.returncode != 0:
        raise SystemExit(output.stderr)
    print(output.stderr.strip().splitlines()[-1], flush=True)
    return time.monotonic() - begin


def wait_for_flushes(service):
    """Waits until nothing is left to flush on a cluster: until nothing was flushed for some seconds."""
    time.sleep(FIRST_FLUSH_SECONDS)
    made, before = -1, None
    while made != before:
        before = made
        made = service.metric("player_sessions_store_flushes_total")
        time.sleep(PASS_SECONDS)
