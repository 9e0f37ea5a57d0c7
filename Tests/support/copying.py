"""Stores with generated sessions, and what they answer."""

import re

from harness import Service, equal, run

# Small memtables, so that most sessions are in sorted runs.
FEW = {"PLAYER_SESSIONS_HOT_SESSIONS": "2000"}


def fill(store, directory, sessions):
    """Fills a store with generated events, some of incomplete sessions, and returns the players."""
    events = directory / "events.jsonl"
    equal(run("generate", "--sessions", sessions, "--players", "50", "--hours", "1000", "--seed", "7",
              "--until", "2024-03-01T00:00:00", "--output", events)[0], 0)
    status, _, errors = run("import", "--store", f"rocksdb:{store}", events, environment=FEW)
    equal(status, 0, errors)
    players = sorted(set(re.findall(r'"player_id": ?"([^"]+)"', events.read_text())))
    return players


def answers(store, players, **options):
    with Service(store, environment=FEW) as service:
        got = [service.get(f"/queryevents/count?num_of_hours={hours}&until=2024-03-01T00:00:00").json
               for hours in ("1", "24", "876600")]
        got += [service.get(f"/queryevents/topn?n=100&player_id={player}").json for player in players]
        equal(service.terminate(), 0, service.output())
    return got
