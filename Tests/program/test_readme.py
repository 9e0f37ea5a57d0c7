"""The README's commands, run as they are written, print results like those shown there.

The `sh` blocks are run in order, each in its own shell; a `json` or `text` block after one is its output. Commands use
another port than 5000, so that a running service is left alone; `make run` keeps its data in a temporary directory.
"""

import json
import os
import re
import signal
import subprocess
import time

import harness
from harness import REPOSITORY, Directory, equal

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def first_steps():
    """Returns the blocks of the section, as (kind, text)."""
    section = (REPOSITORY / "README.md").read_text().split("\n## First steps\n")[1].split("\n## ")[0]
    return BLOCK.findall(section)


def moved(command, port):
    """Returns the command for a service on this port."""
    command = command.replace("127.0.0.1:5000", f"127.0.0.1:{port}")
    return re.sub(r"(player-sessions (?:import|count|top)\b)", rf"\1 --url http://127.0.0.1:{port}", command)


def shape(value, key=""):
    """Returns a JSON value without what differs between runs."""
    if isinstance(value, dict):
        return {name: shape(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(member) for member in value]
    if key in ("message", "detail"):
        return bool(value)
    if key == "duration_seconds":
        return type(value) in (int, float)
    return TIME.sub("TIME", value) if isinstance(value, str) else value


def objects(text):
    """Returns the JSON values in a text, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


class MakeRun:
    """`make run` as in the README, on another port and in another directory."""

    def __init__(self, directory):
        self.port = harness.free_port()
        environment = harness.clean_environment({
            "PLAYER_SESSIONS_LISTEN": f"127.0.0.1:{self.port}",
            "PLAYER_SESSIONS_STORE": f"rocksdb:{directory / 'store'}",
        })
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            environment.pop(name, None)
        self.log = open(directory / "make.log", "w+b")
        self.process = subprocess.Popen(
            ["make", "run"], cwd=REPOSITORY, env=environment, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )

    def __enter__(self):
        deadline = time.monotonic() + 600
        while not self.is_up():
            if time.monotonic() > deadline:
                self.__exit__()
                raise AssertionError(f"make run does not serve: {self.output()}")
            time.sleep(0.2)
        return self

    def is_up(self):
        assert self.process.poll() is None, f"make run ended: {self.output()}"
        return subprocess.run(
            ["curl", "-sf", f"http://127.0.0.1:{self.port}/readyz"], capture_output=True
        ).returncode == 0

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(harness.PATIENCE)
        self.log.close()


def check(command, kind, expected, printed):
    if kind == "json":
        equal(shape(objects(printed)), shape(objects(expected)), command)
    elif kind == "text":
        numbers = [re.sub(r"[\d.,]*\d", "N", text).strip() for text in (printed, expected)]
        equal(numbers[0], numbers[1], command)


def test_the_first_steps_work_as_written():
    blocks = first_steps()
    equal(blocks[0], ("sh", "make run\n"))
    commands = [number for number, (kind, _) in enumerate(blocks) if kind == "sh" and number > 0]
    assert len(commands) >= 5, "the commands are not found any more"
    with Directory() as directory, MakeRun(directory) as service:
        os.symlink(REPOSITORY / ".build", directory / ".build")
        for number in commands:
            command = blocks[number][1]
            done = subprocess.run(
                ["bash", "-euc", moved(command, service.port)], cwd=directory, capture_output=True, text=True,
                timeout=harness.PATIENCE, env=harness.clean_environment(),
            )
            equal(done.returncode, 0, f"{command}\n{done.stderr}")
            following = blocks[number + 1] if number + 1 < len(blocks) else ("", "")
            kind, expected = following
            check(command, kind, expected, done.stdout if kind == "json" else done.stdout + done.stderr)
            assert done.stdout.strip() or kind == "text", f"{command} printed nothing"


def test_the_configuration_in_the_readme_is_taken():
    text = (REPOSITORY / "README.md").read_text()
    example = next(text for kind, text in BLOCK.findall(text) if kind == "js")
    with Directory() as directory:
        file = directory / "player-sessions.json5"
        file.write_text(example)
        status, _, errors = harness.run("check-config", "--config", file)
        equal((status, errors), (0, ""))


def test_the_table_of_keys_has_the_defaults():
    status, text, _ = harness.run("check-config")
    equal(status, 0)
    header, *rows = text.splitlines()
    begin, end = header.index("VALUE"), header.index("SOURCE")
    effective = {row[:begin].strip(): row[begin:end].strip() or "none" for row in rows if row.strip()}
    table = re.findall(r"^\| `(\w+)` \| `?([^`|]+?)`? \|", (REPOSITORY / "docs/configuration.md").read_text(), re.M)
    equal({key: value for key, value in table if key in effective}, effective)


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=harness.PATIENCE).stdout.splitlines()


def dependencies(packages):
    """Returns these packages and everything they depend on, as installed here."""
    found, waiting = set(), list(packages)
    while waiting:
        package = waiting.pop()
        if package in found:
            continue
        found.add(package)
        for field in lines_of("dpkg-query", "-W", "-f=${Depends}, ${Pre-Depends}\n", package):
            names = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", field)
            installed = subprocess.run(["dpkg-query", "-W", *names], capture_output=True, text=True).stdout if names else ""
            waiting += [line.split("\t")[0].split(":")[0] for line in installed.splitlines() if "\t" in line]
    return found


def test_the_packages_to_install_elsewhere_are_those_that_the_program_uses():
    named = re.search(r"^sudo apt-get install (lib.*)$", (REPOSITORY / "README.md").read_text(), re.M)[1].split()
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", "\n".join(lines_of("readelf", "-d", harness.PROGRAM)))
    assert len(needed) > 5, needed
    libraries = dict(re.findall(r"^\t(\S+) => (/\S+)", "\n".join(lines_of("ldd", harness.PROGRAM)), re.M))
    owners = set()
    for library in needed:
        # Libraries of every C program have no line of their own, or belong to a package of every Debian.
        path = os.path.realpath(libraries.get(library, f"/lib64/{library}"))
        # By the file's name: dpkg may know its directory as /lib or as /usr/lib.
        owners.add(lines_of("dpkg-query", "-S", f"*/{os.path.basename(path)}")[0].split(":")[0])
    equal(sorted(set(named) - owners), [], "named and not used")
    # dpkg and apt are on every Debian.
    equal(sorted(owners - dependencies(named + ["dpkg", "apt"])), [], "used and not named")
