"""POST and GET /queryevents/… by the contract, through real sockets."""

import datetime
import json
import urllib.parse

from harness import end, equal, start
from model import microseconds_of, text_of
from shared import fresh, is_problem, service


def pairs(answer):
    """Returns the members of a response in order, objects as lists of pairs."""
    return json.loads(answer.body, object_pairs_hook=list)


def both(path, arguments):
    """Sends a query as POST and as GET; the responses must be identical."""
    posted = service().post(path, arguments)
    got = service().get(f"{path}?{urllib.parse.urlencode(arguments)}")
    equal((posted.status, posted.body), (got.status, got.body), f"POST and GET of {arguments}")
    return posted


def test_a_count_has_its_members_in_order():
    player, day = fresh()
    for number in range(6):
        country = ["US", "FI", "SE", "FI", "US", "AX"][number]
        service().send(start(player, f"s{number}", f"{day}T12:00:00.00000{number}", country))
    answer = both("/queryevents/count", {"num_of_hours": 24, "until": f"{day}T23:00:00.5"})
    equal(answer.status, 200, answer)
    equal(answer.header("Content-Type"), "application/json")
    before = text_of(microseconds_of(f"{day}T23:00:00.500000Z") - 24 * 3_600_000_000)
    equal(pairs(answer), [
        ("num_of_hours", 24), ("from", before), ("until", f"{day}T23:00:00.500000Z"), ("total", 6),
        ("count", [("FI", 2), ("US", 2), ("AX", 1), ("SE", 1)]),
    ])


def test_a_window_slides_by_the_microsecond():
    player, day = fresh()
    service().send(start(player, "s", f"{day}T12:00:00.000001"))
    for until, hours, total in (
        ("12:00:00.000000", 1, 0), ("12:00:00.000001", 1, 1), ("13:00:00.000000", 1, 1),
        ("13:00:00.000001", 1, 0), ("12:30:00.000001", 0.5, 0), ("12:30:00.000000", "0.50", 1),
        ("12:00:00.000001", "0.0000000000001", 1), ("12:00:00.000002", "0.0000000000001", 0),
    ):
        answer = both("/queryevents/count", {"num_of_hours": hours, "until": f"{day}T{until}Z"})
        equal((answer.status, answer.json.get("total")), (200, total), f"{hours} hours until {until}: {answer}")


def test_hours_are_exact_and_rounded_to_the_microsecond():
    until = 1_000_000_000_000_000
    for hours, microseconds, shown in (
        ("24", 86_400_000_000, 24), ("024.0", 86_400_000_000, 24), ("0.00000000041", 1, 4.1e-10),
        ("0.0000000004167", 2, None), ("0.000000000416", 1, None), ("876600", 876_600 * 3_600_000_000, 876600),
        ("0.00000000125", 5, None), ("0.3333333333", 1_200_000_000, 0.3333333333),
    ):
        answer = both("/queryevents/count", {"num_of_hours": hours, "until": text_of(until)})
        equal(answer.status, 200, f"{hours}: {answer}")
        equal(answer.json["until"], text_of(until))
        equal(answer.json["from"], text_of(until - microseconds), f"from of {hours} hours")
        if shown is not None:
            equal(float(answer.json["num_of_hours"]), float(shown), hours)
    answer = service().get("/queryevents/count?num_of_hours=876600&until=1971-01-01T00:00:00Z")
    equal(answer.json["from"], "1870-12-31T00:00:00.000000Z")


def test_a_count_ends_now_unless_told_otherwise():
    player, _ = fresh()
    now = datetime.datetime.utcnow()
    service().send(start(player, "now", now.isoformat(), "QN"))
    service().send(start(player, "soon", (now + datetime.timedelta(hours=1)).isoformat(), "QS"))
    counts = service().get("/queryevents/count?num_of_hours=0.1").json["count"]
    equal((counts.get("QN"), counts.get("QS")), (1, None))
    later = (now + datetime.timedelta(hours=2)).isoformat()
    counts = service().get(f"/queryevents/count?num_of_hours=3&until={later}").json["count"]
    equal((counts.get("QN"), counts.get("QS")), (1, 1))


def test_a_country_narrows_total_and_count():
    player, day = fresh()
    for number, country in enumerate(["FI", "FI", "SE", "T1", "5a"]):
        service().send(start(player, f"s{number}", f"{day}T12:00:00", country))
    for country, count in (("FI", {"FI": 2}), ("se", {"SE": 1}), ("t1", {"T1": 1}), ("5A", {"5A": 1}), ("ZW", {})):
        answer = both("/queryevents/count",
                      {"num_of_hours": 24, "until": f"{day}T23:00:00Z", "country": country})
        equal((answer.json["total"], answer.json["count"]), (sum(count.values()), count))


def test_wrong_counts_are_400_and_say_what_is_wrong():
    for arguments, word in (
        ({}, "num_of_hours"), ({"num_of_hours": 0}, "num_of_hours"), ({"num_of_hours": "0.0"}, "num_of_hours"),
        ({"num_of_hours": -1}, "num_of_hours"), ({"num_of_hours": "+1"}, "num_of_hours"),
        ({"num_of_hours": "1e2"}, "num_of_hours"), ({"num_of_hours": ""}, "num_of_hours"),
        ({"num_of_hours": "876600.1"}, "num_of_hours"), ({"num_of_hours": "x"}, "num_of_hours"),
        ({"num_of_hours": 1, "until": "yesterday"}, "until"), ({"num_of_hours": 1, "until": ""}, "until"),
        ({"num_of_hours": 1, "country": "FIN"}, "country"), ({"num_of_hours": 1, "hours": 1}, "hours"),
    ):
        for answer in (service().post("/queryevents/count", arguments),
                       service().get(f"/queryevents/count?{urllib.parse.urlencode(arguments)}")):
            is_problem(answer, 400)
            assert word in answer.body.decode(), f"{arguments}: {word} is not named: {answer}"
    for body, word in (
        ('{"num_of_hours": 1e2}', "num_of_hours"), ('{"num_of_hours": null}', "num_of_hours"),
        ('{"num_of_hours": [1]}', "num_of_hours"), ('{"num_of_hours": 1, "num_of_hours": 1}', "num_of_hours"),
        ('{"num_of_hours": 1, "until": 5}', "until"), ("[]", ""), ("5", ""), ("", ""), ("{", ""),
        ('{"num_of_hours": 1} x', ""), ('{"num_of_hours": 1}{}', ""),
    ):
        answer = service().post("/queryevents/count", body)
        is_problem(answer, 400)
        assert word in answer.body.decode(), f"{body}: {word} is not named: {answer}"
    answer = service().get("/queryevents/count?num_of_hours=1&num_of_hours=1")
    is_problem(answer, 400)
    assert "num_of_hours" in answer.body.decode()


def test_a_body_whose_quotes_the_shell_ate_gets_a_hint():
    for path, body in (("/queryevents/count", "{num_of_hours: 24}"),
                       ("/queryevents/topn", "{player_id: 0a2d12a1a7e145de8bae44c0c6e06629}")):
        is_problem(service().post(path, body), 400, "JSON", "quot")


def test_top_sessions_come_latest_end_first_with_all_their_members():
    player, day = fresh()
    service().send(
        start(player, "b", f"{day}T10:00:00"), end(player, "b", f"{day}T10:01:00"),
        start(player, "a", f"{day}T10:00:00", "se"), end(player, "a", f"{day}T10:01:00"),
        start(player, "late", f"{day}T10:00:00"), end(player, "late", f"{day}T11:00:00.000001"),
        start(player, "open", f"{day}T10:00:00"), end(player, "headless", f"{day}T10:00:00"),
        start(player, "backwards", f"{day}T10:00:00.000001"), end(player, "backwards", f"{day}T10:00:00"),
    )
    answer = both("/queryevents/topn", {"player_id": player})
    equal(answer.status, 200, answer)
    whole = pairs(answer)
    equal(whole[:2], [("player_id", player), ("session_ids", ["late", "a", "b"])])
    equal(whole[2][1][1], [
        ("session_id", "a"), ("country", "SE"), ("start", f"{day}T10:00:00.000000Z"),
        ("end", f"{day}T10:01:00.000000Z"), ("duration_seconds", 60),
    ])
    assert b"3600.000001" in answer.body, f"the duration is not exact: {answer}"
    for n, ids in ((1, ["late"]), ("2", ["late", "a"]), (100, ["late", "a", "b"])):
        equal(both("/queryevents/topn", {"player_id": player, "n": n}).json["session_ids"], ids)
    nobody = both("/queryevents/topn", {"player_id": "nobody"})
    equal((nobody.status, nobody.json), (200, {"player_id": "nobody", "session_ids": [], "sessions": []}))


def test_twenty_sessions_unless_told_otherwise():
    player, day = fresh()
    for number in range(25):
        ts = f"{day}T10:00:{number:02}"
        service().send(start(player, f"s{number}", ts), end(player, f"s{number}", ts))
    ids = [f"s{number}" for number in reversed(range(25))]
    equal(both("/queryevents/topn", {"player_id": player}).json["session_ids"], ids[:20])
    equal(both("/queryevents/topn", {"player_id": player, "n": 24}).json["session_ids"], ids[:24])


def test_ids_of_any_characters_come_back_as_they_were():
    _, day = fresh()
    for text in ('"\\/\u2028 &?#%+ = é 日本 👩\u200d👧', "x" * 128, "é" * 64, " ", "\ufeffa"):
        service().send(start(text, text, f"{day}T10:00:00"), end(text, text, f"{day}T10:00:00"))
        equal(both("/queryevents/topn", {"player_id": text}).json["session_ids"], [text])


def test_wrong_tops_are_400_and_say_what_is_wrong():
    for arguments, word in (
        ({}, "player_id"), ({"player_id": ""}, "player_id"), ({"player_id": "x" * 129}, "player_id"),
        ({"player_id": "a\n"}, "player_id"), ({"player_id": "p", "n": 0}, "n"), ({"player_id": "p", "n": 101}, "n"),
        ({"player_id": "p", "n": "x"}, "n"), ({"player_id": "p", "n": "-1"}, "n"), ({"player_id": "p", "n": 1.5}, "n"),
        ({"player_id": "p", "session_id": "s"}, "session_id"),
    ):
        for answer in (service().post("/queryevents/topn", arguments),
                       service().get(f"/queryevents/topn?{urllib.parse.urlencode(arguments)}")):
            is_problem(answer, 400)
            assert word in answer.body.decode(), f"{arguments}: {word} is not named: {answer}"
    for body in ('{"player_id": 5}', '{"player_id": null}', '{"player_id": "a", "player_id": "a"}'):
        is_problem(service().post("/queryevents/topn", body), 400)
    is_problem(service().get("/queryevents/topn?player_id=a&player_id=a"), 400)
    is_problem(service().get("/queryevents/topn?player_id=%FF"), 400)
