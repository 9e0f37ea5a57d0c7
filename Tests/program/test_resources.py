"""Limits of the system: open files, threads, memory, disk. The service works with little, or refuses to start."""

import itertools
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import tempfile
import time

import harness
from harness import Directory, Service, equal, start

OPEN_FILES = resource.RLIMIT_NOFILE
# This process opens more connections than the service may have.
resource.setrlimit(OPEN_FILES, (resource.getrlimit(OPEN_FILES)[1],) * 2)


class Limits:
    """Starts services with other limits: they inherit those of this process, whose hard limits must not change."""

    def __init__(self, **limits):
        self.words = [f"--{name}={value}" for name, value in limits.items()]

    def serve(self, *arguments):
        """Runs `serve`, which must end by itself; returns (exit status, output)."""
        done = subprocess.run(
            ["prlimit", *self.words, harness.PROGRAM, "serve", "--listen", f"127.0.0.1:{harness.free_port()}",
             *map(str, arguments)],
            env=harness.clean_environment(), capture_output=True, timeout=60, text=True,
        )
        return done.returncode, done.stdout + done.stderr


class LimitedService(Service):
    """A service with limits on its resources."""

    def __init__(self, limits, store, *arguments, **others):
        self.limits = limits
        super().__init__(store, *arguments, **others)

    def command(self, *arguments):
        return ["prlimit", *self.limits.words, *super().command(*arguments)]


def connect(port, count, source="127.0.0.1"):
    return [socket.create_connection(("127.0.0.1", port), 30, (source, 0)) for _ in range(count)]


def ask(connection, path, method="GET", seconds=30):
    """Returns the status of the response to a request; fails if there is none."""
    connection.settimeout(seconds)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    got = connection.recv(65_536)
    assert got.startswith(b"HTTP/1.1 "), f"{method} {path}: {got!r}"
    return int(got.split()[1])


def metric(service, name):
    for line in service.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no metric {name}")


def wait_until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def open_files(service):
    return os.listdir(f"/proc/{service.process.pid}/fd")


def test_with_1024_files_more_connections_than_that_cost_nobody_else_anything():
    """The store flushes, compacts, purges and answers queries while 1,200 clients hold all available connections."""
    settings = {"PLAYER_SESSIONS_HOT_SESSIONS": "1000", "PLAYER_SESSIONS_MAX_BATCH_EVENTS": "1000",
                "PLAYER_SESSIONS_RETENTION_DAYS": "1", "PLAYER_SESSIONS_IDLE_TIMEOUT_SECONDS": "3600"}
    numbers = itertools.count()
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())

    def send(service, connection):
        """Sends a batch of new sessions, half a memtable."""
        events = [start(f"p{number}", "s", now) for number in itertools.islice(numbers, 500)]
        answer = harness.ask(connection, "POST", "/batchevents", harness.lines(*events))
        equal(answer.status, 200, f"{answer} {service.output()}")

    with Directory() as directory, LimitedService(
        Limits(nofile="1024:1024"), directory / "store", environment=settings
    ) as service:
        said = service.output()
        for word in ("max_connections=16384", "open_files=1024", "ulimit", "LimitNOFILE="):
            assert word in said, f"no {word!r} in {said!r}"
        allowed = int(metric(service, "player_sessions_connections_maximum"))
        assert 400 < allowed < 1_000, allowed
        working = service.connection()
        working.connect()
        idle = connect(service.port, 1_200, "127.0.0.2") + connect(service.port, 200, "127.0.0.3")
        # A connection that asks may itself be the last to be accepted, so accepted ones are kept.
        while True:
            last = connect(service.port, 1)
            if ask(last[0], "/queryevents/topn?player_id=p0") == 503:
                break
            idle += last
        equal(int(metric(service, "player_sessions_connections")), allowed)
        begin = time.monotonic()
        # The purge comes half a minute after the start.
        while "purged" not in service.output():
            assert time.monotonic() - begin < 120, f"no purge: {service.output()}"
            for _ in range(10):
                send(service, working)
            assert len(open_files(service)) < 1_024
            equal(ask(connect(service.port, 1)[0], "/readyz"), 200)
            equal(ask(connect(service.port, 1)[0], "/queryevents/topn?player_id=p0"), 503)
        stored = next(numbers)
        count = harness.ask(working, "GET", "/queryevents/count?num_of_hours=1")
        equal(count.json["total"], stored, "sessions")
        refused = metric(service, 'player_sessions_connections_refused_total{reason="too-many-connections"}')
        assert refused > 0, refused
        lines = [line for line in service.output().splitlines() if "connections are refused" in line]
        assert 0 < len(lines) < 10, f"{len(lines)} lines"
        for connection in idle:
            connection.close()
        wait_until(lambda: metric(service, "player_sessions_connections") < 10, "connections are given back")
        equal(service.get("/queryevents/count?num_of_hours=1").json["total"], stored)
        equal(service.terminate(), 0, service.output())


def test_a_low_soft_limit_is_raised_to_the_hard_one():
    hard = resource.getrlimit(OPEN_FILES)[1]
    assert hard > 4_000, f"this test needs more open files than {hard}"
    with Directory() as directory, LimitedService(
        Limits(nofile="1024:4000"), directory / "store", "--max-connections", "1500"
    ) as service:
        assert "warning" not in service.output(), service.output()
        clients = connect(service.port, 1_100) + connect(service.port, 300, "127.0.0.2")
        for client in clients:
            equal(ask(client, "/healthz"), 200)
        assert metric(service, "player_sessions_connections") >= 1_400


def test_too_few_files_are_refused_at_the_start():
    with Directory() as directory:
        for files in (20, 250):
            status, said = Limits(nofile=f"{files}:{files}").serve("--store", f"rocksdb:{directory}/store")
            equal(status, 1, said)
            for word in (f"{files} files", "at least", "ulimit -n", "LimitNOFILE="):
                assert word in said, f"no {word!r} in {said!r}"
            assert not (directory / "store").exists(), "a store of a service that cannot start"


def test_an_import_into_a_store_is_refused_with_too_few_files():
    with Directory() as directory:
        (directory / "events.jsonl").write_bytes(harness.lines(start("p", "s", "2016-12-02T12:00:00")))
        arguments = ["import", directory / "events.jsonl", "--store", f"rocksdb:{directory}/store"]
        for files, status in (("100:100", 1), ("400:400", 0)):
            done = subprocess.run(
                ["prlimit", f"--nofile={files}", harness.PROGRAM, *map(str, arguments)],
                env=harness.clean_environment(), capture_output=True, timeout=60, text=True,
            )
            equal(done.returncode, status, done.stderr)
            assert status == 0 or "100 files" in done.stderr and "ulimit -n" in done.stderr, done.stderr


def test_a_copy_is_refused_with_too_few_files_for_two_stores():
    with Directory() as directory:
        (directory / "events.jsonl").write_bytes(harness.lines(start("p", "s", "2016-12-02T12:00:00")))
        one, two = f"rocksdb:{directory}/one", f"rocksdb:{directory}/two"
        equal(harness.run("import", directory / "events.jsonl", "--store", one)[0], 0)
        for files, status in ((400, 1), (700, 0)):
            done = subprocess.run(
                ["prlimit", f"--nofile={files}:{files}", harness.PROGRAM, "copy", "--from", one, "--to", two],
                env=harness.clean_environment(), capture_output=True, timeout=60, text=True,
            )
            equal(done.returncode, status, done.stderr)
            said = all(word in done.stderr for word in ("open 2 stores", "400 files", "ulimit -n"))
            equal(said, status == 1, done.stderr)
            equal((directory / "two").exists(), status == 0, "a store of a copy that cannot be made")


def test_a_client_is_told_when_no_descriptor_is_left():
    """The limit is lowered under the running service, as when something else takes the descriptors."""
    with Directory() as directory, Service(directory / "store", "--loops", "1") as service:
        held = connect(service.port, 20)
        wait_until(lambda: metric(service, "player_sessions_connections") >= 20, "connections are accepted")
        used = max(int(name) for name in open_files(service)) + 1
        subprocess.run(["prlimit", "--pid", str(service.process.pid), f"--nofile={used}:"], check=True)
        for connection in held[:2]:
            connection.close()
        wait_until(lambda: len(open_files(service)) <= used - 2, "connections are closed")
        taken = []
        while not taken or ask(taken[-1], "/queryevents/topn?player_id=p") == 200:
            assert len(taken) < 40, "there is always a descriptor left"
            taken += connect(service.port, 1)
        taken.pop().close()
        for path, status in (("/queryevents/count?num_of_hours=1", 503), ("/healthz", 200)):
            with connect(service.port, 1)[0] as connection:
                equal(ask(connection, path), status, path)
        assert "out-of-descriptors" in service.output(), service.output()
        held[2].close()
        wait_until(
            lambda: ask(connect(service.port, 1)[0], "/queryevents/topn?player_id=p") == 200, "a connection is served"
        )


def test_one_address_cannot_take_all_connections():
    with Directory() as directory, Service(directory / "store", "--max-connections", "40") as service:
        one = connect(service.port, 60)
        wait_until(lambda: metric(service, "player_sessions_connections") == 30, "three quarters are taken")
        # Connections beyond its share may check the health of the service, and nothing else.
        equal([ask(connect(service.port, 1)[0], path) for path in ("/healthz", "/readyz", "/metrics")], [200] * 3)
        equal(ask(connect(service.port, 1)[0], "/queryevents/count?num_of_hours=1"), 503)
        others = connect(service.port, 10, "127.0.0.2")
        for client in others:
            equal(ask(client, "/queryevents/count?num_of_hours=1"), 200)
        name = 'player_sessions_connections_refused_total{reason="too-many-connections-of-address"}'
        assert metric(service, name) > 0
        assert "max_connections_per_address" in service.output(), service.output()
        del one


def test_an_address_that_asks_for_probes_only_cannot_keep_others_from_theirs():
    """All connections are taken, and one address opens more than the reserve holds, again and again."""
    with Directory() as directory, Service(directory / "store", "--max-connections", "8") as service:
        held = connect(service.port, 6) + connect(service.port, 2, "127.0.0.2")
        for client in held:
            equal(ask(client, "/healthz"), 200)
        greedy = []
        for _ in range(20):
            greedy += connect(service.port, 20, "127.0.0.2")
            with connect(service.port, 1, "127.0.0.3")[0] as probe:
                equal(ask(probe, "/readyz"), 200)
        for client in greedy:
            client.settimeout(30)
            assert client.recv(65_536).startswith(b"HTTP/1.1 503 "), "closed without a word"


class StrangerProgram:
    """A copy of the program that any user may run, and a user who runs nothing else."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="player-sessions-test-")
        self.user = 100_000 + os.getpid() if os.geteuid() == 0 else os.geteuid()
        os.chmod(self.directory, 0o755)
        self.program = shutil.copy(harness.PROGRAM, self.directory)
        os.chown(self.directory, self.user, -1)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def serve(self, processes):
        """Runs `serve` as a user who may have this many processes; returns (exit status, output, store)."""
        store = pathlib.Path(self.directory) / "store"
        stranger = ["setpriv", f"--reuid={self.user}", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*stranger, "prlimit", f"--nproc={processes}:{processes}", self.program, "serve", "--listen",
             f"127.0.0.1:{harness.free_port()}", "--store", f"rocksdb:{store}", "--loops", "4"],
            env=harness.clean_environment(), capture_output=True, timeout=60, text=True,
        )
        return done.returncode, done.stdout + done.stderr, store


def test_too_few_threads_are_refused_at_the_start():
    with StrangerProgram() as stranger:
        for processes in (1, 2, 4, 12, 20):
            status, said, store = stranger.serve(processes)
            equal(status, 1, f"{processes} processes: {said}")
            for word in ("threads", "ulimit -u", "TasksMax="):
                assert word in said, f"no {word!r} in {said!r}"
            assert not store.exists(), "a store of a service that cannot start"


def test_too_little_memory_is_refused_at_the_start():
    with Directory() as directory:
        status, said = Limits(**{"as": f"{768 << 20}:{768 << 20}"}).serve("--store", f"rocksdb:{directory}/store")
        equal(status, 1, said)
        for word in ("MiB of memory", "ulimit -v", "hot_sessions"):
            assert word in said, f"no {word!r} in {said!r}"


def test_a_cache_larger_than_the_memory_is_refused_at_the_start():
    with Directory() as directory:
        for command in (["serve"], ["import", "/dev/null"]):
            status, _, said = harness.run(
                *command, "--store", f"rocksdb:{directory}/store",
                environment={"PLAYER_SESSIONS_BLOCK_CACHE_MEGABYTES": "1048576"},
            )
            equal(status, 1, said)
            for word in ("block_cache_megabytes (1048576)", "hot_sessions (1000000)", "lower one of them"):
                assert word in said, f"no {word!r} in {said!r}"
            assert not (directory / "store").exists(), "a store of a service that cannot start"


def test_a_limit_on_the_size_of_files_is_refused_at_the_start():
    with Directory() as directory:
        status, said = Limits(fsize=f"{1 << 26}:{1 << 26}").serve("--store", f"rocksdb:{directory}/store")
        equal(status, 1, said)
        for word in ("67108864 bytes", "ulimit -f"):
            assert word in said, f"no {word!r} in {said!r}"


def test_a_disk_with_too_little_room_is_refused_at_the_start():
    with Directory() as directory:
        mount = 'mount -t tmpfs -o size=32m none "$0" && exec "$@"'
        # Without root, in a new user namespace.
        unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
        done = subprocess.run(
            [*unshare, "sh", "-c", mount, directory, harness.PROGRAM, "serve", "--listen",
             f"127.0.0.1:{harness.free_port()}", "--store", f"rocksdb:{directory}/store"],
            env=harness.clean_environment(), capture_output=True, timeout=60, text=True,
        )
        assert "unshare" not in done.stderr and "mount:" not in done.stderr, f"no small disk: {done.stderr}"
        equal(done.returncode, 1, done.stderr)
        for word in (f"{directory}/store", "MiB left", "needs 64 MiB"):
            assert word in done.stderr, f"no {word!r} in {done.stderr!r}"
