"""Runs all tests of the program: python3 Tests/program [NAME…], NAME being part of a file's name."""

import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import harness  # noqa: E402

harness.run_folder(FOLDER)
