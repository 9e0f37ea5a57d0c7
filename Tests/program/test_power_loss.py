"""Power loss under load: the store is cut back to what was synced, and everything acknowledged is still there.

POWER_LOSS_ROUNDS (default 5) is the number of rounds; TEST_SEED repeats the choices of a run.
"""

import os
import random
import shutil
import subprocess
import sys
import time

import harness
import power_cut
from recovery import History

ROUNDS = int(os.environ.get("POWER_LOSS_ROUNDS", 5))


def load_and_cut(library, directory, name, environment, seed, history, lies=False, source=None):
    """Loads a store, kills the service, and returns the path of what a power loss leaves of the store."""
    chance = random.Random(seed)
    disk = power_cut.WatchedDisk(library, directory, name, lies)
    if source:
        shutil.copytree(source, disk.root, dirs_exist_ok=True)
        disk.adopt()
    with harness.Service(disk.root / "store", environment=disk.environment | environment) as service:

        def until():
            time.sleep(chance.uniform(0.5, 2.5))
            history.wait_for_batches(20)
            service.kill()

        history.load(service, seed, until)
    target = directory / f"{name}-cut"
    lost, undone = disk.cut(target, chance)
    print(f"  {name}: lost {lost} bytes and {undone} directory changes")
    shutil.rmtree(disk.root.parent)
    return target


def power_losses(environment):
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}, {ROUNDS} rounds")
    with harness.Directory() as directory:
        library = power_cut.build(directory)
        history, source = History(), None
        for number in range(ROUNDS):
            cut = load_and_cut(
                library, directory, f"round{number}", environment, seed * 1000 + number, history, source=source
            )
            # Recovery must not spoil what a second power loss would need, so the next round begins with this store.
            with harness.Service(cut / "store", environment=environment) as service:
                history.check(service, seed + number)
                harness.equal(service.terminate(), 0, "exit status")
            if source:
                shutil.rmtree(source)
            source = cut
        print(f"  {len(history.acknowledged)} batches, {history.repeated} sent again after a power loss")


def test_power_losses_while_the_hot_table_is_flushed_often():
    power_losses({"PLAYER_SESSIONS_HOT_SESSIONS": "1000"})


def test_power_losses_with_the_defaults():
    power_losses({})


def test_the_check_fails_when_syncs_are_swallowed():
    """On a disk that lies about syncs the check must find a loss, or it would find none anywhere."""
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}")
    with harness.Directory() as directory:
        library = power_cut.build(directory)
        for number in range(6):
            history = History()
            cut = load_and_cut(library, directory, f"lie{number}", {}, seed + number, history, lies=True)
            try:
                with harness.Service(cut / "store") as service:
                    history.check(service, seed)
            except AssertionError:
                return
        raise AssertionError("no loss was found on a disk that lies about syncs")


WRITER = """
import os, sys
root = sys.argv[1]
directory = os.open(root, os.O_RDONLY)
def make(name, synced, more=b""):
    file = os.open(f"{root}/{name}", os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(file, synced)
    os.fsync(file)
    os.write(file, more)
    return file
make("kept", b"synced", b" and not")
make("replaced", b"old")
make("removed", b"gone?")
make("cut", b"123456")
file = make("pages", b"a" * 12288)
os.pwrite(file, b"b" * 8192, 0)
os.fsync(file)
os.pwrite(file, b"c" * 12288, 0)
os.pwrite(file, b"d" * 4096, 4096)
os.fsync(directory)
make("new", b"new")
make("temporary", b"young")
os.rename(f"{root}/temporary", f"{root}/replaced")
os.unlink(f"{root}/removed")
os.truncate(os.open(f"{root}/cut", os.O_WRONLY), 3)
os.kill(os.getpid(), 9)
"""


def test_the_shim_takes_back_what_was_not_synced():
    """The shim alone, on a program of a few lines: it produces all allowed states and no others."""
    with harness.Directory() as directory:
        library = power_cut.build(directory)
        disk = power_cut.WatchedDisk(library, directory, "disk")
        subprocess.run([sys.executable, "-c", WRITER, disk.root], env=os.environ | disk.environment)
        seen = set()
        for seed in range(150):
            target = directory / f"cut{seed}"
            disk.cut(target, random.Random(seed))
            seen.add(tuple((path.name, path.read_bytes()) for path in sorted(target.iterdir())))
        pieces = {name: {dict(state).get(name) for state in seen} for name in
                  ("kept", "replaced", "removed", "cut", "new", "temporary", "pages")}
        harness.equal(pieces["removed"], {b"gone?", None})
        harness.equal(pieces["replaced"], {b"old", b"young"})
        harness.equal(pieces["new"], {b"new", None})
        harness.equal(pieces["cut"], {b"123"})
        assert pieces["temporary"] == {None, b"young"}, pieces
        assert {b"synced", b"synced and not"} <= pieces["kept"], pieces
        assert all(b"synced and not".startswith(kept) and len(kept) >= 6 for kept in pieces["kept"]), pieces
        # Each page by itself: as it was synced, as it was last written, or zeros.
        states = {tuple(chr(content[page * 4096]) for page in range(3)) for content in pieces["pages"]}
        equal_pages = all(content == b"".join(content[page * 4096:][:1] * 4096 for page in range(3))
                          for content in pieces["pages"])
        assert equal_pages, "a page is torn"
        for page, allowed in enumerate(("bc\0", "bd\0", "ac\0")):
            harness.equal({state[page] for state in states}, set(allowed), f"page {page}")
        assert {("b", "b", "a"), ("c", "d", "c")} <= states and len(states) > 10, states
