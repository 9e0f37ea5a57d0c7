"""Runs all tests on real nodes of Cassandra: python3 Tests/cluster [NAME…], NAME being part of a file's name."""

import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "program")]

import harness  # noqa: E402

harness.run_folder(FOLDER)
