"""The command line around `serve`: usage, configuration, starting, stopping."""

import datetime
import signal
import socket
import subprocess
import time

import harness
from harness import Directory, Service, end, equal, run, start
from recovery import History

COMMANDS = ["serve", "import", "copy", "schema", "rebuild", "generate", "count", "top", "check-config"]


def fails(status, words, *arguments, environment=None, single=True, cwd=None):
    """Runs a command that must fail with this status and print these words on one line of standard error."""
    got, _, errors = run(*arguments, environment=environment, cwd=cwd)
    assert got in (status if isinstance(status, tuple) else (status,)), f"{arguments}: exit {got}: {errors}"
    said = [line for line in errors.splitlines() if line.strip()]
    assert said, f"{arguments}: nothing on standard error"
    assert not single or len(said) == 1, f"{arguments}: more than one line: {errors}"
    for word in words:
        assert str(word).lower() in errors.lower(), f"{arguments}: no {word!r} in {errors!r}"
    return errors


def test_every_command_has_help():
    for arguments in (["--help"], ["-h"], *([command, "--help"] for command in COMMANDS)):
        status, text, errors = run(*arguments)
        equal((status, errors), (0, ""), f"{arguments}")
        assert "player-sessions" in text and len(text.splitlines()) > 3, f"{arguments}: {text}"
        assert "Exit status:" in text.split("\n\n")[-1], f"{arguments}: {text}"
    for command, words in (("serve", "SIGTERM"), ("import", "not valid"), ("copy", "130"), ("count", "2  wrong usage")):
        assert words in run(command, "--help")[1].split("Exit status:")[1], f"of {command}"
    assert "130" not in run("count", "--help")[1], "of another command"
    text = run("--help")[1]
    for command in COMMANDS:
        assert command in text, f"no {command} in {text}"


def test_wrong_usage_exits_2_with_one_clear_line():
    fails(2, ["nonsense"], "nonsense")
    fails(2, ["did you mean 'serve'?"], "srv")
    fails(2, ["write HOST:PORT", "0.0.0.0"], "serve", "--listen", "80")
    fails(2, ["is a URL", "write HOST:PORT"], "serve", "--listen", "http://127.0.0.1:80")
    fails(2, [], "import")
    fails(2, [], "top")
    for command in COMMANDS:
        fails(2, ["--nonsense"], command, "--nonsense", "x")
    fails(2, ["--listen"], "serve", "--listen")
    fails(2, ["extra"], "serve", "extra")
    count = "count", "--hours", "1"
    fails(2, ["--until", 'as seconds since 1970, it is "2016-12-02T12:48:05.000000Z"'], *count, "--until", "1480682885")
    fails(2, ["--until", "hour 24"], *count, "--until", "2016-12-02T24:00:00Z")
    fails(2, ["--country", "letters or digits"], *count, "--country", "11")
    got = run()
    assert got[0] == 2 and got[2].strip(), f"without a command: {got}"


def test_the_schema_of_a_cluster_is_printed_without_asking_one():
    status, text, errors = run("schema", "--store", "cassandra://127.0.0.1:1/games", "--replication", "dc1:3", "--print")
    equal((status, errors), (0, ""))
    assert text.startswith('CREATE KEYSPACE IF NOT EXISTS "games" WITH replication = '), text
    assert "'class': 'NetworkTopologyStrategy', 'dc1': 3" in text, text
    assert "games\".start_events_by_hour" in text and "games\".events_session_by_player_id" in text, text
    fails(2, ["--store cassandra://"], "schema")
    fails(2, ["--replication", "from 1 to 1000"], "schema", "--store", "cassandra://h", "--replication", "0")


def test_a_cluster_that_is_not_there_ends_the_start_where_it_is_not_waited_for():
    at_once, store = {"PLAYER_SESSIONS_CLUSTER_START_SECONDS": "0"}, "cassandra://127.0.0.1:1/games"
    fails(1, ["127.0.0.1:1"], "schema", "--store", store, environment=at_once)
    fails(1, ["127.0.0.1:1"], "serve", "--listen", "127.0.0.1:0", "--store", store, environment=at_once)
    a_second = {"PLAYER_SESSIONS_CLUSTER_START_SECONDS": "1"}
    errors = fails(1, ["waiting for the cluster"], "schema", "--store", store, environment=a_second, single=False)
    equal(len(errors.splitlines()), 2, errors)


def test_a_signal_ends_the_waiting_for_a_cluster():
    store = "cassandra://127.0.0.1:1/games"
    commands = {
        ("serve", "--listen", "127.0.0.1:0", "--store", store): 0,
        ("import", "--store", store, "/dev/null"): 130,
        ("copy", "--from", store, "--to", "rocksdb:/nowhere"): 130,
    }
    for arguments, status in commands.items():
        for number in (signal.SIGTERM, signal.SIGINT):
            process = subprocess.Popen(
                [harness.PROGRAM, *arguments], env=harness.clean_environment(), stderr=subprocess.PIPE, text=True)
            try:
                line = process.stderr.readline()
                assert "waiting for the cluster" in line and "127.0.0.1:1" in line, line
                process.send_signal(number)
                _, rest = process.communicate(timeout=20)
            finally:
                process.kill()
            equal(process.returncode, status, f"{arguments}: {rest}")
            assert "stopped" in rest and len(rest.splitlines()) == 1, rest


def test_wrong_configuration_stops_the_start_with_key_value_and_reason():
    bad = (1, 2)
    with Directory() as directory:
        file = directory / "config.json5"
        for key, value, text in (
            ("retentoin_days", "5", "{retentoin_days: 5}"), ("retention_days", "-1", "{retention_days: -1}"),
            ("max_batch_events", "10001", "{max_batch_events: 10001}"), ("log_format", "xml", "{log_format: 'xml'}"),
            ("loops", "many", "{loops: 'many'}"),
        ):
            file.write_text(text)
            for command in ("serve", "check-config"):
                fails(bad, [key, value if key != "retentoin_days" else ""], command, "--config", file)
        file.write_text("{listen: ")
        fails(bad, ["config.json5"], "serve", "--config", file)
        fails(bad, ["missing.json5"], "serve", "--config", directory / "missing.json5")
        for name, value, key in (
            ("PLAYER_SESSIONS_LISTN", "x", "did you mean PLAYER_SESSIONS_LISTEN?"),
            ("PLAYER_SESSIONS_HEAD_TIMEOUT", "9", "did you mean PLAYER_SESSIONS_HEAD_TIMEOUT_SECONDS?"),
            ("PLAYER_SESSIONS_RETENTION_DAYS", "soon", "RETENTION_DAYS"), ("PLAYER_SESSIONS_NONSENSE", "1", "NONSENSE"),
            ("PLAYER_SESSIONS_LISTEN", "127.0.0.1:70000", "LISTEN"), ("PLAYER_SESSIONS_STORE", "mysql:x", "STORE"),
        ):
            fails(bad, [key], "serve", environment={name: value})
        for flag, value in (("--listen", "nonsense"), ("--retention-days", "146001"), ("--store", "x")):
            fails(bad, [value], "serve", flag, value)


def test_flags_beat_the_environment_which_beats_the_file():
    with Directory() as directory:
        file = directory / "config.json5"
        file.write_text("{\n // a comment\n retention_days: 3, max_batch_events: 33, log_level: 'warning',\n}")
        environment = {"PLAYER_SESSIONS_RETENTION_DAYS": "4", "PLAYER_SESSIONS_MAX_BATCH_EVENTS": "44"}
        status, text, errors = run(
            "check-config", "--config", file, "--retention-days", "5", environment=environment
        )
        equal((status, errors), (0, ""), text)
        rows = {key: line for line in text.splitlines()
                for key in ("retention_days", "max_batch_events", "log_level", "loops") if key in line}
        for key, value in (("retention_days", "5"), ("max_batch_events", "44"), ("log_level", "warning")):
            assert value in rows[key], f"{key}: {rows}"
        assert "config.json5" in rows["log_level"], f"where log_level came from: {rows}"
        assert "loops" in rows, f"a default: {text}"


def test_a_port_in_use_is_named():
    with Directory() as directory, Service(directory / "one") as first:
        fails(1, [first.port], "serve", "--listen", f"127.0.0.1:{first.port}", "--store",
              f"rocksdb:{directory / 'two'}", single=False)


def test_a_second_process_on_a_store_is_told_who_holds_it():
    with Directory() as directory, Service(directory / "store") as first:
        first.send(start("p", "s", "2016-12-02T12:00:00"))
        fails(1, [directory / "store", first.process.pid], "serve", "--listen", f"127.0.0.1:{harness.free_port()}",
              "--store", f"rocksdb:{directory / 'store'}", single=False)
        events = directory / "events.jsonl"
        events.write_bytes(harness.lines(start("p", "t", "2016-12-02T12:00:00")))
        fails(1, ["--url"], "import", "--store", f"rocksdb:{directory / 'store'}", events, single=False)
        equal(first.get("/queryevents/count?num_of_hours=1&until=2016-12-02T12:00:00").json["total"], 1)


def test_a_store_that_cannot_be_made_is_named():
    with Directory() as directory:
        file = directory / "file"
        file.write_text("not a directory")
        for path in (file, file / "store", "/proc/player-sessions-store"):
            fails(1, [path], "serve", "--listen", f"127.0.0.1:{harness.free_port()}", "--store", f"rocksdb:{path}",
                  single=False)
        equal(file.read_text(), "not a directory")


def test_sigterm_and_sigint_stop_with_0_and_answer_what_was_taken():
    seed = harness.new_seed()
    for by in (signal.SIGTERM, signal.SIGINT):
        with Directory() as directory:
            history = History()
            with Service(directory / "store") as service:

                def until():
                    time.sleep(1)
                    equal(service.terminate(by=by), 0, f"exit status: {service.output()}")

                statuses = history.load(service, seed, until)
                assert set(statuses) <= {503}, f"answers while stopping: {statuses}"
                assert len(history.unanswered) <= 6, "more unanswered batches than threads"
            with Service(directory / "store") as service:
                history.check(service, seed)


def test_a_stop_does_not_wait_for_idle_connections():
    with Directory() as directory, Service(directory / "store") as service:
        idle = [service.connection() for _ in range(5)]
        for connection in idle:
            harness.ask(connection, "GET", "/healthz")
        slow = socket.create_connection(("127.0.0.1", service.port))
        slow.sendall(b"POST /batchevents HTTP/1.1\r\nHost: localhost\r\n")
        began = time.monotonic()
        equal(service.terminate(), 0, service.output())
        assert time.monotonic() - began < 25, "the stop waited for connections without a request"
        for connection in [*idle, slow]:
            connection.close()


def test_a_signal_while_the_store_opens_is_a_stop_like_any_other():
    with Directory() as directory:
        service = Service(directory / "store", wait=False)
        with service:
            # The store's lock appears just after the signal handlers are installed.
            deadline = time.monotonic() + 30
            while not (directory / "store/LOCK").exists() and time.monotonic() < deadline:
                time.sleep(0.001)
            equal(service.terminate(), 0, service.output())


def test_sighup_does_not_end_the_service():
    with Directory() as directory, Service(directory / "store", wait=False) as service:
        # Once while the store opens, then while the service runs.
        deadline = time.monotonic() + 30
        while not (directory / "store/LOCK").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        service.process.send_signal(signal.SIGHUP)
        service.wait_until_ready()
        for number in range(3):
            service.process.send_signal(signal.SIGHUP)
            service.send(start("p", f"s{number}", "2020-06-01T00:00:00Z"))
            equal(service.process.poll(), None, service.output())
        deadline = time.monotonic() + 30
        while "SIGHUP" not in service.output() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert "SIGHUP ignored" in service.output(), service.output()
        equal(service.terminate(), 0, service.output())


def test_the_retention_of_a_store_can_change():
    def days_ago(days):
        return (datetime.datetime.utcnow() - datetime.timedelta(days=days)).isoformat()

    with Directory() as directory:
        with Service(directory / "store") as service:
            for age in (1, 5, 20, 90):
                service.send(start("p", f"s{age}", days_ago(age)), end("p", f"s{age}", days_ago(age - 1)))
        # The retention shrinks from unlimited, then grows a little.
        for days, visible, expired in ((50, [1, 5, 20], False), (10, [1, 5], True), (12, [1, 5], True)):
            with Service(directory / "store", "--retention-days", days) as service:
                ids = service.get("/queryevents/topn?player_id=p").json["session_ids"]
                equal(ids, [f"s{age}" for age in visible], f"with {days} days")
                equal(service.get("/queryevents/count?num_of_hours=876600").json["total"], len(visible))
                answer = service.send(start("p", "again", days_ago(20)), end("p", "s1", days_ago(0.5)))
                equal(answer, {"accepted": 1, "expired": 1} if expired else {"accepted": 2, "expired": 0})
                if not expired:
                    equal(service.get("/queryevents/count?num_of_hours=876600").json["total"], 4)
                equal(service.terminate(), 0)
