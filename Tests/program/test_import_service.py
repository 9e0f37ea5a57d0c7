"""`import` into services that crash, are busy, or take other batches than the usual."""

import http.server
import json
import subprocess
import threading
import time

import harness
from harness import Directory, Service, equal, run, start
from test_import import check, generated, url


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
    """Takes batches of 10,000 events, but one event for 10 seconds not."""

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


if __name__ == "__main__":
    harness.main(globals())
