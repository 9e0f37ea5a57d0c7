"""A disk that fills up: batches are refused before a write fails, other requests succeed, and free space ends it."""

import errno
import os
import subprocess
import time

import harness
from harness import Directory, Service, equal, start

MEBIBYTE = 1 << 20


class SmallDisk:
    """A disk in memory, visible only to processes started through `enter`, and to others by a path through /proc."""

    def __init__(self, directory, mebibytes):
        self.directory = directory
        # Without root, in a new user namespace.
        self.spaces = ["mount"] + ([] if os.geteuid() == 0 else ["user"])
        unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
        mount = f'mount -t tmpfs -o size={mebibytes}m none "$0" && echo mounted && exec cat'
        # Lives as long as this process, whatever happens to the services on it.
        self.keeper = subprocess.Popen(
            [*unshare, "sh", "-c", mount, directory],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        if self.keeper.stdout.readline() != "mounted\n":
            raise AssertionError(f"no small disk: {self.keeper.communicate()[1]}")
        self.root = f"/proc/{self.keeper.pid}/root{directory}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.keeper.stdin.close()
        self.keeper.wait()

    def enter(self):
        spaces = {"mount": "mnt", "user": "user"}
        names = [f"--{name}=/proc/{self.keeper.pid}/ns/{spaces[name]}" for name in self.spaces]
        return ["nsenter", *names] + (["--preserve-credentials"] if "user" in self.spaces else [])

    @property
    def free(self):
        disk = os.statvfs(self.root)
        return disk.f_bavail * disk.f_frsize

    def leave_free(self, count):
        """Fills the disk with a file until this many bytes are free; shrinks the file if fewer are free."""
        path = f"{self.root}/filler"
        size = (os.path.getsize(path) if os.path.exists(path) else 0) + self.free - count
        with open(path, "ab", 0) as file:
            if size < file.tell():
                file.truncate(max(0, size))
            else:
                os.posix_fallocate(file.fileno(), 0, size)

    def fill(self):
        """Fills the disk until nothing is free."""
        with open(f"{self.root}/filler", "ab", 0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError as error:
                equal(error.errno, errno.ENOSPC)


class DiskService(Service):
    def __init__(self, disk, **others):
        self.disk = disk
        super().__init__(disk.directory / "store", **others)

    def command(self, *arguments):
        program, *rest = super().command(*arguments)
        # `nsenter` starts in the root directory.
        return [*self.disk.enter(), os.path.abspath(program), *rest]


def metric(service, name):
    for line in service.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no metric {name}")


def answers(service):
    try:
        return service.get("/healthz").status == 200
    except OSError:
        return False


def wait_until(service, condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert service.process.poll() is None, f"the service ended: {service.output()}"
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}; {service.output()}"
        time.sleep(0.05)


def leave_too_little(service, disk):
    """Leaves less free than the watermark; repeatedly, as compactions and the journal use space for a while."""

    def is_refused():
        disk.leave_free(100 * MEBIBYTE)
        return service.get("/readyz").status == 503

    for _ in range(3):
        wait_until(service, is_refused, "too little room")
        time.sleep(0.2)


class Load:
    """Batches of new sessions; counts those that got 200."""

    def __init__(self):
        self.now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        self.sent = self.accepted = 0

    def batch(self, service, events=500):
        answer = service.post(
            "/batchevents",
            harness.lines(*(start(f"player-{self.sent + number:032}", f"session-{number:032}", self.now)
                            for number in range(events))),
        )
        self.sent += events
        if answer.status == 200:
            self.accepted += events
        return answer

    def check(self, service):
        equal(service.get("/queryevents/count?num_of_hours=100").json["total"], self.accepted, "sessions")


SETTINGS = {"PLAYER_SESSIONS_HOT_SESSIONS": "1000", "PLAYER_SESSIONS_MAX_BATCH_EVENTS": "1000",
            "PLAYER_SESSIONS_MAX_BODY_BYTES": "1000000"}


def refused(service, load):
    """Checks that batches are refused with the reason and queries are answered."""
    answer = load.batch(service)
    equal(answer.status, 503, answer)
    assert "no room" in answer.json["detail"], answer.json
    assert int(answer.header("Retry-After")) > 0, answer.headers
    ready = service.get("/readyz")
    equal(ready.status, 503)
    assert "MiB left" in ready.json["detail"] and "must be free again" in ready.json["detail"], ready.json
    equal(service.get("/healthz").status, 200)
    load.check(service)


def test_a_disk_that_fills_up_refuses_batches_before_anything_fails_and_room_brings_them_back():
    with Directory() as directory, SmallDisk(directory, 600) as disk:
        load = Load()
        with DiskService(disk, environment=SETTINGS) as service:
            equal(load.batch(service).status, 200)
            equal(service.get("/readyz").status, 200)
            free = metric(service, "player_sessions_store_free_bytes")
            assert abs(free - disk.free) < 100 * MEBIBYTE, f"{free} bytes, not {disk.free}"
            # The filler leaves the watermark of 128 MiB and a little more, which events use up.
            disk.leave_free(140 * MEBIBYTE)
            deadline = time.monotonic() + 240
            while load.batch(service).status == 200:
                assert time.monotonic() < deadline, f"never refused: {disk.free >> 20} MiB left"
            assert disk.free > 64 * MEBIBYTE, f"{disk.free >> 20} MiB left"
            leave_too_little(service, disk)
            refused(service, load)
            # Whatever else happens to the disk.
            disk.fill()
            wait_until(service, lambda: metric(service, "player_sessions_store_free_bytes") < MEBIBYTE, "a full disk")
            refused(service, load)
            disk.leave_free(100 * MEBIBYTE)
            equal(service.terminate(), 0, service.output())
        # A stop returns the space reserved for the journal. A start with less than the watermark serves queries.
        disk.leave_free(20 * MEBIBYTE)
        with DiskService(disk, environment=SETTINGS, wait=False) as service:
            wait_until(service, lambda: answers(service), "the service listens")
            refused(service, load)
            disk.leave_free(250 * MEBIBYTE)
            wait_until(service, lambda: service.get("/readyz").status == 200, "room")
            equal(load.batch(service).status, 200)
            leave_too_little(service, disk)
            service.kill()
        disk.leave_free(250 * MEBIBYTE)
        with DiskService(disk, environment=SETTINGS) as service:
            equal(load.batch(service).status, 200)
            load.check(service)
            equal(service.terminate(), 0, service.output())
