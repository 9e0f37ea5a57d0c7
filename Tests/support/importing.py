"""Generated events, and whether a service holds them."""

import json

from harness import equal, run
from model import Model

GENERATE = ["generate", "--players", "20", "--hours", "6", "--sessions", "300", "--until", "2020-06-01T00:00:00Z"]


def url(service):
    return f"http://127.0.0.1:{service.port}"


def generated(seed=7):
    status, text, errors = run(*GENERATE, "--seed", seed)
    equal((status, errors), (0, ""))
    return text


def events_of(text):
    return [json.loads(line) for line in text.splitlines()]


def check(service, text):
    """Checks that the service holds what the file holds, and no more."""
    model = Model()
    model.apply(events_of(text))
    answer = service.get("/queryevents/count?num_of_hours=876600&until=2030-01-01T00:00:00Z").json
    equal(answer["count"], model.count(-1, 1 << 62))
    for player, sessions in model.tops().items():
        got = service.post("/queryevents/topn", {"player_id": player, "n": 100}).json["session_ids"]
        equal(got, [one[1] for one in sessions][:100], f"sessions of {player}")
