"""Checks of the tree: links of the documents, keys of the configuration, paths of one machine, names of fuzzers."""

import pathlib
import re
import subprocess
import urllib.parse

LINK = re.compile(r"\[[^\]\[]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
KEY = re.compile(r'\.(?:form|number|choice)\(\s*"(\w+)"')
# Paths of one machine: the folder of its work, and home folders.
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|home|root|farm|Users)/\w")
TEXT = {".md", ".yaml", ".swift", ".py", ".c", ".cpp", ".h", ".modulemap", ".json", ".lua", ".java", ""}


def files(root):
    """Returns the tree's files: those in git, and those that could be added."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True, text=True,
    ).stdout.split("\0")
    return [path for name in sorted(set(listed)) if name and (path := pathlib.Path(root) / name).is_file()]


def without_code(text):
    """Returns Markdown without fenced blocks and code spans, with as many lines as before."""
    text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text):
    """Returns the anchors of a Markdown file's headings."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(name)
    return found


def broken_links(root):
    """Returns relative links of Markdown files that lead to no file or heading, one line each."""
    found = []
    for file in files(root):
        if file.suffix != ".md":
            continue
        for number, line in enumerate(without_code(file.read_text()).splitlines(), 1):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = urllib.parse.unquote(target).partition("#")
                other = file.parent / path if path else file
                if not other.exists():
                    found.append(f"{file.relative_to(root)}:{number}: {target} leads nowhere")
                elif anchor and other.suffix == ".md" and anchor not in anchors(other.read_text()):
                    found.append(f"{file.relative_to(root)}:{number}: {target} is no heading")
    return found


def configuration_keys(root):
    source = pathlib.Path(root) / "Sources/Configuration/Configuration+Keys.swift"
    return KEY.findall(source.read_text())


def keys_without_a_word(root):
    """Returns configuration keys that the tables of docs/configuration.md do not name."""
    page = (pathlib.Path(root) / "docs/configuration.md").read_text()
    return [key for key in configuration_keys(root) if not re.search(rf"^\| `{key}` \|", page, re.M)]


def machine_paths(root):
    """Returns paths of one machine, one line each."""
    found = []
    for file in files(root):
        if file.suffix not in TEXT:
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if hit := MACHINE_PATH.search(line):
                found.append(f"{file.relative_to(root)}:{number}: {hit[0]}…")
    return found


def fuzzers_out_of_reach(root):
    """Returns test files that have a fuzzer but are not named *FuzzTests.swift, by which `make fuzz` finds them."""
    files = pathlib.Path(root).glob("Tests/**/*.swift")
    return sorted(
        str(file.relative_to(root)) for file in files
        if re.search(r"\bfuzz\(rounds:", file.read_text()) and not file.name.endswith("FuzzTests.swift")
    )
