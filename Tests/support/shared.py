"""One service for all tests of a file; each test uses its own players and instants."""

import atexit
import itertools
import tempfile

import harness

_services = {}
_numbers = itertools.count(1)


def service(**environment):
    """Returns the running service with this configuration; starts it on first use."""
    key = tuple(sorted(environment.items()))
    if key not in _services:
        directory = tempfile.TemporaryDirectory(prefix="player-sessions-test-")
        running = harness.Service(f"{directory.name}/store", environment=environment)
        _services[key] = running, directory
        atexit.register(directory.cleanup)
        atexit.register(running.kill)
    running = _services[key][0]
    if running.process.poll() is not None:
        raise AssertionError(f"the service died: {running.output()}")
    return running


def fresh():
    """Returns a player and a day in the 1980s that no other test uses."""
    number = next(_numbers)
    return f"player{number}", f"19{80 + number // 300 % 10}-{number // 25 % 12 + 1:02}-{number % 25 + 1:02}"


def is_problem(answer, status, *words):
    """Checks that a response is a problem with this status and these words in its detail."""
    harness.equal(answer.status, status, f"status of {answer}")
    harness.equal(answer.header("Content-Type"), "application/problem+json", f"content type of {answer}")
    problem = answer.json
    for member in ("type", "title", "status", "detail"):
        assert member in problem, f"no {member} in {problem}"
    harness.equal(problem["status"], status)
    for word in words:
        assert word.lower() in problem["detail"].lower(), f"no {word!r} in {problem['detail']!r}"
    return problem


def errors(answer, status=400):
    """Returns (line, field) of each error in a response; their messages must not be empty."""
    problem = is_problem(answer, status)
    assert all(error["message"].strip() for error in problem["errors"]), problem
    return [(error["line"], error.get("field")) for error in problem["errors"]]
