"""Failing writes and syncs: fail-stop. Nothing acknowledged is lost, and the next start recovers."""

import errno
import os
import random
import subprocess
import time

import harness
import power_cut
from recovery import History


def fault(what, error, environment, times=-1):
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}")
    chance = random.Random(seed)
    with harness.Directory() as directory:
        library = power_cut.build(directory)
        history = History()
        for number in range(3):
            # All rounds use the same store, so its disk is watched in place.
            if number == 0:
                disk = power_cut.WatchedDisk(library, directory, "disk")
            disk.fail(0, 0)
            with harness.Service(disk.root / "store", environment=disk.environment | environment) as service:
                if number > 0:
                    history.check(service, seed + number)

                def until():
                    time.sleep(chance.uniform(0.2, 1))
                    disk.fail(what, error, after=chance.randrange(200), times=times)
                    try:
                        service.wait()
                    except Exception as reason:
                        raise AssertionError(
                            f"serve still runs a minute after {disk.failures} failures: {service.output()}"
                        ) from reason

                statuses = history.load(service, seed * 1000 + number, until)
                assert disk.failures > 0, "the fault was never met"
                assert service.process.returncode != 0, "serve exited with 0 after a fault"
                assert set(statuses) <= {500, 503}, f"answers during the fault: {statuses}"
                assert service.output().strip(), "serve said nothing about the fault"
        disk.fail(0, 0)
        with harness.Service(disk.root / "store", environment=disk.environment | environment) as service:
            history.check(service, seed)
            harness.equal(service.terminate(), 0, "exit status")
        # Failed writes must not have been acknowledged because they were in the page cache.
        cut = directory / "cut"
        disk.cut(cut, chance)
        with harness.Service(cut / "store", environment=environment) as service:
            history.check(service, seed)


FEW = {"PLAYER_SESSIONS_HOT_SESSIONS": "1000"}


def test_a_full_disk():
    fault(power_cut.WRITES, errno.ENOSPC, {})


def test_a_full_disk_while_the_hot_table_is_flushed_often():
    fault(power_cut.WRITES, errno.ENOSPC, FEW)


def test_writes_that_fail():
    fault(power_cut.WRITES, errno.EIO, FEW)


def test_syncs_that_fail():
    fault(power_cut.SYNCS, errno.EIO, FEW)


def test_a_single_sync_that_fails():
    """After a failed sync the kernel may have dropped the pages, so repeating the sync would guarantee nothing."""
    fault(power_cut.SYNCS, errno.EIO, {}, times=1)


def test_a_disk_that_turns_read_only():
    """As a file system does after an error of its device."""
    fault(power_cut.WRITES, errno.EROFS, FEW)


def run_mounted_read_only(disk, *arguments):
    """Runs the program with the file system of `disk` mounted read-only; returns (exit status, standard error).

    Returns None if mounting is not permitted, as in a container.
    """
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    # Without root, in a new user namespace.
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    done = subprocess.run(
        [*unshare, "sh", "-c", mount, disk, harness.PROGRAM, *map(str, arguments)],
        env=harness.clean_environment(), capture_output=True, timeout=300, text=True,
    )
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        return None
    return done.returncode, done.stderr


def run_on_shim(library, disk, *arguments):
    """Does the same with a preloaded library that refuses every change."""
    environment = {"LD_PRELOAD": str(library), "SYNC_SHIM_ROOT": str(disk.resolve()), "SYNC_SHIM_READ_ONLY": "1"}
    status, _, errors = harness.run(*arguments, environment=environment, seconds=300)
    return status, errors


def test_a_store_on_a_read_only_disk_is_refused_and_left_alone():
    with harness.Directory() as directory:
        library = power_cut.build(directory)
        store, events = directory / "disk/store", directory / "events.jsonl"
        store.parent.mkdir()
        events.write_bytes(harness.lines(harness.start("p", "s", "2016-12-02T12:00:00")))
        ways = [lambda *arguments: run_on_shim(library, store.parent, *arguments)]
        if run_mounted_read_only(store.parent, "--version"):
            ways.append(lambda *arguments: run_mounted_read_only(store.parent, *arguments))
        else:
            print("  nothing may be mounted here: only a library that is preloaded makes the disk read-only")

        def is_refused(on_read_only_disk):
            for command in (["serve", "--listen", f"127.0.0.1:{harness.free_port()}"], ["import", events]):
                status, said = on_read_only_disk(*command, "--store", f"rocksdb:{store}")
                harness.equal(status, 1, f"{command}: {said}")
                for word in (store, "read-only"):
                    assert str(word) in said.lower(), f"{command}: no {word!r} in {said!r}"

        for way in ways:
            is_refused(way)
            assert not store.exists(), "a store on a read-only disk"
        with harness.Service(store) as service:
            service.send(harness.start("p", "s", "2016-12-02T12:00:00"))
            service.kill()
        for way in ways:
            is_refused(way)
        with harness.Service(store) as service:
            count = service.get("/queryevents/count?num_of_hours=1&until=2016-12-02T12:00:00")
            harness.equal(count.json["total"], 1)
