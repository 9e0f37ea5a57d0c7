"""The scripts around the build: what they do if something is missing, and that they report it in one line."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

from harness import REPOSITORY, Directory, equal

SCRIPTS = REPOSITORY / "scripts"
NOBODY = 65534

# An installed package whose status is longer than a pipe's buffer, like that of libc6-dev.
DPKG_OF_ALL = """#!/bin/sh
echo 'Status: install ok installed'
head -c 300000 /dev/zero | tr '\\0' 'x'
"""
# The statuses are in a file beside it.
DPKG_QUERY = """#!/bin/sh
cat "$(dirname "$0")/statuses"
"""
APT_GET_OFFLINE = """#!/bin/sh
for line in 1 2 3 4 5 6 7 8 9 10 11 12; do
    echo "Err:$line http://packages.example.org/debian bookworm InRelease"
    echo "  Temporary failure resolving 'packages.example.org'"
done
case "$*" in *--simulate*|*update*) exit 0 ;; esac
echo "E: Failed to fetch http://packages.example.org/x.deb  Temporary failure resolving 'packages.example.org'" >&2
exit 100
"""
# Knows a package after its lists were updated; if it knew the name before, the file has moved meanwhile.
APT_GET_OLD_LISTS = """#!/bin/sh
here=$(dirname "$0")
case "$*" in
    *update*) echo update >>"$here/calls"; touch "$here/updated" ;;
    *--simulate*) echo simulate >>"$here/calls"; [ -e "$here/updated" ] || [ -e "$here/known" ] || exit 100 ;;
    *) echo install >>"$here/calls"
       [ -e "$here/updated" ] || { echo "E: Failed to fetch http://packages.example.org/x.deb  404  Not Found" >&2; exit 100; } ;;
esac
"""


class Commands:
    """A folder of commands that precede the system's; the user is root unless `id` says otherwise."""

    def __init__(self, directory, user="0", **scripts):
        self.directory = directory
        (directory / "statuses").write_text("installed\n")
        for name, text in {"id": f"#!/bin/sh\necho {user}\n", "dpkg-query": DPKG_QUERY, **scripts}.items():
            file = directory / name.replace("_", "-")
            file.write_text(text)
            file.chmod(0o755)

    def install(self, *purposes, path=None):
        done = subprocess.run(
            [shutil.which("bash"), str(SCRIPTS / "install-packages"), *purposes], capture_output=True, text=True,
            timeout=120, stdin=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | {"PATH": path or f"{self.directory}:{os.environ['PATH']}", "TMPDIR": str(self.directory)},
        )
        return done.returncode, done.stdout, done.stderr

    def calls(self):
        return (self.directory / "calls").read_text().split()


def test_packages_that_are_there_are_found_however_long_their_status_is():
    with Directory() as directory:
        commands = Commands(directory, dpkg=DPKG_OF_ALL, apt_get="#!/bin/sh\nexit 1\n")
        for _ in range(5):
            equal(commands.install("build", "test", "bench"), (0, "", ""))
        # With two architectures, too.
        (directory / "statuses").write_text("not-installed\ninstalled\n")
        equal(commands.install("maven"), (0, "", ""))


def test_without_a_network_one_line_says_which_packages_are_missing_and_why():
    with Directory() as directory:
        commands = Commands(directory, apt_get=APT_GET_OFFLINE)
        (directory / "statuses").write_text("not-installed\n")
        status, output, errors = commands.install("maven")
        equal((status, len(output.splitlines()), len(errors.splitlines())), (1, 1, 1), f"{output}{errors}")
        assert "cannot install maven" in errors and "cannot be reached" in errors, errors
        log = pathlib.Path(errors.rsplit(" ", 1)[1].strip(" )\n"))
        assert "Temporary failure resolving" in log.read_text(), "what apt said is kept"


def test_missing_and_old_lists_of_packages_are_updated_without_an_error_before():
    for known, calls in ((False, ["simulate", "update", "install"]),
                         (True, ["simulate", "install", "update", "install"])):
        with Directory() as directory:
            commands = Commands(directory, apt_get=APT_GET_OLD_LISTS)
            (directory / "statuses").write_text("")
            if known:
                (directory / "known").touch()
            status, output, errors = commands.install("maven")
            equal((status, errors), (0, ""), output)
            equal(commands.calls(), calls)
            equal([file.name for file in directory.glob("player-sessions-apt.*")], [], "apt's output is gone again")


def test_who_is_not_root_and_has_no_sudo_is_told_the_command():
    with Directory() as directory:
        tools = directory / "tools"
        tools.mkdir()
        for name in ("env", "cat", "dirname"):
            (tools / name).symlink_to(shutil.which(name))
        commands = Commands(directory, user="1000", apt_get="#!/bin/sh\nexit 1\n")
        (directory / "statuses").write_text("not-installed\n")
        status, output, errors = commands.install("maven", path=f"{directory}:{tools}")
        equal((status, output, len(errors.splitlines())), (1, "", 1), errors)
        assert "apt-get install maven" in errors, errors


def check_folder(directory):
    """Runs the check of a checkout's build folder as an unprivileged user."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        ["bash", str(directory / "scripts/build-folder")], capture_output=True, text=True, timeout=60, **user
    )
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    return done.returncode, done.stderr


def make_checkout(directory, built_at=None):
    """Creates a folder with the script and, if something was built, SwiftPM's list of commands."""
    directory.chmod(0o755)
    (directory / "scripts").mkdir()
    shutil.copy(SCRIPTS / "build-folder", directory / "scripts/build-folder")
    if built_at:
        (directory / ".build").mkdir()
        (directory / ".build/debug.yaml").write_text(
            f'  "C":\n    inputs: ["{built_at}/Sources/player-sessions/Program.swift","x"]\n'
        )


def test_a_folder_that_was_renamed_since_its_build_wants_make_clean():
    with Directory() as directory:
        make_checkout(directory, built_at=directory.resolve())
        (directory / ".build").chmod(0o777)
        equal(check_folder(directory), (0, ""))
    with Directory() as directory:
        make_checkout(directory, built_at="/somewhere/else")
        (directory / ".build").chmod(0o777)
        status, errors = check_folder(directory)
        equal(status, 1)
        assert "/somewhere/else" in errors and "make clean" in errors, errors


def test_a_folder_that_cannot_be_written_is_told_in_one_line():
    for built in (False, True):
        with Directory() as directory:
            make_checkout(directory, built_at=directory.resolve() if built else None)
            for folder in (directory, directory / ".build"):
                if folder.exists():
                    folder.chmod(0o555)
            status, errors = check_folder(directory)
            equal(status, 1, errors)
            assert str(directory) in errors or ".build belongs to" in errors, errors
            directory.chmod(0o755)


def test_a_build_shows_its_progress_now_and_then_even_where_nothing_comes():
    process = subprocess.Popen(
        [str(SCRIPTS / "build-progress"), "0.2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(b"Building for debugging...\n" + b"".join(b"[%d/99] Compiling a\n" % n for n in range(99)))
    process.stdin.flush()
    while process.stdout.readline() != b"Building for debugging...\n":
        pass
    # Two of them, although no input comes meanwhile.
    for _ in range(2):
        progress = process.stdout.readline().decode()
        assert progress.startswith("building for 0:") and progress.endswith("[98/99] Compiling a\n"), progress
    process.stdin.write("◇ Test a() started.\n✔ Test a() passed after 1 seconds.\n".encode())
    process.stdin.flush()
    while not (line := process.stdout.readline().decode()).startswith("✔"):
        assert line.startswith("building for "), line
    time.sleep(1)
    equal(process.communicate(b"the end")[0], b"the end", "the build is over where the tests begin")


def test_every_test_in_python_can_be_collected_by_folder():
    for folder in ("program", "cluster"):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", f"Tests/{folder}"],
            cwd=REPOSITORY, capture_output=True, text=True,
        )
        equal(done.returncode, 0, done.stdout[-2000:])
