"""Generated events with known results: a plain model of the files, and queries compared with it."""

import bisect
import collections
import datetime
import json
import os
import random
import subprocess

from harness import PROGRAM

HEAVY = "0123456789abcdef0123456789abcdef"
HOUR = 3_600_000_000


def micros(text):
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000")


def generate(path, until, sessions, players=200_000, hours=720):
    """Writes events of this many sessions: nearly two each, since some have not ended and some ends are lost."""
    subprocess.run(
        [PROGRAM, "generate", "--players", str(players), "--hours", str(hours), "--sessions", str(sessions),
         "--seed", "7", "--until", until, "--output", path], check=True)


def generate_starts(path, until, sessions, hours, shuffle=None):
    """Writes only starts, one per session, so that events are sessions; `shuffle`, a random generator, reorders them.
    Returns how many there are."""
    generate(path + ".all", until, sessions, hours=hours)
    with open(path + ".all") as file:
        lines = [line for line in file if '"start"' in line]
    os.remove(path + ".all")
    if shuffle:
        shuffle.shuffle(lines)
    with open(path, "w") as file:
        file.writelines(lines)
    return len(lines)


def generate_heavy(path, until):
    """Writes 100,000 sessions of one player, HEAVY."""
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
    """What the files contain, in the plainest form."""

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
    """Returns the bucket of the service's own histogram that holds the median of some queries, in ms."""
    name, labels = "player_sessions_request_duration_seconds", f'route="{route}"'
    before = service.histogram(name, labels)
    for _ in range(times):
        ask()
    after = service.histogram(name, labels)
    for bound in sorted(after):
        if after[bound] - before.get(bound, 0) >= times / 2:
            return bound * 1000
    return float("inf")
