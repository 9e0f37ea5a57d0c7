"""The build of the program: whoever builds, and wherever its output goes, shares one build."""

import os
import pty
import subprocess

import harness
from harness import REPOSITORY, equal

# SwiftPM's list of the commands of a build, with all their flags.
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


if __name__ == "__main__":
    harness.main(globals())
