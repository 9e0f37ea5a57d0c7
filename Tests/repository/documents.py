"""What the documents promise about the tree: links that lead somewhere, and every key of the configuration."""

import pathlib
import re
import subprocess
import urllib.parse

LINK = re.compile(r"\[[^\]\[]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
KEY = re.compile(r'\.(?:form|number|choice)\(\s*"(\w+)"')
# Places of one machine. The folder of a machine's work, and those of people.
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|home|root|farm|Users)/\w")
TEXT = {".md", ".yaml", ".swift", ".py", ".c", ".cpp", ".h", ".modulemap", ".json", ".lua", ".java", ""}


def files(root):
    """The tree's files: those of git, those that could be added included."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True, text=True,
    ).stdout.split("\0")
    return [path for name in sorted(set(listed)) if name and (path := pathlib.Path(root) / name).is_file()]


def without_code(text):
    """Markdown without fenced blocks and code spans, as many lines as before."""
    text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text):
    """The names that a Markdown file's headings can be linked by."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(name)
    return found


def broken_links(root):
    """Relative links of Markdown files that lead to no file or to no heading, a line each."""
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
    """Keys of the configuration that the README's tables do not name."""
    readme = (pathlib.Path(root) / "README.md").read_text()
    return [key for key in configuration_keys(root) if not re.search(rf"^\| `{key}` \|", readme, re.M)]


def machine_paths(root):
    """Paths of one machine, a line each."""
    found = []
    for file in files(root):
        if file.suffix not in TEXT:
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if hit := MACHINE_PATH.search(line):
                found.append(f"{file.relative_to(root)}:{number}: {hit[0]}…")
    return found


def fuzzers_out_of_reach(root):
    """Files of tests that have a fuzzer and are not named *FuzzTests.swift, by which `make fuzz` finds them."""
    files = pathlib.Path(root).glob("Tests/**/*.swift")
    return sorted(
        str(file.relative_to(root)) for file in files
        if re.search(r"\bfuzz\(rounds:", file.read_text()) and not file.name.endswith("FuzzTests.swift")
    )
