"""Standard input, output and error that are closed, full, or not read."""

import os
import signal
import socket
import subprocess
import time

import harness
from harness import Directory, equal


def test_a_log_that_nobody_reads_does_not_end_the_service():
    with Directory() as directory:
        port = harness.free_port()
        process = subprocess.Popen(
            [harness.PROGRAM, "serve", "--listen", f"127.0.0.1:{port}", "--store", f"rocksdb:{directory / 'store'}"],
            env=harness.clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        try:
            process.stderr.readline()
            process.stderr.close()
            process.stdout.close()
            time.sleep(1)
            equal(process.poll(), None, "the service runs")
            process.send_signal(signal.SIGTERM)
            equal(process.wait(harness.PATIENCE), 0)
        finally:
            process.kill()
            process.wait()


def wait_until_taken(port, process):
    """Waits until something listens on the port."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}; the process has {process.poll()}")


def without_standard_descriptors(*arguments):
    """Runs a command with standard input, output and error closed; returns its exit status."""
    command = 'exec 0<&- 1>&- 2>&-; exec "$@"'
    return subprocess.run(
        ["sh", "-c", command, "sh", harness.PROGRAM, *map(str, arguments)], env=harness.clean_environment(),
        timeout=harness.PATIENCE,
    ).returncode


def test_closed_standard_descriptors_are_no_files_of_the_store():
    with Directory() as directory:
        store = f"rocksdb:{directory / 'store'}"
        equal(without_standard_descriptors("import", "--store", store, "-"), 1, "standard input is closed")
        equal(without_standard_descriptors("--help"), 1, "standard output is closed")
        equal(without_standard_descriptors("generate"), 1, "standard output is closed")
        port = harness.free_port()
        process = subprocess.Popen(
            ["sh", "-c", 'exec 0<&- 1>&- 2>&-; exec "$@"', "sh", harness.PROGRAM, "serve", "--listen",
             f"127.0.0.1:{port}", "--store", store], env=harness.clean_environment(),
        )
        try:
            wait_until_taken(port, process)
            held = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)]
            equal(held, ["/dev/null"] * 3)
            process.send_signal(signal.SIGTERM)
            equal(process.wait(harness.PATIENCE), 0)
        finally:
            process.kill()
            process.wait()


def test_output_that_cannot_be_written_is_a_failure_and_a_pipe_that_is_left_is_none():
    for arguments in (["--help"], ["check-config"], ["generate", "--sessions", "10"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.PROGRAM, *arguments], env=harness.clean_environment(), stdout=full,
                                  stderr=subprocess.PIPE, timeout=harness.PATIENCE)
        equal(done.returncode, 1, f"{arguments}")
        equal(len(done.stderr.splitlines()), 1, f"{arguments}: {done.stderr}")
    process = subprocess.Popen([harness.PROGRAM, "generate", "--sessions", "200000"], env=harness.clean_environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    equal((process.wait(harness.PATIENCE), errors), (-signal.SIGPIPE, b""))
