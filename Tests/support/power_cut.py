"""Simulates a power loss from the log of Tests/SyncShim: recreates the directory as the disk would have kept it.

A file system may keep different states, so chance picks one of those allowed. Of the pages that were not synced none,
all or some are kept, and the others have their former content or zeros. Of the directory changes that were not synced
the first few are kept, because a journal commits in order.
"""

import mmap
import os
import pathlib
import shutil
import struct
import subprocess

import harness

SOURCE = harness.REPOSITORY / "Tests/SyncShim/sync_shim.c"
WRITES, SYNCS = 1, 2
PAGE = 4_096


def build(directory):
    """Compiles the shim and returns the path of the library."""
    library = pathlib.Path(directory) / "sync_shim.so"
    subprocess.run(
        ["cc", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True
    )
    return library


class WatchedDisk:
    """A directory whose syncs are watched; one for each run of the program."""

    def __init__(self, library, workspace, name, lies=False):
        self.root = pathlib.Path(workspace).resolve() / name / "root"
        self.log = self.root.parent / "log"
        self.graveyard = self.root.parent / "graveyard"
        self.control_path = self.root.parent / "control"
        self.root.mkdir(parents=True)
        self.graveyard.mkdir()
        self.log.touch()
        self.control_path.write_bytes(bytes(48))
        self.environment = {
            "LD_PRELOAD": str(library),
            "SYNC_SHIM_ROOT": str(self.root),
            "SYNC_SHIM_LOG": str(self.log),
            "SYNC_SHIM_GRAVEYARD": str(self.graveyard),
            "SYNC_SHIM_CONTROL": str(self.control_path),
        } | ({"SYNC_SHIM_LIE": "1"} if lies else {})
        with open(self.control_path, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 48)
        self.durable, self.synced, self.overwritten = {}, {}, {}

    def adopt(self):
        """Treats the current content of the directory as durable; call it before the program starts."""
        for path in self.root.rglob("*"):
            status = path.lstat()
            self.durable[str(path)] = status.st_ino
            self.synced[status.st_ino] = status.st_size

    def fail(self, what, error, after=0, times=-1):
        """Makes the next `times` writes or syncs fail (all: -1), after `after` of them have succeeded."""
        struct.pack_into("<qqqq", self.control, 8, error, after, times, 0)
        struct.pack_into("<q", self.control, 0, what)

    def slow_down(self, seconds):
        """Makes each sync take this much longer from now on."""
        struct.pack_into("<q", self.control, 40, round(seconds * 1e6))

    @property
    def failures(self):
        return struct.unpack_from("<q", self.control, 32)[0]

    def replay(self):
        """Returns what is durable by the log, and the directory changes that are not, in order."""
        live, durable, synced, pending = dict(self.durable), dict(self.durable), dict(self.synced), []
        # For each file the pages overwritten since its last sync, with the place of their former content; and the list
        # of them when each sync began.
        overwritten, begun = {}, {}

        def change(path, inode):
            pending.append((path, inode))
            if inode is None:
                live.pop(path, None)
            else:
                live[path] = inode

        for line in self.log.read_text(errors="surrogateescape").splitlines():
            operation, rest = line.split(" ", 1)
            if operation in ("create", "link"):
                inode, path = rest.split(" ", 1)
                if operation == "create":
                    synced[int(inode)] = 0
                change(path, int(inode))
            elif operation == "truncate":
                inode, length = map(int, rest.split())
                synced[inode] = min(synced.get(inode, 0), length)
            elif operation == "overwrite":
                inode, page, place = map(int, rest.split())
                overwritten.setdefault(inode, []).append((page, place))
            elif operation == "syncing":
                inode, number = map(int, rest.split())
                # By identity: another sync may remove the first of them meanwhile.
                begun[number] = list(overwritten.get(inode, []))
            elif operation == "sync":
                inode, length, number = map(int, rest.split())
                synced[inode] = max(synced.get(inode, 0), length)
                done = set(begun.pop(number, []))
                overwritten[inode] = [one for one in overwritten.get(inode, []) if one not in done]
            elif operation == "remove":
                change(rest, None)
            elif operation == "rename":
                old, new = rest.split("\t")
                for path, inode in list(live.items()):
                    if path == old or path.startswith(old + "/"):
                        change(new + path[len(old):], inode)
                        change(path, None)
            elif operation == "syncdirectory":
                directory = rest.split(" ", 1)[1]
                kept = []
                for path, inode in pending:
                    if os.path.dirname(path) == directory:
                        apply(durable, path, inode)
                    else:
                        kept.append((path, inode))
                pending = kept
        self.overwritten = overwritten
        return durable, synced, pending

    def cut(self, target, chance):
        """Copies what a power loss leaves to `target`; returns how many bytes and directory changes were lost."""
        durable, synced, pending = self.replay()
        kept = chance.choice([0, len(pending), chance.randint(0, len(pending))])
        for path, inode in pending[:kept]:
            apply(durable, path, inode)
        contents = {
            path.lstat().st_ino: path
            for top in (self.graveyard, self.root) for path in top.rglob("*") if not path.is_symlink()
        }
        keeps = chance.choice([0, 1, None])
        lost = 0
        target = pathlib.Path(target)
        target.mkdir(parents=True)
        for path, inode in sorted(durable.items()):
            source, copy = contents.get(inode), target / os.path.relpath(path, self.root)
            if source is None or not copy.parent.is_dir():
                continue
            if source.is_dir():
                copy.mkdir()
                continue
            size = source.stat().st_size
            length = min(synced.get(inode, 0), size)
            length += round((size - length) * (chance.random() if keeps is None else keeps))
            shutil.copyfile(source, copy)
            os.truncate(copy, length)
            lost += size - length
            lost += self.take_pages_back(inode, copy, synced.get(inode, 0), keeps, chance)
        return lost, len(pending) - kept


    def take_pages_back(self, inode, copy, synced, keeps, chance):
        """Restores the former content of unsynced pages, or zeros; returns how many bytes that lost."""
        former = {}
        for page, place in self.overwritten.get(inode, []):
            former.setdefault(page, place)
        size = copy.stat().st_size
        # What was written after the synced end is new: there was nothing before.
        pages = former | {page: None for page in range(-(-synced // PAGE), -(-size // PAGE)) if page not in former}
        lost = 0
        with open(copy, "r+b") as file, open(self.graveyard / "pages", "rb") as kept:
            for page, place in pages.items():
                if page * PAGE >= size or keeps == 1 or (keeps is None and chance.random() < 0.5):
                    continue
                content = bytes(PAGE)
                if place is not None and (keeps == 0 or chance.random() < 0.7):
                    kept.seek(place)
                    content = kept.read(PAGE)
                file.seek(page * PAGE)
                file.write(content[:size - page * PAGE])
                lost += PAGE
        return lost


def apply(names, path, inode):
    if inode is None:
        names.pop(path, None)
    else:
        names[path] = inode
