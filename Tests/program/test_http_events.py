"""POST /batchevents by the contract, through real sockets."""

import bz2
import gzip
import json
import lzma
import shutil
import subprocess
import urllib.parse
import zlib

from harness import end, equal, lines, start
from shared import errors, fresh, is_problem, service


def tops(player):
    return service().get(f"/queryevents/topn?player_id={player}").json["session_ids"]


def test_a_batch_is_counted_and_a_retry_gets_the_same_answer():
    player, day = fresh()
    batch = [start(player, "s", f"{day}T10:00:00"), end(player, "s", f"{day}T10:01:00Z")]
    for _ in range(3):
        answer = service().post("/batchevents", lines(*batch))
        equal((answer.status, answer.json), (200, {"accepted": 2, "expired": 0}))
        equal(answer.header("Content-Type"), "application/json")
    equal(tops(player), ["s"])


def test_lines_may_look_in_many_ways():
    player, day = fresh()
    one = json.dumps(start(player, "ONE", f"{day}T10:00:00"))
    for number, (body, accepted) in enumerate([
        (one, 1), (one + "\n", 1), (one + "\r\n", 1), ("\n\r\n  \t\n" + one + "\n\n", 1),
        ("\ufeff" + one, 1), (one + "\n" + one, 2), ("\n" * 500 + one, 1),
        ("  " + one.replace('": "', '" :\t"') + "  ", 1),
        (one[:-1] + ', "more": {"a": [1, null, {}], "ts": 5}, "x": "\\ud83d\\ude00"}', 1),
        (one.replace('"event"', '"\\u0065vent"').replace('"FI"', '"f\\u0069"'), 1),
    ]):
        answer = service().post("/batchevents", body.encode(), {"Content-Type": "text/plain"})
        equal((answer.status, answer.json), (200, {"accepted": accepted, "expired": 0}), f"body {number}")
    # On an end, a country is ignored whatever it holds.
    for country in ('"FI"', "5", "null", '["x"]', '""'):
        body = json.dumps(end(player, "ONE", f"{day}T11:00:00"))[:-1] + f', "country": {country}}}'
        equal(service().post("/batchevents", body).status, 200, body)
    equal(tops(player), ["ONE"])


def test_every_rule_of_a_field_is_kept():
    player, day = fresh()
    good = start(player, "bad", f"{day}T10:00:00")

    def case(field, text, names=True):
        event = {key: json.dumps(value) for key, value in good.items()} | ({field: text} if text else {})
        if text is None:
            del event[field]
        body = "{" + ", ".join(f'"{key}": {value}' for key, value in event.items()) + "}"
        equal(errors(service().post("/batchevents", body)), [(1, field if names else None)], body)

    for text in ('"begin"', '"START"', "1", "null", '""', None):
        case("event", text)
    for field in ("player_id", "session_id"):
        for text in ('""', "5", "null", '"a\\u0000"', '"a\\n"', '"\\u007f"', '"\\u0085"', None,
                     json.dumps("x" * 129), json.dumps("é" * 65, ensure_ascii=False)):
            case(field, text)
    for ts in ("2016-12-02", "2016-12-02T12", "2016-12-02T12:48:05.", "2016-12-02T12:48.5", "2016-12-02T12:48:05 GMT",
               "2016-02-30T00:00:00", "2016-12-02T24:00:00", "2016-12-02T12:60:00", "2016-12-02T12:48:60",
               "2016-13-01T00:00:00", "1969-12-31T23:59:59", "2262-01-01T00:00:00", "2016-12-02T12:48:05+24:00",
               "2016-12-02T12:48:05+010", "2016-12-02T12:48:05Z[UTC]", "1480683600", "", " 2016-12-02T12:48:05",
               "2100-01-01T00:00:00", "1970-01-01T00:30:00+01:00"):
        case("ts", json.dumps(ts))
    for text in ("1480683600", "null", None):
        case("ts", text)
    for text in ('"F"', '"FIN"', '"11"', '"ÄÖ"', '""', "5", "null", None):
        case("country", text)
    equal(tops(player), [])


def test_instants_are_read_to_the_microsecond():
    player, day = fresh()
    for number, (ts, expected) in enumerate([
        (f"{day}T12:48:05.520022", f"{day}T12:48:05.520022Z"), (f"{day}t12:48:05z", f"{day}T12:48:05.000000Z"),
        (f"{day} 12:48:05.123456789Z", f"{day}T12:48:05.123456Z"), (f"{day}T12:48:05.9Z", f"{day}T12:48:05.900000Z"),
        (f"{day}T14:48:05+02:00", f"{day}T12:48:05.000000Z"), (f"{day}T12:48:05-00:00", f"{day}T12:48:05.000000Z"),
        (f"{day}T12:48:05.1234567890123Z", f"{day}T12:48:05.123456Z"), (f"{day}T12:48Z", f"{day}T12:48:00.000000Z"),
        (f"{day}T14:48:05,520022123+0200", f"{day}T12:48:05.520022Z"), (f"{day} 12:48", f"{day}T12:48:00.000000Z"),
        (f"{day} 12:48:05.5+00", f"{day}T12:48:05.500000Z"), (f"{day} 12:48:05 UTC", f"{day}T12:48:05.000000Z"),
    ]):
        service().send(start(player, f"s{number}", ts), end(player, f"s{number}", ts))
        sessions = service().get(f"/queryevents/topn?player_id={player}&n=100").json["sessions"]
        got = [one for one in sessions if one["session_id"] == f"s{number}"][0]
        equal((got["start"], got["end"], got["duration_seconds"]), (expected, expected, 0), ts)


def test_lines_that_are_no_single_object_are_errors():
    player, day = fresh()
    one = lines(start(player, "s", f"{day}T10:00:00")).strip()
    for line in (b"{}{}", one + one, b"[]", b"5", b'"x"', b"null", b"{", one[:-1], one + b",", b"nonsense",
                 one[:-1] + b', "x": "\xff"}', one[:-1] + b', "x": "\\ud800"}', one[:-1] + b', "x": 01}',
                 one[:-1] + b', "x": ' + b"[" * 1025 + b"]" * 1025 + b"}"):
        got = errors(service().post("/batchevents", one + b"\n" + line))
        # `{}{}` may also be reported field by field; only the line matters.
        equal({line for line, _ in got}, {2}, line[:200])
    repeated = one[:-1] + b', "pl\\u0061yer_id": "again"}'
    equal({line for line, _ in errors(service().post("/batchevents", repeated))}, {1})
    equal(tops(player), [])


def test_every_error_of_every_line_is_named_and_nothing_is_stored():
    player, day = fresh()
    good = lines(start(player, "s", f"{day}T10:00:00"), end(player, "s", f"{day}T10:00:00"))
    bad = b'{"country": 5, "ts": "x", "event": "start", "session_id": "", "player_id": 7}\n'
    body = b"\n" + good + b"nonsense\n\n" + bad + b'{"event": "stop"}\n'
    answer = service().post("/batchevents", body)
    got = errors(answer)
    equal(got[:5], [(4, None), (6, "player_id"), (6, "session_id"), (6, "ts"), (6, "country")])
    # For a line that is neither a start nor an end, the contract leaves the check of the country open.
    equal([one for one in got[5:] if one[1] != "country"],
          [(7, "event"), (7, "player_id"), (7, "session_id"), (7, "ts")])
    equal(tops(player), [])


def test_an_empty_batch_is_400_and_a_large_one_413_with_help():
    for body in (b"", b"\n", b"  \r\n\t\n", b"\xef\xbb\xbf"):
        is_problem(service().post("/batchevents", body), 400)
    player, day = fresh()
    eleven = lines(*[start(player, f"s{number}", f"{day}T10:00:00") for number in range(11)])
    is_problem(service().post("/batchevents", eleven), 413, "max_batch_events", "10", "player-sessions import")
    is_problem(service().post("/batchevents", b"nonsense\n" * 11), 413, "max_batch_events")
    equal(service().get(f"/queryevents/count?num_of_hours=24&until={day}T23:00:00Z").json["total"], 0)


def test_a_body_that_is_another_thing_as_a_whole_is_named_with_the_next_step():
    player, day = fresh()
    events = [start(player, f"s{number}", f"{day}T10:00:00") for number in range(20)]
    for body, *words in (
        (json.dumps(events), "JSON array", "jq -c '.[]'"), (json.dumps(events, indent=2), "JSON array"),
        (json.dumps(events[0], indent=2), "several lines", "jq -c ."),
        (lines(*events).replace(b"\n", b""), "on one line", "--data-binary"),
        (lines(*events).decode().encode("utf-16"), "UTF-16", "iconv"),
        (gzip.compress(lines(*events)), "gzip data", "Content-Encoding: gzip"),
        (lzma.compress(lines(*events)), "xz data", "xz -dc"), (bz2.compress(lines(*events)), "bzip2 data"),
        (zlib.compress(lines(*events)), "zlib data"), (urllib.parse.quote(json.dumps(events[0])), "percent-encoded"),
    ):
        answer = service().post("/batchevents", body, {"Content-Type": "text/plain"})
        is_problem(answer, 400, *words)
        equal((errors(answer), "Prefer" in answer.json["detail"]), ([(1, None)], False), words[0])
    renamed = json.dumps(events[0]).replace("player_id", "playerId")
    assert "playerId" in service().post("/batchevents", renamed).json["errors"][0]["message"]
    equal(tops(player), [])


def test_the_stated_size_limits_answer_413_and_reach_the_client():
    for body, headers in (
        (b" " * 65_537, {}), (b" " * 2_000_000, {}), (gzip.compress(b" " * 70_000), {"Content-Encoding": "gzip"}),
        (gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}),
        (iter([b" " * 10_000] * 30), {}),
    ):
        answer = service().request("POST", "/batchevents", body, headers)
        is_problem(answer, 413, "65536", "max_body_bytes")
    player, day = fresh()
    padded = lines(start(player, "s", f"{day}T10:00:00")).rstrip() + b" " * 65_000
    equal(service().post("/batchevents", padded[:65_536]).status, 200)


def compressed(body):
    yield "gzip", gzip.compress(body)
    yield "x-gzip", gzip.compress(body)
    yield "GZIP", gzip.compress(body)
    yield "gzip", gzip.compress(body[:40]) + gzip.compress(body[40:])
    yield "identity", body
    assert shutil.which("zstd"), "these tests need the zstd command"
    yield "zstd", subprocess.run(["zstd", "-q", "-c"], input=body, capture_output=True, check=True).stdout


def test_packed_bodies_are_understood():
    player, day = fresh()
    body = lines(start(player, "s", f"{day}T10:00:00"), end(player, "s", f"{day}T10:00:01"))
    for encoding, packed in compressed(body):
        answer = service().post("/batchevents", packed, {"Content-Encoding": encoding})
        equal((answer.status, answer.body and answer.json["accepted"]), (200, 2), f"{encoding}: {answer}")
        if encoding != "identity":
            for wrong in (packed[:-3], packed + b"x", b"x" + packed, body):
                is_problem(service().post("/batchevents", wrong, {"Content-Encoding": encoding}), 400)
    for encoding in ("br", "deflate", "gzip, gzip", "identity, gzip", "nonsense"):
        is_problem(service().post("/batchevents", body, {"Content-Encoding": encoding}), 415)


def test_lenient_handling_stores_the_good_lines():
    player, day = fresh()
    body = lines(start(player, "s", f"{day}T10:00:00")) + b"nonsense\n" + lines(end(player, "s", f"{day}T10:00:00"))
    lenient = {"Prefer": "respond-async, handling=lenient"}
    answer = service().post("/batchevents", body, lenient)
    equal(answer.status, 200, answer)
    equal(answer.header("Preference-Applied"), "handling=lenient")
    equal({key: answer.json[key] for key in ("accepted", "expired")}, {"accepted": 2, "expired": 0})
    equal([(one["line"], one.get("field")) for one in answer.json["rejected"]], [(2, None)])
    equal(tops(player), ["s"])
    answer = service().post("/batchevents", b"nonsense\n", lenient)
    equal((answer.status, answer.json["accepted"], len(answer.json["rejected"])), (200, 0, 1))
    answer = service().post("/batchevents", lines(start(player, "s", f"{day}T10:00:00")), lenient)
    equal((answer.status, answer.json), (200, {"accepted": 1, "expired": 0, "rejected": []}))
    for preference in ("handling=strict", "lenient"):
        answer = service().post("/batchevents", body, {"Prefer": preference})
        is_problem(answer, 400)
        equal(answer.header("Preference-Applied"), None)
    # A fault of the batch as a whole is still an error.
    is_problem(service().post("/batchevents", b"\n", lenient), 400)
    is_problem(service().post("/batchevents", b"x\n" * 11, lenient), 413)


def test_the_list_of_errors_stops_at_100():
    large = service(PLAYER_SESSIONS_MAX_BATCH_EVENTS="1000")
    answer = large.post("/batchevents", b"{}\n" * 500)
    got = errors(answer)
    equal(len(got), 100)
    equal(got, sorted(got, key=lambda one: one[0]), "the order of the lines")
    answer = large.post("/batchevents", b"nonsense\n" * 500)
    equal(errors(answer), [(number, None) for number in range(1, 101)])
