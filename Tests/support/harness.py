"""What every test of the program needs: a process and an HTTP client.

The program is a black box: the release binary, or what PROGRAM names. Tests stop everything that they start, by process
id. Standard library only.
"""

import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from ports import free_port

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PROGRAM", str(REPOSITORY / ".build/release/player-sessions"))
# The seconds a test waits for something that will happen sooner or later: far more than it usually takes, because a
# machine that builds or fuzzes beside the tests may need minutes for a second's work.
PATIENCE = 300


class Answer:
    """An HTTP response."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if values else None

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


def clean_environment(extra=None):
    """Returns the environment without the program's settings, plus `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PLAYER_SESSIONS_")}
    return kept | (extra or {})


def run(*arguments, environment=None, stdin=None, seconds=PATIENCE, cwd=None):
    """Runs a command of the program to its end and returns (exit status, standard output, standard error), as text."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], env=clean_environment(environment), cwd=cwd,
        input=stdin, capture_output=True, timeout=seconds,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Service:
    """A running `serve` on a free port of this machine; use as a context manager.

    The store is a directory for the embedded store, or an address with its scheme.
    """

    def __init__(self, store, *arguments, environment=None, wait=True, port=None, address="127.0.0.1"):
        self.port = port or free_port()
        self.store = str(store) if "://" in str(store) else f"rocksdb:{store}"
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command("--listen", f"{address}:{self.port}", "--store", self.store, *map(str, arguments)),
            env=clean_environment(environment), stdout=self.errors, stderr=self.errors,
        )
        if wait:
            try:
                self.wait_until_ready()
            except BaseException:
                self.kill()
                raise

    def command(self, *arguments):
        """Returns the command that is started."""
        return [PROGRAM, "serve", *arguments]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        self.errors.close()

    def wait_until_ready(self, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"serve exited with {self.process.returncode}: {self.output()}")
            try:
                if self.get("/readyz", seconds=2).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"serve was not ready after {seconds} s: {self.output()}")

    def output(self):
        """Returns what the service wrote to standard output and standard error."""
        return os.pread(self.errors.fileno(), 1 << 20, 0).decode(errors="replace")

    def kill(self):
        """Kills the process (kill -9): nothing is finished."""
        self.process.kill()
        self.process.wait()

    def terminate(self, seconds=PATIENCE, by=signal.SIGTERM):
        """Asks the service to stop and returns its exit status."""
        self.process.send_signal(by)
        return self.process.wait(seconds)

    def wait(self, seconds=PATIENCE):
        return self.process.wait(seconds)

    def connection(self, seconds=PATIENCE):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def request(self, method, path, body=None, headers=None, seconds=PATIENCE):
        """Sends a request on its own connection."""
        connection = self.connection(seconds)
        try:
            return ask(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path, headers=None, seconds=PATIENCE):
        return self.request("GET", path, None, headers, seconds)

    def post(self, path, body, headers=None, seconds=PATIENCE):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        return self.request("POST", path, body.encode() if isinstance(body, str) else body, headers, seconds)

    def send(self, *events):
        """Sends a batch, which must be accepted."""
        answer = self.post("/batchevents", lines(*events))
        assert answer.status == 200, answer
        return answer.json

    def raw(self, request, seconds=PATIENCE):
        """Sends bytes and reads until the other side closes; fails if it is silent for too long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(request)
            got = b""
            while chunk := connection.recv(65536):
                got += chunk
            return got


def ask(connection, method, path, body=None, headers=None):
    """Sends a request on a connection that stays open."""
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return Answer(response.status, response.getheaders(), response.read())


def lines(*events):
    """Returns events as the body of a batch."""
    return b"".join(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in events)


def start(player, session, ts, country="FI"):
    return {"event": "start", "country": country, "player_id": player, "session_id": session, "ts": ts}


def end(player, session, ts):
    return {"event": "end", "player_id": player, "session_id": session, "ts": ts}


class Directory:
    """A temporary directory; if the test fails, it is kept and its name printed."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="player-sessions-test-"))
        return self.path

    def __exit__(self, kind, *_):
        if kind is None:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"  kept {self.path}")


def new_seed():
    """Returns the seed in TEST_SEED, or a random one; the caller prints it."""
    return int(os.environ.get("TEST_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)


def equal(got, expected, what=""):
    assert got == expected, f"{what}\n  expected: {expected!r}\n  got:      {got!r}"


def wait_for(service, path, status, seconds=30):
    """Returns the first response with the status."""
    deadline = time.monotonic() + seconds
    while (answer := service.get(path)).status != status:
        assert time.monotonic() < deadline, f"{path} was not {status} within {seconds} s: {answer}"
        time.sleep(0.1)
    return answer
