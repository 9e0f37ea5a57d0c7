"""The modules import only what the design allows, and the check detects violations."""

import pathlib
import tempfile

import imports
from harness import REPOSITORY, equal


def faults_of(module, source, package=""):
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root) / "Sources" / module / "Folder"
        folder.mkdir(parents=True)
        (folder / "File.swift").write_text(source)
        (pathlib.Path(root) / "Package.swift").write_text(package)
        return imports.faults(root)


def test_modules_import_only_what_they_may():
    equal(imports.faults(REPOSITORY), [])


def test_a_breach_is_seen():
    for module, source in (
        ("PlayerSessions", "import Foundation"),
        ("PlayerSessions", "import Metrics"),
        ("HTTPServer", "import Synchronization\n\nimport PlayerSessions\n"),
        ("HTTPServer", "import Foundation"),
        ("SessionService", "import RocksDBStore"),
        ("SessionService", "@preconcurrency import RocksDB"),
        ("RocksDBStore", "public import HTTPServer"),
        ("RocksDBStore", "internal import CRocksDB"),
        ("EventDecoding", "import struct HTTPServer.HTTPResponse"),
        ("RocksDB", "internal import CRocksDB; import PlayerSessions"),
        ("NewModule", "import Glibc"),
    ):
        equal(len(faults_of(module, source)), 1, f"{module}: {source}")


def test_c_is_imported_internally():
    for access, count in (("", 1), ("public ", 1), ("package ", 1), ("internal ", 0)):
        equal(len(faults_of("RocksDB", f"{access}import CRocksDB")), count, access)


def test_what_only_looks_like_an_import_is_none():
    equal(faults_of("PlayerSessions", "// import Foundation\n/// An import Foundation\nlet important = 1\n"), [])


def test_a_dependency_of_the_package_is_seen():
    package = 'module("HTTPServer", ["CUV", "PlayerSessions"]),\nmodule("Arguments"),\n'
    equal(faults_of("HTTPServer", "", package), ["Package.swift: HTTPServer may not depend on PlayerSessions"])
    target = '.executableTarget(\n name: "PlayerSessions",\n dependencies: [\n"Metrics"],'
    equal(faults_of("HTTPServer", "", target), ["Package.swift: PlayerSessions may not depend on Metrics"])


def test_every_module_of_the_package_has_a_rule():
    declared = imports.declared((REPOSITORY / "Package.swift").read_text())
    for module in imports.ALLOWED:
        assert module in declared, f"{module} is not found in Package.swift"
