"""`copy`: everything in one store gets into another, whatever interrupts the copy."""

import pathlib
import re
import signal
import subprocess
import time

import harness
from copying import FEW, answers, fill
from harness import Directory, Service, end, equal, run, start


def copy(source, target, *arguments, environment=FEW):
    return run("copy", "--from", f"rocksdb:{source}", "--to", f"rocksdb:{target}", *arguments, environment=environment)


def test_a_copy_answers_as_its_source():
    with Directory() as directory:
        one, two = directory / "one", directory / "two"
        players = fill(one, directory, 20_000)
        expected = answers(one, players)
        assert expected[2]["total"] == 20_000, expected[2]["total"]
        for _ in range(2):
            # Copying again changes nothing.
            status, text, errors = copy(one, two)
            equal((status, text), (0, ""), errors)
            assert "20,000 sessions" in errors, errors
            equal(answers(two, players), expected)
        equal(answers(one, players), expected)


def test_a_copy_keeps_what_the_target_had():
    with Directory() as directory:
        for name, events in (
            ("one", [start("p", "s", "2024-01-01T10:00:00"), end("p", "t", "2024-01-01T12:00:00")]),
            ("two", [end("p", "s", "2024-01-01T11:00:00"), start("p", "t", "2024-01-01T09:00:00", "SE")]),
        ):
            with Service(directory / name) as service:
                service.send(*events)
                equal(service.terminate(), 0)
        equal(copy(directory / "one", directory / "two")[0], 0)
        with Service(directory / "two") as service:
            equal(service.get("/queryevents/topn?player_id=p").json["session_ids"], ["t", "s"])
            equal(service.get("/queryevents/count?num_of_hours=24&until=2024-01-01T12:00:00").json["count"],
                  {"FI": 1, "SE": 1})


def begin(source, target, position):
    """Starts a copy that saves its position, and waits until it has saved one."""
    process = subprocess.Popen(
        [harness.PROGRAM, "copy", "--from", f"rocksdb:{source}", "--to", f"rocksdb:{target}", "--resume", position],
        env=harness.clean_environment(FEW), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 60
    while not pathlib.Path(position).exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process


def test_a_copy_that_is_killed_or_stopped_goes_on_where_it_ended():
    with Directory() as directory:
        one, two, position = directory / "one", directory / "two", directory / "position.json"
        players = fill(one, directory, 400_000)
        expected = answers(one, players)
        killed = begin(one, two, position)
        equal(killed.poll(), None, "the copy ended before it was killed")
        killed.kill()
        killed.communicate()
        before = position.read_text()
        stopped = begin(one, two, position)
        while position.read_text() == before and stopped.poll() is None:
            time.sleep(0.01)
        stopped.send_signal(signal.SIGINT)
        text = stopped.communicate(timeout=harness.PATIENCE)[0].decode()
        equal(stopped.returncode, 130, text)
        assert "going on" in text and "same command" in text, text
        status, _, errors = copy(one, two, "--resume", position)
        equal(status, 0, errors)
        copied = int(re.search(r"([\d,]+) sessions with", errors).group(1).replace(",", ""))
        assert 0 < copied < 400_000, f"{copied} of 400,000 sessions were copied at the end"
        assert not position.exists(), "the position of a copy that is complete"
        equal(answers(two, players), expected)


def fails(status, arguments, *words):
    got, text, errors = run("copy", *arguments)
    equal((got, text), (status, ""), f"{arguments}: {errors}")
    for word in words:
        assert str(word) in errors, f"{arguments}: no {word!r} in {errors!r}"


def test_wrong_copies_are_refused():
    with Directory() as directory:
        one, two = f"rocksdb:{directory / 'one'}", f"rocksdb:{directory / 'two'}"
        fails(2, [], "--from")
        fails(2, ["--from", one], "--to")
        fails(2, ["--from", one, "--to", one], "same store")
        fails(2, ["--from", "mysql:x", "--to", one], "--from", "mysql:x")
        fails(1, ["--from", one, "--to", two], "there is no store", directory / "one")
        assert not (directory / "one").exists() and not (directory / "two").exists(), "a store was made"
        with Service(directory / "one") as service:
            service.send(start("p", "s", "2024-01-01T10:00:00"))
            fails(1, ["--from", one, "--to", two], service.process.pid)
            equal(service.terminate(), 0)
        position = directory / "position.json"
        position.write_text("nonsense")
        fails(1, ["--from", one, "--to", two, "--resume", position], position, "not the position")
        position.write_text('{"from": "a", "to": "b", "position": "00"}')
        fails(1, ["--from", one, "--to", two, "--resume", position], position, "from a to b")
        position.write_text(f'{{"from": "{one}", "to": "{two}", "position": "00"}}')
        fails(1, ["--from", one, "--to", two, "--resume", position], "position")
