"""`import` into services that crash, are busy, or accept unusual batches."""

import http.server
import json
import os
import pty
import signal
import socket
import subprocess
import threading
import time

import harness
from harness import Directory, Service, equal, run, start
from importing import check, generated, url


def test_an_import_outlives_crashes_of_its_service():
    text = run("generate", "--players", "100", "--sessions", "60000", "--until", "2020-06-01T00:00:00Z")[1]
    with Directory() as directory:
        (directory / "events.jsonl").write_text(text)
        service = Service(directory / "store")
        process = subprocess.Popen(
            [harness.PROGRAM, "import", "--url", url(service), str(directory / "events.jsonl")],
            env=harness.clean_environment(), stderr=subprocess.PIPE,
        )
        try:
            for _ in range(3):
                time.sleep(0.4)
                service.kill()
                time.sleep(0.4)
                service = Service(directory / "store", port=service.port)
            errors = process.stderr.read().decode()
            equal(process.wait(120), 0, errors)
            check(service, text)
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
            service.kill()


def test_an_import_keeps_to_the_limits_of_its_service():
    text = generated()
    for limit in (1, 3, 10_000):
        with Directory() as directory:
            environment = {"PLAYER_SESSIONS_MAX_BATCH_EVENTS": str(limit)}
            with Service(directory / "store", environment=environment) as service:
                status, _, errors = run("import", "--url", url(service), "-", stdin=text.encode())
                equal(status, 0, errors)
                check(service, text)
                metrics = service.get("/metrics").body.decode()
                assert 'route="/batchevents",status="413"} 0' in metrics, metrics


class BusyService(http.server.BaseHTTPRequestHandler):
    """Accepts batches of 10,000 events, but refuses one event for 10 seconds."""

    protocol_version = "HTTP/1.1"
    refused_since = None
    sizes = []

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"max_batch_events": 10_000, "max_body_bytes": 10_000_000})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"unlucky" in body:
            BusyService.refused_since = BusyService.refused_since or time.monotonic()
            if time.monotonic() - BusyService.refused_since < 10:
                return self.answer(503, {"title": "Overloaded"})
        BusyService.sizes.append(body.count(b"\n"))
        self.answer(200, {"accepted": body.count(b"\n"), "expired": 0})

    def log_message(self, *_):
        pass


def test_a_service_that_takes_other_batches_is_busy_and_does_not_fail():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BusyService)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = subprocess.Popen(
        [harness.PROGRAM, "import", "--retry-seconds", "6", "--url", f"http://127.0.0.1:{server.server_port}", "-"],
        env=harness.clean_environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    ts = "2020-01-01T00:00:00"
    process.stdin.write(harness.lines(start("unlucky", "s", ts)))
    process.stdin.flush()
    for number in range(55):
        time.sleep(0.2)
        process.stdin.write(harness.lines(start("p", f"s{number}", ts)))
        process.stdin.flush()
    process.stdin.write(harness.lines(*(start("p", f"t{number}", ts) for number in range(5_000))))
    _, errors = process.communicate(timeout=harness.PATIENCE)
    server.shutdown()
    server.server_close()
    equal(process.returncode, 0, errors)
    equal(sum(BusyService.sizes), 5_056)
    assert max(BusyService.sizes) <= 1_000, "larger batches would fill the service's queue"


class ScriptedService:
    """Responds to batches as a function of the body says: with a status and a value, or raw bytes."""

    def __init__(self, take, limits=None):
        limits = limits or {"max_batch_events": 10, "max_body_bytes": 65536}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, value):
                body = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path == "/readyz":
                    return self.answer(200, limits)
                self.answer(*take(self.path))

            def do_POST(self):
                self.answer(*take(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            # All connections of an import arrive at once.
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def events(count, player="p"):
    return harness.lines(*(start(player, f"s{number}", "2020-01-01T00:00:00") for number in range(count)))


def taken(body):
    return 200, {"accepted": body.count(b"\n"), "expired": 0, "rejected": []}


def test_numbers_that_no_service_can_mean_end_the_import_and_not_the_process():
    huge = (1 << 63) - 1
    for value in (
        {"accepted": huge, "expired": 0}, {"accepted": 0, "expired": huge}, {"accepted": huge, "expired": huge},
        {"accepted": -huge - 1, "expired": 0}, {"accepted": 11, "expired": 0}, {"accepted": 3, "expired": 3},
        {"accepted": -1, "expired": 11}, {"accepted": 1 << 64, "expired": 0}, {"accepted": 1e300, "expired": 0},
        {"accepted": 10, "expired": 0, "rejected": [{"line": 1, "message": "m"}]},
        {"accepted": 0, "expired": 0, "rejected": [{"line": line, "message": "m"} for line in (-huge - 1, huge, 0, 11)]},
    ):
        with ScriptedService(lambda body: (200, value)) as service:
            status, _, errors = run("import", "--url", service.url, "-", stdin=events(40))
            equal(status, 1, f"{value}: {errors}")
            assert "40 lines: 0 accepted, 0 expired, 0 rejected" in errors, f"{value}: {errors}"
            assert "did not answer as a player-sessions service does" in errors, f"{value}: {errors}"
    for value in ({"max_batch_events": huge, "max_body_bytes": huge}, {"max_batch_events": -huge, "max_body_bytes": 0}):
        with ScriptedService(taken, limits=value) as service:
            status, _, errors = run("import", "--url", service.url, "-", stdin=events(40))
            equal(status, 0, f"{value}: {errors}")
    answer = {"from": "f", "until": "u", "total": huge, "count": {"FI": huge, "SE": -huge - 1}}
    with ScriptedService(lambda path: (200, answer)) as service:
        status, _, errors = run("count", "--hours", "1", "--url", service.url)
        equal((status, errors), (0, ""))
    for seconds in (1e300, -1e300):
        row = {"session_id": "s", "country": "FI", "start": "", "end": "", "duration_seconds": seconds}
        with ScriptedService(lambda path: (200, {"sessions": [row]})) as service:
            status, _, errors = run("top", "p", "--url", service.url)
            equal((status, errors), (0, ""))


# Clears a terminal, sets its title, reads backwards, and has one character of 56 KB.
HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e\r\nnext" + "a" + "\u0301" * 28_000


def test_what_a_service_says_never_reaches_the_terminal_as_it_is():
    fault = {"line": 1, "field": HOSTILE, "message": HOSTILE}
    answers = [
        (401, {"title": HOSTILE, "detail": HOSTILE}), (503, {"title": HOSTILE}), (400, {"detail": HOSTILE}),
        (400, {"errors": [fault]}), (200, {"accepted": 0, "expired": 0, "rejected": [fault]}),
    ]
    row = {name: HOSTILE for name in ("session_id", "country", "start", "end")} | {"duration_seconds": 1}
    count = {"from": HOSTILE, "until": HOSTILE, "total": 1, "count": {HOSTILE: 1}}
    for answer in answers:
        with ScriptedService(lambda body: answer) as service:
            said = [run("import", "--retry-seconds", "3", "--url", service.url, "-", stdin=events(1))]
            if "errors" not in answer[1] and answer[0] != 200:
                said.append(run("top", "p", "--url", service.url))
            for status, out, errors in said:
                equal(status, 1, errors)
                check_safe(out + errors, 8_000)
    for value, command in ((count, ["count", "--hours", "1"]), ({"sessions": [row] * 20}, ["top", "p"])):
        with ScriptedService(lambda path: (200, value)) as service:
            status, out, errors = run(*command, "--url", service.url)
            equal((status, errors), (0, ""))
            check_safe(out, 150_000)


def test_an_answer_as_it_is_reaches_a_file_whole_and_a_terminal_escaped():
    body = ('{"session_ids": ["' + HOSTILE.replace("\r\n", " ") + '"]}').encode()
    with ScriptedService(lambda path: (200, body)) as service:
        equal(run("top", "p", "--json", "--url", service.url)[1], body.decode() + "\n")
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [harness.PROGRAM, "top", "p", "--json", "--url", service.url], env=harness.clean_environment(), stdout=theirs
        )
        os.close(theirs)
        shown = b""
        while chunk := read_terminal(ours):
            shown += chunk
        os.close(ours)
        equal(process.wait(30), 0)
    equal([byte for byte in (0x1b, 0x07) if byte in shown], [])
    assert rb"\u{1b}[2J" in shown and rb"\u{9b}" in shown and rb"\u{202e}" in shown, shown[:300]


def read_terminal(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def check_safe(text, most):
    odd = {character for character in text if character in "\x1b\x07\x9b\u202e\r"}
    assert not odd, f"{odd} in {text[:400]!r}"
    assert "\\u{1b}[2J" in text, text[:400]
    assert len(text.encode()) < most, len(text.encode())


def test_a_refusal_that_names_no_line_is_narrowed_down_to_it():
    lines = events(95).splitlines(keepends=True)
    bad = {7, 8, 40, 94}
    for number in bad:
        lines[number] = lines[number].replace(b'"p"', b'"bad"')
    for refusal in ((400, {"title": "Batch without events"}), (422, b"<html>"), (415, b""), (400, b"")):
        seen = set()

        def take(body):
            if b'"bad"' in body:
                return refusal
            seen.update(body.splitlines())
            return taken(body)

        with ScriptedService(take) as service:
            status, out, errors = run("import", "--url", service.url, "--rejects", "-", "-", stdin=b"".join(lines))
            equal(status, 1, errors)
            equal(len(seen), 91)
            equal(sorted(out.encode().splitlines()), sorted(lines[number].strip() for number in bad))
            for number in bad:
                assert f"-:{number + 1}: was refused: {refusal[0]}" in errors, errors
            assert "95 lines: 91 accepted, 0 expired, 4 rejected;" in errors, errors


def test_a_service_that_refuses_everything_ends_the_import():
    refused = []
    with ScriptedService(lambda body: refused.append(body) or (400, b"")) as service:
        status, _, errors = run("import", "--url", service.url, "-", stdin=events(20_000))
    equal(status, 1, errors)
    assert len(refused) < 1_200, len(refused)
    assert "refused a batch" in errors, errors


def test_the_summary_counts_what_answers_under_way_took():
    # 290 of 300 lines are accepted with slow responses, while 10 are refused at once.
    def take(body):
        if b'"refused"' in body:
            return 401, {"title": "Unauthorized"}
        time.sleep(1.5)
        return taken(body)

    with ScriptedService(take) as service:
        status, _, errors = run(
            "import", "--url", service.url, "-", stdin=events(290) + events(10, player="refused"), seconds=120
        )
        equal(status, 1, errors)
        assert "401 Unauthorized" in errors and "-:291-300: " in errors, errors
        assert "300 lines: 290 accepted, 0 expired, 0 rejected, 10 unanswered;" in errors, errors


def stopped_amid_answers(answer):
    """Stops an import of 300 lines by a signal while 30 requests are pending; returns its output and the requests
    sent."""
    came = threading.Semaphore(0)
    sent = []

    def take(body):
        sent.append(body)
        came.release()
        time.sleep(1.5)
        return answer(body)

    with ScriptedService(take) as service:
        process = subprocess.Popen(
            [harness.PROGRAM, "import", "--url", service.url, "-"],
            env=harness.clean_environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        process.stdin.write(events(300))
        process.stdin.flush()
        for _ in range(30):
            assert came.acquire(timeout=30)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
        process.stdin.close()
        process.stderr.close()
        equal(process.wait(30), 130, errors)
        return errors, len(sent)


def test_the_summary_of_an_import_that_a_signal_stops_is_true():
    errors, _ = stopped_amid_answers(taken)
    assert "300 lines: 300 accepted, 0 expired, 0 rejected;" in errors, errors


def test_an_import_that_a_signal_stops_sends_nothing_anew():
    errors, sent = stopped_amid_answers(lambda body: (413, {"title": "Body too large"}))
    equal(sent, 30, errors)
    assert "300 lines: 0 accepted, 0 expired, 0 rejected, 300 unanswered;" in errors, errors


def test_a_signal_ends_an_import_that_waits_for_a_silent_service():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = subprocess.Popen(
            [harness.PROGRAM, "import", "--url", f"http://127.0.0.1:{silent.getsockname()[1]}", "-"],
            env=harness.clean_environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        silent.settimeout(30)
        with silent.accept()[0] as connection:
            assert connection.recv(4_096).startswith(b"GET /readyz "), "it asks first"
            process.send_signal(signal.SIGINT)
            # Otherwise it would wait a minute for the response.
            _, errors = process.communicate(timeout=30)
        equal(process.returncode, 130, errors.decode())


def test_a_list_of_rejected_lines_that_was_cut_leaves_no_line_out():
    def take(body):
        lines = body.splitlines()
        wrong = [number for number, line in enumerate(lines, 1) if b'"wrong"' in line]
        named = [{"line": number, "field": "ts", "message": "is wrong"} for number in wrong[:20]]
        return 200, {"accepted": len(lines) - len(wrong), "expired": 0, "rejected": named}

    sent = b"".join(
        harness.lines(start("wrong" if number % 3 else "p", f"s{number}", "2020-01-01T00:00:00")) for number in range(300)
    )
    with ScriptedService(take, limits={"max_batch_events": 100, "max_body_bytes": 1 << 20}) as service:
        status, out, errors = run("import", "--url", service.url, "--rejects", "-", "-", stdin=sent)
        equal(status, 1, errors)
        equal(out.count("wrong"), 200)
        assert "300 lines: 100 accepted, 0 expired, 200 rejected;" in errors, errors
