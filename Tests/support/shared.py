"""One service for all tests of a file; each test writes about players and instants of its own."""

import atexit
import itertools
import tempfile

import harness

_services = {}
_numbers = itertools.count(1)


def service(**environment):
    """The running service with this configuration, started when first asked for."""
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
    """A player of nobody else, and a day of nobody else in the 1980s."""
    number = next(_numbers)
    return f"player{number}", f"19{80 + number // 300 % 10}-{number // 25 % 12 + 1:02}-{number % 25 + 1:02}"


def is_problem(answer, status, *words):
    """Checks that an answer is a problem with this status, whose detail has these words."""
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
    """The (line, field) of the errors of an answer, whose messages must not be empty."""
    problem = is_problem(answer, status)
    assert all(error["message"].strip() for error in problem["errors"]), problem
    return [(error["line"], error.get("field")) for error in problem["errors"]]
