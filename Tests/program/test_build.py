"""The build of the program: everyone who builds shares one build, wherever the output goes."""

import os
import pty
import subprocess

import harness
from harness import REPOSITORY, equal

# SwiftPM's list of the build's commands, with all their flags.
COMMANDS = REPOSITORY / ".build/release.yaml"


def build(output):
    return subprocess.run(
        ["scripts/build"], cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=1200
    ).returncode


def test_a_terminal_and_a_pipe_share_one_build():
    equal(build(subprocess.PIPE), 0)
    before = COMMANDS.read_text()
    terminal, inside = pty.openpty()
    try:
        with open(os.devnull, "wb") as nowhere:
            reader = subprocess.Popen(["cat"], stdin=terminal, stdout=nowhere, stderr=nowhere)
        equal(build(inside), 0)
    finally:
        os.close(inside)
        reader.kill()
        reader.wait()
        os.close(terminal)
    assert COMMANDS.read_text() == before, "a terminal makes the compilers' flags differ: everything is built anew"


def test_the_program_is_installed_where_asked_and_runs_there():
    environment = {name: value for name, value in harness.clean_environment().items() if not name.startswith("M")}

    def make(*arguments):
        return subprocess.run(
            ["make", *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True,
            timeout=harness.PATIENCE,
        )

    with harness.Directory() as directory:
        prefix = directory / "a b"
        program = prefix / "bin/player-sessions"
        done = make("install", f"PREFIX={prefix}")
        equal((done.returncode, done.stderr), (0, ""))
        assert str(program) in done.stdout, done.stdout
        version = subprocess.run([program, "--version"], cwd="/", capture_output=True, text=True)
        assert version.returncode == 0 and version.stdout.startswith("player-sessions "), version
        equal(make("uninstall", f"PREFIX={prefix}").returncode, 0)
        assert not program.exists(), "it is still there"
        equal(make("install", f"DESTDIR={directory}", "PREFIX=/usr").returncode, 0)
        assert (directory / "usr/bin/player-sessions").exists(), "DESTDIR"
        missing = make("install", f"PROGRAM={directory / 'nothing'}", f"PREFIX={prefix}")
        assert missing.returncode != 0 and "make build" in missing.stderr, missing
