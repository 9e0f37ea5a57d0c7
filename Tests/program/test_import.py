"""`import`, `generate`, `count` and `top`, from files to answers."""

import bz2
import datetime
import gzip
import json
import shutil
import subprocess

import harness
from harness import Directory, Service, end, equal, run, start
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
    """The service holds what the file holds, and no more."""
    model = Model()
    model.apply(events_of(text))
    answer = service.get("/queryevents/count?num_of_hours=876600&until=2030-01-01T00:00:00Z").json
    equal(answer["count"], model.count(-1, 1 << 62))
    for player, sessions in model.tops().items():
        got = service.post("/queryevents/topn", {"player_id": player, "n": 100}).json["session_ids"]
        equal(got, [one[1] for one in sessions][:100], f"sessions of {player}")


def test_generate_gives_the_same_bytes_for_the_same_seed():
    one = generated()
    equal(one, generated())
    assert one != generated(seed=8)
    events = events_of(one)
    starts = [event for event in events if event["event"] == "start"]
    assert 0 < len(starts) and len({event["player_id"] for event in events}) <= 20, len(starts)
    assert all(event["ts"] <= "2020-06-01T00:00:01" for event in starts)


def test_files_of_every_kind_go_into_a_running_service_and_once():
    text = generated()
    lines = text.splitlines(keepends=True)
    parts = ["".join(lines[index::5]).encode() for index in range(5)]
    assert shutil.which("zstd"), "these tests need the zstd command"
    packed = subprocess.run(["zstd", "-q", "-c"], input=parts[3], capture_output=True, check=True).stdout
    with Directory() as directory, Service(directory / "store") as service:
        half = len(parts[1]) // 2
        files = {
            "a.jsonl": parts[0], "b.jsonl.gz": gzip.compress(parts[1][:half]) + gzip.compress(parts[1][half:]),
            "c.jsonl.bz2": bz2.compress(parts[2]), "d.jsonl.zst": packed,
        }
        for name, content in files.items():
            (directory / name).write_bytes(content)
        for _ in range(2):
            status, _, errors = run("import", "--url", url(service), *[directory / name for name in files])
            equal(status, 0, errors)
            status, _, errors = run("import", "--url", url(service), "-", stdin=parts[4])
            equal(status, 0, errors)
            check(service, text)


def test_a_file_goes_straight_into_a_store_and_once():
    text = generated()
    with Directory() as directory:
        (directory / "events.jsonl").write_text(text)
        for _ in range(2):
            status, _, errors = run(
                "import", "--store", f"rocksdb:{directory / 'store'}", directory / "events.jsonl", seconds=120
            )
            equal(status, 0, errors)
        with Service(directory / "store") as service:
            check(service, text)


def test_invalid_lines_are_reported_and_kept_and_the_rest_goes_in():
    text = generated()
    lines = text.splitlines(keepends=True)
    wrong = {3: "nonsense\n", 40: '{"event": "start"}\n', 41: "{}{}\n", 500: '{"ts": 5}\n'}
    for number, line in sorted(wrong.items()):
        lines.insert(number - 1, line)
    with Directory() as directory:
        file, rejects = directory / "events.jsonl", directory / "rejects.jsonl"
        file.write_text("".join(lines))
        with Service(directory / "store") as service:
            status, out, errors = run("import", "--url", url(service), "--rejects", rejects, file)
            equal(status, 1, errors)
            for number in wrong:
                assert str(number) in out + errors, f"line {number} is not reported: {out}{errors}"
            equal(rejects.read_text(), "".join(line for _, line in sorted(wrong.items())))
            check(service, text)
        status, out, errors = run("import", "--store", f"rocksdb:{directory / 'direct'}", file)
        equal(status, 1, errors)
        assert "500" in out + errors, out + errors
        with Service(directory / "direct") as service:
            check(service, text)


def test_what_lies_before_the_damage_of_a_file_goes_in_and_is_counted():
    lines = generated().encode().splitlines(keepends=True)
    whole = gzip.compress(b"".join(lines[:105]))
    for damage in (whole[:4] + b"\xff" * 9, gzip.compress(b"".join(lines[105:]))[:40]):
        with Directory() as directory, Service(directory / "store") as service:
            (directory / "cut.gz").write_bytes(whole + damage)
            status, _, errors = run("import", "--url", url(service), directory / "cut.gz")
            equal(status, 1, errors)
            assert "cut.gz" in errors, errors
            starts = sum(b'"start"' in line for line in lines[:105])
            count = service.get("/queryevents/count?num_of_hours=876600&until=2030-01-01T00:00:00Z").json["total"]
            assert starts <= count <= starts + 2, f"{count} of {starts}: {errors}"
            assert "105 accepted" in errors or count > starts, errors


def test_rejects_may_go_to_standard_output():
    with Directory() as directory, Service(directory / "store") as service:
        status, out, errors = run("import", "--url", url(service), "--rejects", "-", "-", stdin=b"{}\r\n \nbad")
        equal((status, out), (1, "{}\r\nbad\n"), errors)


def test_no_proxy_stands_before_this_machine():
    with Directory() as directory, Service(directory / "store") as service:
        for name in ("http_proxy", "ALL_PROXY"):
            environment = {name: f"http://127.0.0.1:{harness.free_port()}"}
            status, _, errors = run("count", "--hours", "1", "--url", url(service), environment=environment)
            equal((status, errors), (0, ""))


def test_damaged_and_missing_files_fail_by_name():
    text = generated().encode()
    with Directory() as directory, Service(directory / "store") as service:
        (directory / "cut.jsonl.gz").write_bytes(gzip.compress(text)[:-20])
        (directory / "wrong.jsonl.bz2").write_bytes(b"BZh9 no bzip2 at all")
        for name in ("cut.jsonl.gz", "wrong.jsonl.bz2", "missing.jsonl"):
            status, _, errors = run("import", "--url", url(service), directory / name)
            equal(status, 1, errors)
            assert name in errors, errors
        nowhere = f"http://127.0.0.1:{harness.free_port()}"
        (directory / "good.jsonl").write_bytes(text)
        status, _, errors = run("import", "--retry-seconds", "0", "--url", nowhere, directory / "good.jsonl")
        equal(status, 1, errors)
        assert errors.strip()


def test_count_and_top_print_tables_and_json():
    with Directory() as directory, Service(directory / "store") as service:

        now = (datetime.datetime.utcnow() - datetime.timedelta(minutes=5)).isoformat()
        service.send(start("p", "one", now), end("p", "one", now), start("p", "two", now, "SE"))
        status, text, errors = run("count", "--hours", "24", "--url", url(service))
        equal((status, errors), (0, ""))
        assert "FI" in text and "SE" in text and "2" in text, text
        status, text, errors = run("count", "--hours", "24", "--url", url(service), "--json")
        equal((status, errors, json.loads(text)["count"]), (0, "", {"FI": 1, "SE": 1}))
        status, text, errors = run("top", "p", "--url", url(service))
        equal((status, errors), (0, ""))
        assert "one" in text and "two" not in text, text
        status, text, errors = run("top", "p", "--url", url(service), "--json")
        equal((status, errors, json.loads(text)["session_ids"]), (0, "", ["one"]))
        status, _, errors = run("count", "--hours", "0", "--url", url(service))
        assert status in (1, 2) and errors.strip(), (status, errors)
    status, _, errors = run("count", "--hours", "1", "--url", f"http://127.0.0.1:{harness.free_port()}")
    equal(status, 1, errors)
    assert errors.strip()


if __name__ == "__main__":
    harness.main(globals())
