"""How `serve` starts and ends: what it leaves behind, what it logs, and what signals do."""

import json
import signal
import socket
import subprocess
import time

import harness
from harness import Directory, Service, clean_environment, equal, run, start


def test_an_address_that_cannot_be_had_leaves_no_store_behind():
    with Directory() as directory, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for listen in (f"127.0.0.1:{taken.getsockname()[1]}", "192.0.2.1:5000", "no-such-host.invalid:5000"):
            status, _, errors = run("serve", "--listen", listen, "--store", f"rocksdb:{directory / 'store'}")
            equal(status, 1, errors)
            assert f"cannot listen on {listen}" in errors, errors
            assert not (directory / "store").exists(), f"{listen}: a store was made"


def test_a_directory_of_something_else_is_refused_and_left_alone():
    with Directory() as directory:
        (directory / "home").mkdir()
        (directory / "home/letter.txt").write_text("dear")
        for arguments in (["serve", "--listen", "127.0.0.1:0"], ["import", "/dev/null"]):
            status, _, errors = run(*arguments, "--store", f"rocksdb:{directory / 'home'}")
            equal(status, 1, errors)
            assert "letter.txt" in errors and "empty directory" in errors, errors
        equal([file.name for file in (directory / "home").iterdir()], ["letter.txt"])
        (directory / "empty").mkdir()
        with Service(directory / "empty") as service:
            equal(service.terminate(), 0)


def objects(text):
    """Returns the objects of a log, every line of which must be one."""
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_a_json_log_is_json():
    with Directory() as directory:
        with Service(directory / "store", "--log-format", "json") as service:
            equal(service.terminate(), 0)
            lines = objects(service.output())
        equal([line["message"] for line in lines], ["store opened", "listening", "stopping", "stopped"])
        equal((lines[1]["port"], type(lines[0]["seconds"])), (service.port, float))
        file = directory / "config.json5"
        file.write_text("{log_format: 'json', retention_days: 5}")
        wrong = (
            (["--log-format", "json", "--listen", "192.0.2.1:5000"], {}, 1),
            (["--log-format=json", "--listen", "80"], {}, 2), (["--log-format", "json", "--nonsense"], {}, 2),
            (["extra"], {"PLAYER_SESSIONS_LOG_FORMAT": "json"}, 2),
            (["--config", file, "--loops", "many"], {}, 2),
            ([], {"PLAYER_SESSIONS_CONFIG": str(file), "PLAYER_SESSIONS_NONSENSE": "1"}, 1),
            (
                ["--config", file, "--store", "cassandra://127.0.0.1:1/k", "--listen", "127.0.0.1:0"],
                {"PLAYER_SESSIONS_CLUSTER_START_SECONDS": "0"}, 1,
            ),
        )
        for arguments, environment, expected in wrong:
            status, output, errors = run("serve", *arguments, environment=environment)
            equal((status, output), (expected, ""), errors)
            last = objects(errors)[-1]
            equal((last["level"], last["status"]), ("error", expected), errors)
            assert last["error"], errors


def test_timeout_which_signals_twice_stops_cleanly():
    with Directory() as directory:
        for command in (["serve", "--listen", "127.0.0.1:0", "--store", f"rocksdb:{directory / 'store'}"],
                        ["import", "--store", f"rocksdb:{directory / 'other'}", "-"]):
            process = subprocess.Popen(
                ["timeout", "--preserve-status", "3", harness.PROGRAM, *command], env=clean_environment(),
                stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            )
            errors = process.stderr.read().decode()
            process.stdin.close()
            equal(process.wait(harness.PATIENCE), 0 if command[0] == "serve" else 130, errors)
            assert errors.splitlines()[-1].startswith("stopped;") or errors.endswith("info stopped\n"), errors


def test_a_second_signal_later_ends_at_once_and_says_so():
    with Directory() as directory:
        environment = {"PLAYER_SESSIONS_SHUTDOWN_GRACE_SECONDS": "600", "PLAYER_SESSIONS_BODY_TIMEOUT_SECONDS": "600"}
        with Service(directory / "store", environment=environment) as service:
            service.send(start("p", "s", "2016-12-02T12:00:00"))
            # A request that never completes: a stop would wait for a while.
            with socket.create_connection(("127.0.0.1", service.port)) as slow:
                slow.sendall(b"POST /batchevents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
                time.sleep(0.5)
                service.process.send_signal(signal.SIGTERM)
                service.process.send_signal(signal.SIGTERM)
                time.sleep(1.5)
                equal(service.process.poll(), None, f"two within a second are one: {service.output()}")
                equal(service.terminate(), -signal.SIGTERM, service.output())
            assert "ending at once signal=SIGTERM" in service.output(), service.output()
        # What was acknowledged is there.
        with Service(directory / "store") as service:
            equal(service.get("/queryevents/count?num_of_hours=1&until=2016-12-02T12:00:00").json["total"], 1)


def test_a_second_signal_ends_an_import_at_once_and_says_so():
    # A service that is ready and never answers a batch.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(harness.PATIENCE)
        process = subprocess.Popen(
            [harness.PROGRAM, "import", "--url", f"http://127.0.0.1:{silent.getsockname()[1]}", "-"],
            env=clean_environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        process.stdin.write(harness.lines(start("p", "s", "2016-12-02T12:00:00")))
        process.stdin.close()
        ready = silent.accept()[0]
        ready.recv(65_536)
        ready.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}')
        ready.close()
        connection = silent.accept()[0]
        assert connection.recv(65_536).startswith(b"POST /batchevents "), "the batch comes"
        process.send_signal(signal.SIGINT)
        time.sleep(1.5)
        equal(process.poll(), None, "it waits for the answer")
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
        process.stderr.close()
        equal((process.wait(harness.PATIENCE), errors), (
            -signal.SIGINT, "player-sessions: a second signal: ending at once\n"
        ))
        connection.close()
