"""`import`, `generate`, `count` and `top`, from files to results."""

import bz2
import datetime
import gzip
import io
import json
import lzma
import shutil
import subprocess
import tarfile
import zipfile

import harness
from harness import Directory, Service, end, equal, run, start
from importing import check, events_of, generated, url


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


def parts_of(text, count):
    """Deals the lines of a text out to this many files."""
    lines = text.encode().splitlines(keepends=True)
    return [b"".join(lines[index::count]) for index in range(count)]


def flipped(content, index):
    return content[:index] + bytes([content[index] ^ 0x40]) + content[index + 1:]


def test_no_damaged_file_keeps_the_others_out():
    text = generated()
    parts = parts_of(text, 5)
    packed = gzip.compress(parts[4])
    files = {
        # Before each good file a bad one: a header alone is what log shippers write for an hour without events.
        "header.gz": packed[:10], "1.jsonl": parts[0],
        "cut.gz": packed[:-20], "flipped.gz": flipped(packed, len(packed) - 6), "2.gz": gzip.compress(parts[1]),
        "first-byte.gz": flipped(packed, 0), "wrong.bz2": b"BZh9 no bzip2 at all", "3.bz2": bz2.compress(parts[2]),
        "cut.zst": b"\x28\xb5\x2f\xfd\x24", "4.jsonl": parts[3], "garbage.gz": packed + b"garbage",
        "two.gz": gzip.compress(parts[4]) + b"\x1f\x8b\xff\xff", "5.jsonl": parts[4],
    }
    good = {name for name in files if name[0].isdigit()}
    with Directory() as directory:
        for name, content in files.items():
            (directory / name).write_bytes(content)
        paths = [directory / name for name in files]
        with Service(directory / "store") as service:
            status, _, errors = run("import", "--url", url(service), *paths)
            equal(status, 1, errors)
            for name in files:
                equal(f"/{name}: " in errors, name not in good, f"{name} in {errors}")
            lines = parts[4].count(b"\n")
            assert "two.gz: is corrupt" in errors and f"read up to line {lines}" in errors, errors
            assert "header.gz: ends too early; nothing of it was read" in errors, errors
            assert f"{len(files) - len(good)} files failed" in errors, errors
            check(service, text)
        status, _, errors = run("import", "--store", f"rocksdb:{directory / 'direct'}", *paths)
        equal(status, 1, errors)
        with Service(directory / "direct") as service:
            check(service, text)


def test_empty_files_and_zeros_behind_packed_ones_are_no_damage():
    text = generated()
    parts = parts_of(text, 3)
    zstd = subprocess.run(["zstd", "-q", "-c"], input=parts[1], capture_output=True, check=True).stdout
    files = {
        "empty.jsonl": b"", "empty.gz": b"", "empty.bz2": b"", "empty.zst": b"", "blank.jsonl": b"\xef\xbb\xbf\r\n \n",
        "a.gz": gzip.compress(parts[0]) + bytes(70_000), "b.zst": zstd + bytes(1), "c.bz2": bz2.compress(parts[2]) + bytes(512),
        "nothing.gz": gzip.compress(b""),
    }
    with Directory() as directory, Service(directory / "store") as service:
        for name, content in files.items():
            (directory / name).write_bytes(content)
        status, _, errors = run("import", "--url", url(service), *[directory / name for name in files])
        equal(status, 0, errors)
        equal(len(errors.splitlines()), 1, errors)
        check(service, text)


def test_content_counts_and_not_the_name():
    text = generated()
    parts = parts_of(text, 4)
    zstd = subprocess.run(["zstd", "-q", "-c"], input=parts[1], capture_output=True, check=True).stdout
    files = {"a.jsonl": gzip.compress(parts[0]), "b.gz": zstd, "c.bz2": parts[2], "d": bz2.compress(parts[3])}
    with Directory() as directory, Service(directory / "store") as service:
        for name, content in files.items():
            (directory / name).write_bytes(content)
        status, _, errors = run("import", "--url", url(service), *[directory / name for name in files])
        equal(status, 0, errors)
        check(service, text)


def tar_of(**files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zip_of(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("events.jsonl", content)
    return packed.getvalue()


def test_what_people_have_instead_of_lines_is_refused_with_the_way():
    text = generated()
    events = events_of(text)
    tar = tar_of(a=text.encode(), b=text.encode())
    # The content, and the words of the message about it.
    files = {
        "events.tar": (tar, ["tar archive", "tar -xOf"]), "events.tar.gz": (gzip.compress(tar), ["tar archive", "tar -xOf"]),
        "events.xz": (lzma.compress(text.encode()), ["xz", "xz -dc"]), "events.zip": (zip_of(text), ["zip", "unzip -p"]),
        "sixteen.txt": (text.encode("utf-16"), ["UTF-16", "iconv"]),
        "array.json": (json.dumps(events).encode(), ["array", "jq -c '.[]'"]),
        "lines.json": (json.dumps(events[:2], indent=0).encode(), ["array", "jq -c '.[]'"]),
        "pretty.json": ("".join(json.dumps(event, indent=2) for event in events).encode(), ["several lines", "jq -c ."]),
        "twice.gz": (gzip.compress(gzip.compress(text.encode())), ["gzip data", "unpack"]),
        # The head of a frame with a window of 2 GiB, as written by zstd --long=31.
        "long.zst": (bytes.fromhex("28b52ffd00a80900 0041"), ["window", "128 MiB", "zstd -dc --long=31"]),
    }
    with Directory() as directory, Service(directory / "store") as service:
        for name, (content, words) in files.items():
            (directory / name).write_bytes(content)
            for arguments in (["--url", url(service), directory / name], ["--url", url(service), "-"]):
                status, _, errors = run("import", *arguments, stdin=content)
                equal(status, 1, f"{name}: {errors}")
                said = errors.splitlines()
                equal(len(said), 2, f"{name}: {errors}")
                for word in [*words, "player-sessions import -", "nothing of it was read"]:
                    assert word in said[0], f"{name}: no {word!r} in {said[0]!r}"
        equal(service.get("/queryevents/count?num_of_hours=876600&until=2030-01-01T00:00:00Z").json["total"], 0)
        # A file after such a file is imported.
        (directory / "good.jsonl").write_text(text)
        status, _, errors = run("import", "--url", url(service), directory / "events.zip", directory / "good.jsonl")
        equal(status, 1, errors)
        check(service, text)


def test_wrong_lines_at_the_beginning_keep_no_others_out():
    text = generated()
    for first in ('[{"a": 1}]\n', '{"a": 1}{"b": 2}\n', "<html>\n", "--\nContent-Type: text/plain\n"):
        with Directory() as directory, Service(directory / "store") as service:
            status, _, errors = run("import", "--url", url(service), "-", stdin=(first + text).encode())
            equal(status, 1, errors)
            check(service, text)


def test_a_byte_order_mark_alone_on_the_first_line_is_a_blank_line():
    text = generated()
    for marked in (b"\xef\xbb\xbf\n", b"\xef\xbb\xbf \r\n\r\n", b"\xef\xbb\xbf"):
        with Directory() as directory:
            content = marked + text.encode()
            with Service(directory / "store") as service:
                status, _, errors = run("import", "--url", url(service), "-", stdin=content)
                equal(status, 0, errors)
                check(service, text)
                status, _, errors = run("import", "--url", url(service), "-", stdin=marked)
                equal(status, 0, errors)
                # A mark on another line is an error.
                status, _, errors = run("import", "--url", url(service), "-", stdin=b"\n" + marked + b"{}\n")
                equal(status, 1, errors)


def test_missing_files_are_all_named_before_anything_is_sent():
    text = generated().encode()
    with Directory() as directory, Service(directory / "store") as service:
        (directory / "good.jsonl").write_bytes(text)
        status, _, errors = run(
            "import", "--url", url(service), directory / "good.jsonl", directory / "missing", directory, directory / "gone.gz"
        )
        equal(status, 1, errors)
        for word in ("missing", "gone.gz", "directory", "nothing was sent"):
            assert word in errors, errors
        equal(len(errors.splitlines()), 1, errors)
        equal(service.get("/queryevents/count?num_of_hours=876600&until=2030-01-01T00:00:00Z").json["total"], 0)
        nowhere = f"http://127.0.0.1:{harness.free_port()}"
        status, _, errors = run(
            "import", "--retry-seconds", "0", "--url", nowhere, directory / "good.jsonl", seconds=300
        )
        equal(status, 1, errors)
        assert errors.strip()


def test_a_name_that_would_steer_a_terminal_is_shown_escaped():
    with Directory() as directory, Service(directory / "store") as service:
        name = "\x1b[2Jodd\u202e\n.jsonl"
        (directory / name).write_bytes(b"nonsense\n")
        for arguments in ([directory / name], [directory / (name + "gone")]):
            status, _, errors = run("import", "--url", url(service), *arguments)
            equal(status, 1, errors)
            assert "\\u{1b}[2Jodd\\u{202e}\\n" in errors and "\x1b" not in errors and "\u202e" not in errors, errors


def test_names_and_ids_that_begin_with_a_dash_go_after_two_dashes():
    with Directory() as directory, Service(directory / "store") as service:
        service.send(start("-NxYz", "s", "2020-01-01T00:00:00"), end("-NxYz", "s", "2020-01-01T00:00:01"))
        for arguments in (["top", "-NxYz"], ["top", "-n7Kd"], ["import", "-old.jsonl"]):
            status, _, errors = run(*arguments)
            equal(status, 2, errors)
            assert f"'{arguments[0]} -- {arguments[1]}'" in errors, errors
            assert "  -- " in run(arguments[0], "--help")[1]
        status, text, errors = run("top", "--url", url(service), "--json", "--", "-NxYz")
        equal((status, errors, json.loads(text)["session_ids"]), (0, "", ["s"]))
        (directory / "-old.jsonl").write_bytes(harness.lines(start("p", "t", "2020-01-01T00:00:00")))
        status, _, errors = run("import", "--url", url(service), "--", "-old.jsonl", cwd=directory)
        equal(status, 0, errors)


def test_count_and_top_print_tables_and_json():
    with Directory() as directory, Service(directory / "store") as service:

        now = (datetime.datetime.utcnow() - datetime.timedelta(minutes=5)).isoformat()
        service.send(start("p", "one", now), end("p", "one", now), start("p", "two", now, "T1"))
        status, text, errors = run("count", "--hours", "24", "--url", url(service))
        equal((status, errors), (0, ""))
        assert "FI" in text and "T1" in text and "2" in text, text
        until = datetime.datetime.utcnow().strftime("%Y-%m-%d %H:%M:%S,%f +0000")
        status, text, errors = run("count", "--hours", "1", "--country", "t1", "--until", until, "--json",
                                   "--url", url(service))
        equal((status, errors, json.loads(text)["count"]), (0, "", {"T1": 1}))
        status, text, errors = run("count", "--hours", "24", "--url", url(service), "--json")
        equal((status, errors, json.loads(text)["count"]), (0, "", {"FI": 1, "T1": 1}))
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
