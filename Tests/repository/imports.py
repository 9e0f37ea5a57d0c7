"""Which modules a module may import: dependencies point at the domain, and a C library has one owner."""

import pathlib
import re

# Only what is listed here may be imported. A module that is not listed fails.
SYSTEM = {"Glibc", "Synchronization"}
ALLOWED = {
    # The domain knows nothing.
    "PlayerSessions": {"Glibc"},
    # Tools that know nothing of sessions.
    "Text": SYSTEM,
    "FairSharing": SYSTEM,
    "Arguments": SYSTEM | {"Text"},
    "ByteBuffers": SYSTEM,
    "Metrics": SYSTEM,
    "Logging": SYSTEM | {"Text"},
    "Compression": SYSTEM | {"CZlib", "CZstd", "CBZip2"},
    "HTTPServer": SYSTEM | {"CUV", "CHTTPParser", "ByteBuffers", "FairSharing", "Metrics"},
    "RocksDB": SYSTEM | {"CRocksDB"},
    "CQL": SYSTEM | {"ByteBuffers", "Text", "CUV", "CLZ4", "COpenSSL", "CZlib"},
    "Fuzzing": SYSTEM,
    # Bytes to events, without stores or HTTP.
    "EventDecoding": SYSTEM | {"PlayerSessions", "Text", "CEventDecoding"},
    # Stores, without HTTP.
    "RocksDBStore": SYSTEM | {
        "PlayerSessions", "FairSharing", "RocksDB", "CXXHash", "CPrefetch", "Metrics", "Logging",
    },
    "CassandraStore": SYSTEM | {"PlayerSessions", "CQL", "Metrics", "Logging"},
    "SessionStoreTesting": SYSTEM | {"PlayerSessions", "Fuzzing"},
    # The service, for any store.
    "SessionService": SYSTEM | {
        "PlayerSessions", "EventDecoding", "Compression", "FairSharing", "HTTPServer", "Text", "Metrics",
        "Logging",
    },
    "Configuration": SYSTEM | {"PlayerSessions", "Text", "Foundation"},
    # The program assembles everything.
    "player-sessions": SYSTEM | {
        "PlayerSessions", "Arguments", "Compression", "Configuration", "EventDecoding", "HTTPServer", "Logging",
        "Metrics", "RocksDBStore", "CassandraStore", "Text", "SessionService", "CCurl", "CMalloc",
        "Foundation",
    },
}
# No C may appear in the interface of the module that owns it. The program has no interface.
PROGRAMS = {"player-sessions"}

IMPORT = re.compile(
    r"^\s*(?P<attributes>(?:@\w+(?:\([^)]*\))?\s+)*)(?P<access>(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?(?P<module>\w+)"
)


def imports(source):
    """Yields (line number, access, module) of every import in a Swift file."""
    for number, line in enumerate(source.splitlines(), 1):
        for statement in line.split("//")[0].split(";"):
            if found := IMPORT.match(statement):
                yield number, (found["access"] or "").strip(), found["module"]


def declared(package):
    """Returns the dependencies of each target in Package.swift."""
    modules = {}
    for name, listed in re.findall(r'\bmodule\(\s*"([\w-]+)"\s*(?:,\s*\[(.*?)\])?(?:,\s*optimized)?\s*\)', package, re.S):
        modules[name] = set(re.findall(r'"([\w-]+)"', listed))
    pattern = r'\.(?:executableTarget|target)\(\s*name:\s*"([\w-]+)",\s*dependencies:\s*\[(.*?)\]'
    for name, listed in re.findall(pattern, package, re.S):
        modules[name] = set(re.findall(r'"([\w-]+)"', listed))
    return modules


def faults(root):
    """Returns the violations in the tree at `root`, one line each."""
    root = pathlib.Path(root)
    found = []
    for folder in sorted((root / "Sources").iterdir()):
        files = sorted(folder.rglob("*.swift"))
        if files and folder.name not in ALLOWED:
            found.append(f"{folder.relative_to(root)}: no rule says what this module may import")
            continue
        for file in files:
            where = file.relative_to(root)
            for number, access, module in imports(file.read_text()):
                if module not in ALLOWED[folder.name]:
                    found.append(f"{where}:{number}: {folder.name} may not import {module}")
                elif is_c(module) and folder.name not in PROGRAMS and access != "internal":
                    found.append(f"{where}:{number}: write 'internal import {module}': it is C")
    for name, dependencies in sorted(declared((root / "Package.swift").read_text()).items()):
        for dependency in sorted(dependencies - ALLOWED.get(name, dependencies)):
            found.append(f"Package.swift: {name} may not depend on {dependency}")
    return found


def is_c(module):
    return re.match(r"C[A-Z]", module) is not None
