"""Runs all tests of the program: python3 Tests/program [NAME…], NAME being part of a file's name."""

import importlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness  # noqa: E402

passed = failed = 0
for file in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
    if sys.argv[1:] and not any(part in file.stem for part in sys.argv[1:]):
        continue
    print(f"--- {file.stem}", flush=True)
    result = harness.run_tests(vars(importlib.import_module(file.stem)))
    passed, failed = passed + result[0], failed + result[1]
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
