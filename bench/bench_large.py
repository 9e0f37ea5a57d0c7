"""Two hundred million events in the worst mixture that is still traffic, with queries meanwhile; killed, restarted.

EVENTS ("200000000") and the options of the service, OPTIONS (""), may be set. mixed_events.c describes the mixture:
half of the sessions in random order, late events, moved starts, retries. They go through HTTP as fast as they are
accepted. Meanwhile a client sends a count and a query of latest sessions, at most 20 times a second. Each tenth prints
its rate and the times of the queries: the service's own, from its histogram, and the client's, measured by this program
on the same busy processors. In the end counts are compared with what the generator knows.
"""

import bisect
import datetime
import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import tempfile
import threading
import time

from harness import PROGRAM, Service, build

EVENTS = int(os.environ.get("EVENTS", "200000000"))
OPTIONS = os.environ.get("OPTIONS", "").split()
EVENTS_OF_SESSION = 2.06
DAYS = 60
ROUTES = {"count": "/queryevents/count", "top": "/queryevents/topn"}
DURATION = "player_sessions_request_duration_seconds"
PAUSE_SECONDS = 0.05


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")


class Queries(threading.Thread):
    """Sends queries until it is stopped; keeps the milliseconds of each response."""

    def __init__(self, service, players, first):
        super().__init__(daemon=True)
        self.service, self.players, self.first = service, players, first
        self.taken = {name: [] for name in ROUTES}
        self.is_over = threading.Event()

    def body(self, name, number):
        if name == "top":
            return {"player_id": random.choice(self.players)}
        until = self.first + datetime.timedelta(days=random.uniform(1, DAYS))
        return {"num_of_hours": (1, 24, 720)[number % 3], "until": text(until)}

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port)
        number = 0
        while not self.is_over.wait(PAUSE_SECONDS):
            for name, route in ROUTES.items():
                body = json.dumps(self.body(name, number))
                begin = time.monotonic()
                connection.request("POST", route, body)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
                self.taken[name].append((time.monotonic() - begin) * 1e3)
            number += 1

    def take(self):
        taken, self.taken = self.taken, {name: [] for name in ROUTES}
        return taken


def quantiles(taken):
    """Formats the median and the 99th percentile."""
    taken = sorted(taken)
    return f"{statistics.median(taken):.1f}, {taken[len(taken) * 99 // 100]:.1f}" if taken else "none"


def bounds(before, after):
    """Formats the buckets of the median and the 99th percentile, in ms, between two states of a histogram."""
    limits = sorted(after)
    sums = [after[limit] - before.get(limit, 0) for limit in limits]
    return " and ".join(f"≤ {limits[bisect.bisect_left(sums, share * sums[-1])] * 1e3:g}" for share in (0.5, 0.99))


def histograms(service):
    return {name: service.histogram(DURATION, f'route="{route}"') for name, route in ROUTES.items()}


def stored(service):
    page = service.get("/metrics")[1]
    return float(re.search(r"^player_sessions_batch_events_sum(?:\{[^}]*\})? (\S+)", page, re.MULTILINE).group(1))


def load(service, generator, arguments, players, first):
    """Sends everything and prints each tenth; returns what the generator knows, and the rates of the tenths."""
    queries = Queries(service, players, first)
    expected = tempfile.TemporaryFile()
    made = subprocess.Popen([generator, *arguments], stdout=subprocess.PIPE, stderr=expected)
    taking = subprocess.Popen(
        [PROGRAM, "import", "--url", f"http://127.0.0.1:{service.port}", "-"], stdin=made.stdout,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    made.stdout.close()
    queries.start()
    rates, last, before = [], (time.monotonic(), 0, service.cpu_seconds()), histograms(service)
    while taking.poll() is None:
        time.sleep(0.2)
        events = stored(service)
        if events < last[1] + EVENTS / 10 and taking.poll() is None:
            continue
        now, cpu, after = time.monotonic(), service.cpu_seconds(), histograms(service)
        if events > last[1] + EVENTS / 20:
            rates.append((events - last[1]) / (now - last[0]))
            taken = queries.take()
            print(
                f"{events:,.0f} events: {rates[-1]:,.0f} events/s, {(cpu - last[2]) / (events - last[1]) * 1e6:.2f} µs of CPU "
                f"an event, memory {service.memory('VmRSS'):,.0f} MiB; "
                + "; ".join(f"{name} {bounds(before[name], after[name])} ms, with the client's part "
                            f"{quantiles(taken[name])} ms" for name in ROUTES), flush=True)
        last, before = (now, events, cpu), after
    queries.is_over.set()
    queries.join()
    if taking.returncode or made.wait():
        raise SystemExit(taking.stderr.read())
    expected.seek(0)
    return json.loads(expected.read()), rates


def check(service, expected, first):
    """Compares counts of everything and of the second half with what is expected."""
    end = first + datetime.timedelta(days=DAYS)
    hours = DAYS * 24
    # The window excludes its beginning, and starts that would lie before the first instant lie on it.
    everything = service.post(ROUTES["count"], {"num_of_hours": hours + 1, "until": text(end)})
    if everything["count"] != expected["count"]:
        raise SystemExit(f"a count of everything is {everything['count']} instead of {expected['count']}")
    half = service.post(ROUTES["count"], {"num_of_hours": hours / 2, "until": text(end)})
    if sum(half["count"].values()) != expected["late_half"]:
        raise SystemExit(f"a count of the second half is {half} instead of {expected['late_half']}")
    print(f"counts of all {expected['sessions']:,} sessions by country, and of the second half, are exact", flush=True)


def main():
    first = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=DAYS + 1)).replace(
        microsecond=0, tzinfo=None)
    seconds = int(first.replace(tzinfo=datetime.timezone.utc).timestamp())
    sessions = round(EVENTS / EVENTS_OF_SESSION)
    with tempfile.TemporaryDirectory() as directory:
        generator, store = build("mixed_events.c", directory), directory + "/store"
        arguments = [str(sessions), "7", str(seconds), str(DAYS)]
        with subprocess.Popen([generator, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            players = [json.loads(process.stdout.readline())["player_id"] for _ in range(10_000)]
            process.kill()
        service = Service(store, *OPTIONS)
        expected, rates = load(service, generator, arguments, players, first)
        peak = service.memory()
        check(service, expected, first)
        service.stop(signal.SIGKILL)
        size = sum(os.path.getsize(os.path.join(base, name)) for base, _, names in os.walk(store) for name in names)
        print(f"{expected['events']:,} events; the last tenth at {rates[-1] / rates[0]:.2f} of the first one's rate; peak "
              f"memory {peak:,.0f} MiB; {size / 2**30:.1f} GiB of disk, {size / expected['events']:.0f} bytes an event")
        with Service(store, *OPTIONS) as service:
            print(f"killed; ready again {service.start_seconds:.2f} s after the start")
            check(service, expected, first)


main()
