"""Writes and syncs that fail: fail stop. Nothing acknowledged is lost, and the next start recovers."""

import errno
import random
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
            # The same store goes through all three, so the disk is watched where it is.
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
                        service.wait(60)
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
        # What failed must not have been acknowledged because it lay in the page cache.
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
    """After a failed sync the kernel may have dropped the pages: a sync tried again would promise nothing."""
    fault(power_cut.SYNCS, errno.EIO, {}, times=1)


if __name__ == "__main__":
    harness.main(globals())
