"""Links lead somewhere, every key is documented, and no path of one machine is in the tree."""

import pathlib
import subprocess
import tempfile

import documents
from harness import REPOSITORY, equal


class Tree:
    """A git repository with these files."""

    def __init__(self, **texts):
        self.texts = texts

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory()
        subprocess.run(["git", "init", "-q", self.directory.name], check=True)
        for name, text in self.texts.items():
            (pathlib.Path(self.directory.name) / f"{name}.md").write_text(text)
        return self.directory.name

    def __exit__(self, *_):
        self.directory.cleanup()


def test_links_lead_somewhere():
    equal(documents.broken_links(REPOSITORY), [])


def test_a_broken_link_is_seen():
    with Tree(one="[a](two.md) [b](two.md#the-end-of-it) [c](https://example.org/x.md)", two="# The end, of it\n") as root:
        equal(documents.broken_links(root), [])
    with Tree(one="[a](three.md)\n[b](two.md#end)\n`[c](no.md)`\n```\n[d](no.md)\n```\n[e](#x)", two="# The end\n") as root:
        equal([line.split(":")[1] for line in documents.broken_links(root)], ["1", "2", "7"])


def test_every_key_of_the_configuration_is_explained():
    assert len(documents.configuration_keys(REPOSITORY)) > 15, "the keys are not found any more"
    equal(documents.keys_without_a_word(REPOSITORY), [])


def test_no_path_of_one_machine_is_in_the_tree():
    equal(documents.machine_paths(REPOSITORY), [])


def test_a_path_of_one_machine_is_seen():
    folder = "/" + "home/"
    with Tree(one=f"see {folder}someone/notes", two="see https://example.org/home/page and a/home/b") as root:
        equal(documents.machine_paths(root), [f"one.md:1: {folder}s…"])


def test_make_fuzz_finds_every_fuzzer():
    equal(documents.fuzzers_out_of_reach(REPOSITORY), [])


def test_a_fuzzer_that_make_fuzz_does_not_find_is_seen():
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root) / "Tests/SomeTests"
        folder.mkdir(parents=True)
        for name in ("ATests.swift", "BFuzzTests.swift"):
            (folder / name).write_text("try fuzz(rounds: 3) { seed in }")
        equal(documents.fuzzers_out_of_reach(root), ["Tests/SomeTests/ATests.swift"])


def test_the_versions_of_program_and_changelog_agree():
    program = (REPOSITORY / "Sources/player-sessions/Program.swift").read_text()
    version = program.split('programVersion = "')[1].split('"')[0]
    assert f"\n## {version}" in (REPOSITORY / "CHANGELOG.md").read_text(), f"CHANGELOG.md has nothing of {version}"
