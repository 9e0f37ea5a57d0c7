"""HTTP itself, byte by byte: methods, paths, framing, the order of faults, and the service's health."""

import json
import socket
import time

import harness
from harness import end, equal, lines, start
from shared import fresh, is_problem, service

ROUTES = {
    "/batchevents": {"POST"},
    "/queryevents/count": {"GET", "HEAD", "POST"},
    "/queryevents/topn": {"GET", "HEAD", "POST"},
    "/healthz": {"GET", "HEAD"},
    "/readyz": {"GET", "HEAD"},
    "/metrics": {"GET", "HEAD"},
}


def head(method, path, *headers):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def answers(got):
    """Returns the responses in a stream of bytes: (status, headers by name, body)."""
    found = []
    while got:
        text, rest = got.split(b"\r\n\r\n", 1)
        status_line, *fields = text.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        status = int(status_line.split()[1])
        length = 0 if status == 100 else int(headers["content-length"])
        found.append((status, headers, rest[:length]))
        got = rest[length:]
    return found


def test_another_method_is_405_and_says_which_are_allowed():
    for path, methods in ROUTES.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - methods:
            answer = service().request(method, path, b"" if method in {"POST", "PUT", "PATCH"} else None)
            is_problem(answer, 405)
            equal({one.strip() for one in answer.header("Allow").split(",")}, methods, f"{method} {path}")
    answer = service().request("HEAD", "/batchevents")
    equal((answer.status, answer.body), (405, b""))


def test_a_method_that_nobody_knows_is_another_method():
    for method in ("FETCH", "get", "M-SEARCH", "QUERY"):
        answer = service().request(method, "/batchevents", b"x")
        is_problem(answer, 405, method)
        equal(answer.header("Allow"), "POST")
        is_problem(service().request(method, "/nothing"), 404)


def test_a_client_that_sends_all_of_a_large_body_before_it_reads_gets_the_answer():
    chunks = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    for path, status in (("/batchevents", 413), ("/nothing", 404)):
        for framing, body in (
            ("Content-Length: 20000000", b" " * 20_000_000), ("Transfer-Encoding: chunked", chunks * 300 + b"0\r\n\r\n"),
        ):
            with socket.create_connection(("127.0.0.1", service().port), timeout=harness.PATIENCE) as client:
                client.sendall(head("POST", path, framing) + body)
                got = b""
                while received := client.recv(65_536):
                    got += received
            equal([one[0] for one in answers(got)], [status], f"{path} {framing}")


def test_a_body_in_chunks_that_is_too_large_is_counted():
    def counted():
        metrics = service().get("/metrics").body.decode().splitlines()
        names = ('player_sessions_requests_total{route="/batchevents",status="413"}',
                 'player_sessions_batches_refused_total{reason="body-too-large"}')
        return [float(line.rsplit(" ", 1)[1]) for line in metrics if line.rsplit(" ", 1)[0] in names]

    before = counted()
    with socket.create_connection(("127.0.0.1", service().port), timeout=harness.PATIENCE) as client:
        client.sendall(head("POST", "/batchevents", "Transfer-Encoding: chunked") + b"10001\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 413 ")
    equal(counted(), [count + 1 for count in before])


def test_an_unknown_path_is_404():
    for path in ("/", "/batchevents/", "/batchevent", "/queryevents", "/queryevents/topn/x", "/Healthz", "//healthz",
                 "/%2e%2e/etc/passwd", "/metrics/../healthz", "/favicon.ico", "/queryevents%2Fcount", "/%2Fhealthz"):
        for method in ("GET", "POST", "DELETE"):
            is_problem(service().request(method, path), 404)


def test_an_escaped_letter_is_the_letter_in_every_way():
    def counted():
        name = b'player_sessions_requests_total{route="/metrics",status="405"} '
        return int(service().get("/metrics").body.split(name)[1].split(b"\n")[0])

    before = counted()
    answer = service().request("DELETE", "/%6detrics")
    is_problem(answer, 405, "/metrics takes")
    equal(answer.header("Allow"), "GET, HEAD")
    equal(service().get("/%6Detrics").status, 200)
    equal(counted(), before + 1)


def test_host_may_be_empty_and_does_not_count_with_an_absolute_target():
    for request, status in (
        (b"GET /healthz HTTP/1.1\r\nHost:\r\n", 200), (b"GET /healthz HTTP/1.1\r\nHost: \t\r\n", 200),
        (b"GET http://localhost/healthz HTTP/1.1\r\nHost: a b\r\n", 200),
        (b"GET http://localhost/healthz HTTP/1.1\r\nHost:\r\n", 200),
        (b"GET http://localhost/healthz HTTP/1.1\r\n", 400), (b"GET /healthz HTTP/1.1\r\nHost: a b\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost:\r\nHost:\r\n", 400),
    ):
        (got, _, _), = answers(service().raw(request + b"Connection: close\r\n\r\n"))
        equal(got, status, f"{request!r}")


def test_tls_on_the_plain_port_is_closed_at_once_with_a_hint_in_the_log():
    with socket.create_connection(("127.0.0.1", service().port), timeout=30) as client:
        # The beginning of a ClientHello.
        client.sendall(bytes.fromhex("1603010200010001fc0303"))
        equal(client.recv(4096), b"")
    deadline = time.monotonic() + 30
    while "TLS on the plain HTTP port" not in service().output() and time.monotonic() < deadline:
        time.sleep(0.05)
    line, = [line for line in service().output().splitlines() if "TLS on the plain HTTP port" in line]
    assert "proxy that terminates TLS" in line and "client=127.0.0.1" in line, line


def test_a_flood_of_requests_lets_another_connection_through():
    # The responses to the flood are not read and are more than sockets hold.
    request = head("GET", "/metrics") + head("GET", "/nothing") * 200
    with socket.create_connection(("127.0.0.1", service().port), timeout=30) as flood:
        flood.setblocking(False)
        try:
            while True:
                flood.send(request * 10)
        except BlockingIOError:
            pass
        for path in ("/healthz", "/readyz", "/healthz"):
            equal(service().get(path).status, 200)


def test_a_head_gets_the_headers_of_a_get():
    for path in ("/healthz", "/readyz", "/queryevents/count?num_of_hours=24&until=2000-01-01T00:00:00Z",
                 "/queryevents/topn?player_id=x", "/queryevents/topn", "/nothing"):
        whole, bare = service().get(path), service().request("HEAD", path)
        equal((bare.status, bare.body), (whole.status, b""), path)
        equal(bare.header("Content-Type"), whole.header("Content-Type"), path)
        equal(bare.header("Content-Length"), str(len(whole.body)), path)


def test_of_several_faults_the_first_of_the_list_answers():
    large = b"x" * 70_000
    odd = {"Content-Encoding": "br"}
    for method, path, body, headers, status in (
        ("PUT", "/nothing", large, odd, 404), ("PUT", "/batchevents", large, odd, 405),
        ("POST", "/batchevents", large, odd, 415), ("POST", "/batchevents", large, {}, 413),
        ("POST", "/batchevents", b"nonsense\n" * 11, {}, 413), ("POST", "/batchevents", b"nonsense\n", {}, 400),
        ("POST", "/batchevents", b"nonsense", odd, 415), ("POST", "/batchevents", b"", odd, 415),
    ):
        is_problem(service().request(method, path, body, headers), status)


def test_any_content_type_is_taken():
    player, day = fresh()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense", "application/json; charset=latin-1"):
        body = lines(start(player, "s", f"{day}T10:00:00"))
        equal(service().post("/batchevents", body, {"Content-Type": kind}).status, 200, kind)
        query = service().post("/queryevents/count", {"num_of_hours": 1}, {"Content-Type": kind})
        equal(query.status, 200, kind)


def test_chunked_bodies_are_read():
    player, day = fresh()
    body = lines(start(player, "s", f"{day}T10:00:00"), end(player, "s", f"{day}T10:00:00"))
    for size in (1, 7, len(body)):
        chunks = b"".join(
            b"%x;name=value\r\n%b\r\n" % (len(body[at:at + size]), body[at:at + size])
            for at in range(0, len(body), size)
        )
        request = head("POST", "/batchevents", "Transfer-Encoding: chunked", "Connection: close") + chunks
        (status, _, text), = answers(service().raw(request + b"0\r\nTrailer: x\r\n\r\n"))
        equal((status, json.loads(text)["accepted"]), (200, 2), f"chunks of {size}")


def test_pipelined_requests_are_answered_in_order():
    player, day = fresh()
    body = lines(start(player, "s", f"{day}T10:00:00"), end(player, "s", f"{day}T10:00:00"))
    post = head("POST", "/batchevents", f"Content-Length: {len(body)}") + body
    top = head("GET", f"/queryevents/topn?player_id={player}")
    last = head("GET", "/healthz", "Connection: close")
    got = answers(service().raw((post + top + head("GET", "/nothing")) * 20 + last))
    equal([status for status, _, _ in got], [200, 200, 404] * 20 + [200])
    for index in range(20):
        equal(json.loads(got[index * 3 + 1][2])["session_ids"], ["s"], "what was acknowledged before is seen")


def test_an_expected_continue_is_given_or_refused():
    player, day = fresh()
    body = lines(start(player, "s", f"{day}T10:00:00"))
    for length, first in ((len(body), b"HTTP/1.1 100"), (10_000_000, b"HTTP/1.1 413")):
        with socket.create_connection(("127.0.0.1", service().port), timeout=harness.PATIENCE) as connection:
            connection.sendall(head("POST", "/batchevents", f"Content-Length: {length}", "Expect: 100-continue"))
            got = connection.recv(4096)
            assert got.startswith(first), got
            if length == len(body):
                connection.sendall(body)
                assert b"200" in connection.recv(4096).split(b"\r\n")[0]


def test_a_request_byte_by_byte_is_read():
    body = b'{"num_of_hours": 1}'
    request = head("POST", "/queryevents/count", f"Content-Length: {len(body)}", "Connection: close") + body
    with socket.create_connection(("127.0.0.1", service().port), timeout=harness.PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            connection.sendall(bytes([byte]))
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_heads_that_could_be_read_in_two_ways_are_400():
    for request in (
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        head("POST", "/batchevents", "Content-Length: 1", "Content-Length: 2") + b"xx",
        head("POST", "/batchevents", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head("POST", "/batchevents", "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
        head("POST", "/batchevents", "Transfer-Encoding: chunked") + b"0\r\nno colon\r\n\r\n",
        head("POST", "/batchevents", "Transfer-Encoding: identity") + b"x",
        head("POST", "/batchevents", "Content-Length: -1"), head("POST", "/batchevents", "Content-Length: 1x"),
        head("GET", "/healthz", "X : y"), head("GET", "/healthz", "X: y", " folded"),
        head("GET", "/healthz", "X: a\0b"), b"nonsense\r\n\r\n",
    ):
        got = service().raw(request + head("GET", "/healthz"))
        statuses = [status for status, _, _ in answers(got)]
        equal(statuses, [400], f"{request!r}: {got[:300]!r}")
    equal(service().get("/healthz").status, 200)


def test_large_heads_are_refused_and_old_clients_served():
    got = answers(service().raw(head("GET", "/healthz", "X: " + "y" * 200_000)))
    assert got and got[0][0] == 431, got
    got = answers(service().raw(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"))
    equal(got[0][0], 200)
    got = answers(service().raw(b"GET /healthz HTTP/3.7\r\nHost: localhost\r\n\r\n"))
    assert got and got[0][0] in (400, 505), got


def test_the_service_says_how_it_is():
    equal(service().get("/healthz").status, 200)
    equal(service().get("/readyz").status, 200)
    answer = service().get("/metrics")
    equal(answer.status, 200)
    assert answer.header("Content-Type").startswith("text/plain"), answer.headers
    text = answer.body.decode()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            float(line.rsplit(" ", 1)[1])
    assert text.endswith("\n") and "# TYPE " in text, text[:500]


def test_many_connections_at_once_are_served():
    body = b'{"num_of_hours": 1}'
    request = head("POST", "/queryevents/count", f"Content-Length: {len(body)}", "Connection: close") + body
    connections = [socket.create_connection(("127.0.0.1", service().port), timeout=harness.PATIENCE) for _ in range(300)]
    try:
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        for connection in connections:
            connection.close()
