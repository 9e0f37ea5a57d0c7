"""No message shows a password, wherever it was given and whatever else is wrong."""

import json

from harness import Directory, Service, equal, run

SECRET = "hunter2"
# A password with each character that has a meaning in an address, not encoded as it should be.
ODD = ("hunter2", "hun?ter2", "hun/ter2", "hun#ter2", "hun@ter2", "hun:ter2", "hun&x=ter2", "hunter2%zz", "hun ter2")
# A start does not wait for a cluster that is not there.
AT_ONCE = {"PLAYER_SESSIONS_CLUSTER_START_SECONDS": "0"}


def hides(text, what):
    """Fails if a text shows either half of the password."""
    for part in ("hunter2", "ter2"):
        assert part not in text, f"{what} shows the password: {text}"


def command_lines(address, url):
    """Yields command lines that fail, each with the address of a store or of a service in another place."""
    yield ["serve", address]
    yield ["serve", f"--store={address}", "--loops", "many"]
    yield ["serve", "--store", address + "&x=1"]
    yield ["serve", "--sotre", address]
    yield ["serve", "--listen", address]
    yield ["serve", "--config", address]
    yield ["serve", "--log-format", "json", "--store", "rocksdb:" + address]
    yield ["check-config", address]
    yield ["copy", "--from", address, "--to", address]
    yield ["copy", "--from", "rocksdb:/nowhere", "--to", address]
    yield ["schema", "--store", address, "--replication", address]
    yield ["import", "--store", address, "/nowhere.jsonl"]
    yield ["import", "--url", address, "/nowhere.jsonl"]
    yield ["import", "--retry-seconds", "0", "--url", url, "-"]
    yield ["import", address, url]
    yield ["count", "--url", url, "24"]
    yield ["count", "--hours", url]
    yield ["count", url]
    yield ["top", "--url", address, "p"]
    yield ["top", "--url", url, "p"]
    yield ["generate", "--output", f"/nowhere/{url}"]
    yield [address]
    yield ["help", url]


def test_no_message_shows_a_password():
    for password in ODD:
        address = f"cassandra://user:{password}@127.0.0.1:1/k?replication=1"
        url = f"http://user:{password}@127.0.0.1:1"
        for arguments in command_lines(address, url):
            status, output, errors = run(*arguments, stdin=b"", environment=AT_ONCE)
            assert status in (1, 2), f"{arguments}: exit {status}: {output}{errors}"
            hides(output + errors, arguments)
        for variable in ("PLAYER_SESSIONS_STORE", "PLAYER_SESSIONS_URL", "PLAYER_SESSIONS_LISTEN",
                         "PLAYER_SESSIONS_CONFIG", "PLAYER_SESSIONS_LOOPS"):
            for arguments in (["count"], ["serve", "--listen", "127.0.0.1:0"]):
                value = url if variable.endswith("URL") else address
                if arguments[0] == "serve" and variable == "PLAYER_SESSIONS_URL":
                    continue
                status, output, errors = run(*arguments, environment=AT_ONCE | {variable: value})
                assert status in (1, 2), f"{variable}: exit {status}: {output}{errors}"
                hides(output + errors, variable)


def test_a_password_comes_from_a_file_or_the_environment_and_check_config_does_not_show_it():
    with Directory() as directory:
        file = directory / "password"
        file.write_text(f"{SECRET}\n")
        store = f"cassandra://user@127.0.0.1/k?password_file={file}"
        for store, environment in (
            (store, {}), ("cassandra://user@127.0.0.1/k", {"PLAYER_SESSIONS_CASSANDRA_PASSWORD": SECRET}),
        ):
            status, text, errors = run("check-config", environment=environment | {"PLAYER_SESSIONS_STORE": store})
            equal((status, errors), (0, ""), text)
            assert "cassandra://user@127.0.0.1:9042/k?" in text, text
            hides(text, store)
        file.unlink()
        for command in ("check-config", "serve"):
            status, _, errors = run(command, "--store", store)
            equal((status, len(errors.splitlines())), (2, 1), errors)
            assert "PLAYER_SESSIONS_CASSANDRA_PASSWORD" in errors, errors


def test_a_password_that_others_can_read_is_warned_of():
    status, _, errors = run("check-config", "--store", f"cassandra://user:{SECRET}@10.0.0.1/k")
    equal((status, len(errors.splitlines())), (0, 2), errors)
    assert "list of processes" in errors and "without TLS" in errors, errors
    hides(errors, "check-config")
    equal(run("check-config", "--store", "cassandra://10.0.0.1/k")[2], "")
    environment = {"PLAYER_SESSIONS_STORE": f"cassandra://user:{SECRET}@127.0.0.1/k"}
    equal(run("check-config", environment=environment)[2], "")
    with Directory() as directory, Service(directory / "store") as service:
        status, text, errors = run("count", "--json", "--url", f"http://user:{SECRET}@127.0.0.1:{service.port}")
        equal((status, json.loads(text)["total"], len(errors.splitlines())), (0, 0, 1), errors)
        assert "list of processes" in errors, errors
        hides(errors, "count")
