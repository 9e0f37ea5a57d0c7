"""How `count`, `top` and `import` find the service: flags, the environment, a configuration, and waiting for it."""

import json
import subprocess
import threading
import time

import harness
from harness import Directory, Service, clean_environment, equal, lines, run, start
from importing import url


def test_the_service_is_found_by_the_environment_and_by_its_configuration():
    with Directory() as directory, Service(directory / "store") as service:
        file = directory / "config.json5"
        file.write_text(f"{{listen: '0.0.0.0:{service.port}', store: 'cassandra://user@10.0.0.1/k'}}")
        events = directory / "events.jsonl"
        events.write_bytes(lines(start("p", "s", "2016-12-02T12:00:00")))
        nowhere = f"http://127.0.0.1:{harness.free_port()}"
        ways = (
            ([], {"PLAYER_SESSIONS_URL": url(service)}), (["--config", file], {}),
            ([], {"PLAYER_SESSIONS_CONFIG": str(file)}),
            ([], {"PLAYER_SESSIONS_LISTEN": f"127.0.0.1:{service.port}"}),
            (["--config", file], {"PLAYER_SESSIONS_LISTEN": f"127.0.0.1:{service.port}"}),
            (["--url", url(service)], {"PLAYER_SESSIONS_URL": nowhere, "PLAYER_SESSIONS_LISTEN": "127.0.0.1:1"}),
            ([], {"PLAYER_SESSIONS_URL": url(service), "PLAYER_SESSIONS_LISTEN": "127.0.0.1:1"}),
        )
        for arguments, environment in ways:
            for command in (["import", events], ["count", "--json"], ["top", "p", "--json"]):
                status, _, errors = run(*command, *arguments, environment=environment)
                equal(status, 0, f"{command} {arguments} {environment}: {errors}")
        for environment, word in (({"PLAYER_SESSIONS_URL": "here"}, "PLAYER_SESSIONS_URL 'here'"),
                                  ({"PLAYER_SESSIONS_LISTEN": "127.0.0.1:0"}, "--url")):
            status, _, errors = run("count", environment=environment)
            assert status in (1, 2) and word in errors and len(errors.splitlines()) == 1, (status, errors)
        # Other commands ignore it.
        equal(run("check-config", environment={"PLAYER_SESSIONS_URL": nowhere})[0], 0)


def test_hours_may_stand_alone_and_are_a_day_where_they_do_not():
    with Directory() as directory, Service(directory / "store") as service:
        for arguments, hours in (([], 24), (["24"], 24), (["0.5"], 0.5), (["--hours", "3"], 3)):
            status, text, errors = run("count", *arguments, "--json", "--url", url(service))
            equal((status, json.loads(text)["num_of_hours"]), (0, hours), errors)
    for arguments in (["3", "--hours", "3"], ["3", "4"], ["soon"], ["0"]):
        status, _, errors = run("count", *arguments)
        equal((status, len(errors.splitlines())), (2, 1), f"{arguments}: {errors}")


def test_an_import_waits_for_a_service_that_is_not_up_yet_and_says_so():
    with Directory() as directory:
        port = harness.free_port()
        process = subprocess.Popen(
            [harness.PROGRAM, "import", "--url", f"http://127.0.0.1:{port}", "-"], env=clean_environment(),
            stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        try:
            process.stdin.write(lines(start("p", "s", "2016-12-02T12:00:00")))
            process.stdin.close()
            first = process.stderr.readline().decode()
            assert "cannot connect" in first and "trying again for at most 60 s" in first, first
            equal(process.poll(), None)
            with Service(directory / "store", port=port) as service:
                rest = process.stderr.read().decode()
                equal(process.wait(harness.PATIENCE), 0, rest)
                assert rest.splitlines()[0].endswith(": connected"), rest
                equal(service.get("/queryevents/count?num_of_hours=1&until=2016-12-02T12:00:00").json["total"], 1)
        finally:
            process.kill()
            process.wait()
            process.stderr.close()


def test_an_import_waits_no_longer_than_it_was_told_and_stops_when_asked():
    nowhere = f"http://127.0.0.1:{harness.free_port()}"
    began = time.monotonic()
    status, _, errors = run("import", "--retry-seconds", "1", "--url", nowhere, "/dev/null")
    equal(status, 1, errors)
    assert time.monotonic() - began < 30, "it waited for longer than a second"
    equal(len(run("import", "--retry-seconds", "0", "--url", nowhere, "/dev/null")[2].splitlines()), 1)
    process = subprocess.Popen(
        [harness.PROGRAM, "import", "--url", nowhere, "/dev/null"], env=clean_environment(), stderr=subprocess.PIPE
    )
    process.stderr.readline()
    process.terminate()
    equal(process.wait(harness.PATIENCE), 130)
    process.stderr.close()


def test_an_import_says_when_the_service_is_back():
    text = run("generate", "--players", "100", "--sessions", "20000", "--until", "2020-06-01T00:00:00Z")[1].encode()
    half = text.index(b"\n", len(text) // 2) + 1
    with Directory() as directory:
        service = Service(directory / "store")
        process = subprocess.Popen(
            [harness.PROGRAM, "import", "--url", url(service), "-"], env=clean_environment(),
            stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        try:
            process.stdin.write(text[:half])
            process.stdin.flush()
            # Wait until something is stored.
            while service.get("/queryevents/count?num_of_hours=876600").json["total"] == 0:
                time.sleep(0.05)
            service.kill()

            def send_the_rest():
                process.stdin.write(text[half:])
                process.stdin.close()

            # The import does not read what it cannot send.
            sending = threading.Thread(target=send_the_rest)
            sending.start()
            said = b""
            while b"trying again" not in said:
                said = process.stderr.readline()
                assert said, "it ended without a word"
            with Service(directory / "store", port=service.port):
                rest = process.stderr.read().decode()
                equal(process.wait(harness.PATIENCE), 0, rest)
                assert ": connected again\n" in rest, rest
                sending.join()
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
            service.kill()
