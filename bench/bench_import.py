"""Ten million generated events straight into a store, killed, started again and asked, against a plain model.

EVENTS (10000000) may be set. A second file brings one player of 100,000 sessions. Every answer is compared with
one computed here from the files alone.
"""

import bisect
import collections
import datetime
import json
import os
import random
import signal
import subprocess
import tempfile
import time

from harness import PROGRAM, Service

EVENTS = int(os.environ.get("EVENTS", "10000000"))
HEAVY = "0123456789abcdef0123456789abcdef"
HOUR = 3_600_000_000


def micros(text):
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def generate(path, until):
    # Nearly two events a session: some sessions have not ended, some ends are lost.
    subprocess.run(
        [PROGRAM, "generate", "--players", "200000", "--hours", "720", "--sessions", str(EVENTS // 2 + EVENTS // 90),
         "--seed", "7", "--until", until, "--output", path], check=True)


def generate_heavy(path, until):
    generator = random.Random(7)
    end_of_all = micros(until)
    with open(path, "w") as file:
        for number in range(100_000):
            start = end_of_all - generator.randrange(1, 700 * HOUR)
            end = min(end_of_all, start + generator.randrange(HOUR))
            session = f"{generator.getrandbits(128):032x}"
            for event, at in (("start", start), ("end", end)):
                moment = datetime.datetime.fromtimestamp(at // 1_000_000, datetime.timezone.utc)
                line = {"event": event, "player_id": HEAVY, "session_id": session,
                        "ts": moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{at % 1_000_000:06d}"}
                if event == "start":
                    line["country"] = "FI"
                file.write(json.dumps(line) + "\n")


class Model:
    """What the files say, in the plainest form."""

    def __init__(self, paths, players):
        starts, ends = {}, {}
        self.watched = players
        sessions = collections.defaultdict(dict)
        self.lines = 0
        times = {}
        for path in paths:
            with open(path) as file:
                for text in file:
                    self.lines += 1
                    line = json.loads(text)
                    stamp = line["ts"]
                    second = times.get(stamp[:19])
                    if second is None:
                        second = times[stamp[:19]] = micros(stamp[:19])
                    at = second + int(stamp[20:])
                    key = (line["player_id"], line["session_id"])
                    if line["event"] == "start":
                        # The generator never starts a session twice; a store would have to merge.
                        assert key not in starts
                        starts[key] = (at, line["country"])
                    else:
                        ends[key] = max(at, ends.get(key, 0))
        self.by_country = collections.defaultdict(list)
        for key, (at, country) in starts.items():
            self.by_country[country].append(at)
        for instants in self.by_country.values():
            instants.sort()
        self.complete = collections.defaultdict(list)
        for key, end in ends.items():
            if key[0] in players and key in starts and end >= starts[key][0]:
                self.complete[key[0]].append((-end, key[1]))

    def count(self, begin, end):
        sums = {
            country: bisect.bisect_right(instants, end) - bisect.bisect_right(instants, begin)
            for country, instants in self.by_country.items()
        }
        return {country: number for country, number in sums.items() if number}

    def top(self, player):
        return [session for _, session in sorted(self.complete[player])[:20]]


def check(service, model, until, players):
    end = micros(until)
    generator = random.Random(11)
    windows = [24, 720, 8760] + [round(generator.uniform(0.001, 800), 3) for _ in range(20)]
    for hours in windows:
        answer = service.post("/queryevents/count", {"num_of_hours": hours, "until": until})
        expected = model.count(end - round(hours * HOUR), end)
        if answer["count"] != expected:
            raise SystemExit(f"count over {hours} h differs from the model")
    for player in players:
        if service.post("/queryevents/topn", {"player_id": player})["session_ids"] != model.top(player):
            raise SystemExit(f"top 20 of {player} differs from the model")
    print(f"{len(windows)} counts and {len(players)} players agree with the model", flush=True)


def median_bound(service, route, ask, times=1000):
    """The bucket of the service's own histogram in which the median of some queries fell, in ms."""
    name, labels = "player_sessions_request_duration_seconds", f'route="{route}"'
    before = service.histogram(name, labels)
    for _ in range(times):
        ask()
    after = service.histogram(name, labels)
    for bound in sorted(after):
        if after[bound] - before.get(bound, 0) >= times / 2:
            return bound * 1000
    return float("inf")


def main():
    until = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000")
    with tempfile.TemporaryDirectory() as directory:
        events, heavy, store = directory + "/events.jsonl", directory + "/heavy.jsonl", directory + "/store"
        generate(events, until)
        generate_heavy(heavy, until)
        begin = time.monotonic()
        output = subprocess.run(
            [PROGRAM, "import", "--store", f"rocksdb:{store}", events, heavy], capture_output=True, text=True)
        if output.returncode != 0:
            raise SystemExit(output.stderr)
        seconds = time.monotonic() - begin
        print(output.stderr.strip().splitlines()[-1], flush=True)
        with open(events) as file:
            players = [HEAVY] + [json.loads(next(file))["player_id"] for _ in range(100)]
        model = Model([events, heavy], set(players))
        print(f"{model.lines:,} events imported in {seconds:.1f} s: {model.lines / seconds:,.0f} events/s", flush=True)
        service = Service(store)
        check(service, model, until, players)
        service.stop(signal.SIGKILL)
        with Service(store) as service:
            print(f"killed; ready again {service.start_seconds:.2f} s after the start")
            check(service, model, until, players)
            for hours in (24, 720, 8760):
                bound = median_bound(service, "/queryevents/count", lambda: service.post(
                    "/queryevents/count", {"num_of_hours": hours, "until": until}))
                print(f"count over {hours} h: median of server time at most {bound} ms")
            bound = median_bound(
                service, "/queryevents/topn", lambda: service.post("/queryevents/topn", {"player_id": HEAVY}))
            print(f"top 20 of a player with 100,000 sessions: median of server time at most {bound} ms")
            size = sum(os.path.getsize(os.path.join(base, name)) for base, _, names in os.walk(store) for name in names)
            print(f"the store takes {size / 2**20:,.0f} MiB, {size / model.lines:.0f} bytes an event; "
                  f"peak memory {service.memory():,.0f} MiB", flush=True)


main()
