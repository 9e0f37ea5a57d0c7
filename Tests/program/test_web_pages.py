"""Requests that browsers send for web pages: which are accepted and refused, and what an allowed page can read."""

import harness
from harness import Directory, Service, equal, lines, run, start
from shared import fresh, is_problem, service

DASHBOARD = "https://dashboard.example.com"
ALLOWED = {"PLAYER_SESSIONS_ALLOWED_ORIGINS": f"{DASHBOARD}, http://localhost:3000"}
PATHS = ("/batchevents", "/queryevents/count?num_of_hours=1", "/queryevents/topn?player_id=p", "/healthz", "/readyz",
         "/metrics", "/nothing")
# What Chromium 120 sends for fetch(url, {method: "POST", mode: "no-cors", body: text}) from a page on the internet.
PAGE = {
    "Content-Type": "text/plain;charset=UTF-8", "Origin": "https://page.example", "Referer": "https://page.example/",
    "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty",
}


def accepted(running):
    return running.get("/metrics").body.decode().split("player_sessions_events_accepted_total ")[1].split("\n")[0]


def test_no_page_of_another_site_can_send_or_read():
    player, day = fresh()
    before = accepted(service())
    body = lines(start(player, "s", f"{day}T10:00:00"))
    for headers in (
        PAGE, {"Origin": "https://page.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
    ):
        is_problem(service().post("/batchevents", body, headers), 403, "allowed_origins")
        for path in PATHS:
            is_problem(service().get(path, headers), 403, "allowed_origins")
    equal(accepted(service()), before, "nothing was stored")


def test_a_page_whose_name_became_that_of_this_machine_cannot_read():
    for path in PATHS:
        for host in ("page.example", f"page.example:{service().port}", "0.0.0.0", "127.0.0.1.page.example"):
            is_problem(service().get(path, {"Host": host}), 421, "allowed_hosts", host.split(":")[0])
    origin = f"http://page.example:{service().port}"
    rebound = {"Host": origin[len("http://"):], "Origin": origin, "Sec-Fetch-Site": "same-origin"}
    is_problem(service().post("/batchevents", b"x", rebound), 421)


def test_programs_and_the_persons_own_browser_notice_nothing():
    player, day = fresh()
    port = service().port
    for headers in (
        {}, {"Host": f"localhost:{port}"}, {"Host": "sub.localhost"}, {"Host": "127.8.9.10"}, {"Host": f"[::1]:{port}"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}", "Sec-Fetch-Site": "same-origin"},
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
    ):
        equal(service().get("/readyz", headers).status, 200, headers)
        if "Sec-Fetch-Mode" not in headers:
            body = lines(start(player, "s", f"{day}T10:00:00"))
            equal(service().post("/batchevents", body, headers).status, 200, headers)
    got = service().raw(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200 "), got


def test_the_host_of_a_whole_url_counts_and_not_the_header():
    for target, host, status in (
        ("http://page.example/healthz", "localhost", b"421"), ("http://localhost/healthz", "page.example", b"200"),
    ):
        head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        equal(service().raw(head.encode()).split(b" ")[1], status, target)


def test_a_proxy_that_passes_the_public_host_on_needs_it_allowed():
    with Directory() as directory:
        (directory / "config.json5").write_text("{allowed_hosts: 'sessions.example.com, [fd00::7]'}")
        with Service(directory / "store", "--config", directory / "config.json5") as running:
            for host in ("sessions.example.com", "Sessions.Example.COM:443", "[fd00::7]", "localhost"):
                equal(running.get("/readyz", {"Host": host}).status, 200, host)
            is_problem(running.get("/readyz", {"Host": "sessions.example.net"}), 421)


def test_a_service_for_the_network_answers_to_every_host_unless_hosts_are_named():
    for options, strange in (((), 200), (("--allowed-hosts", "sessions.example.com"), 421)):
        with Directory() as directory, Service(directory / "store", *options, address="0.0.0.0") as running:
            equal(running.get("/healthz", {"Host": "stranger.example"}).status, strange)
            equal(running.get("/healthz", {"Host": "sessions.example.com"}).status, 200)
            is_problem(running.get("/healthz", {"Origin": "https://page.example"}), 403)


def test_an_allowed_page_sees_every_answer():
    running = service(**ALLOWED)
    player, day = fresh()
    body = lines(start(player, "s", f"{day}T10:00:00"))
    for origin in (DASHBOARD, "http://localhost:3000"):
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        for method, path, sent, status in (
            ("POST", "/batchevents", body, 200), ("POST", "/batchevents", b"x", 400),
            ("POST", "/batchevents", b"x" * 70_000, 413), ("GET", "/queryevents/count?num_of_hours=1", None, 200),
            ("GET", "/queryevents/topn", None, 400), ("GET", "/metrics", None, 200), ("GET", "/nothing", None, 404),
            ("DELETE", "/metrics", None, 405),
        ):
            answer = running.request(method, path, sent, headers)
            equal(answer.status, status, f"{method} {path}")
            equal(answer.header("Access-Control-Allow-Origin"), origin, f"{method} {path}")
            assert "Retry-After" in answer.header("Access-Control-Expose-Headers")
            equal(answer.header("Vary"), "Origin")
    is_problem(running.get("/healthz", {"Origin": "https://other.example.com"}), 403)
    assert running.get("/healthz").header("Access-Control-Allow-Origin") is None


def test_a_page_s_next_request_on_the_connection_is_judged_by_itself():
    running = service(**ALLOWED)
    connection = running.connection()
    for headers, allowed in (({"Origin": DASHBOARD}, DASHBOARD), ({}, None), ({"Origin": DASHBOARD}, DASHBOARD)):
        answer = harness.ask(connection, "GET", "/healthz", headers=headers)
        equal((answer.status, answer.header("Access-Control-Allow-Origin")), (200, allowed))
    connection.close()
    head = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: {DASHBOARD}\r\n\r\nnonsense\r\n\r\n"
    first, second = running.raw(head.encode()).split(b"HTTP/1.1 400 ")
    assert b"Access-Control-Allow-Origin" in first and b"Access-Control-Allow-Origin" not in second, (first, second)


def test_preflights_of_allowed_pages_are_answered():
    running = service(**ALLOWED)
    ask = {
        "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-encoding,prefer",
        "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors",
    }
    answer = running.request("OPTIONS", "/batchevents", None, {"Origin": DASHBOARD} | ask)
    equal((answer.status, answer.body), (204, b""))
    for name, value in (
        ("Access-Control-Allow-Origin", DASHBOARD), ("Access-Control-Allow-Methods", "POST"), ("Vary", "Origin"),
        ("Access-Control-Allow-Headers", "Content-Type, Content-Encoding, Prefer"), ("Access-Control-Max-Age", "600"),
    ):
        equal(answer.header(name), value)
    is_problem(running.request("OPTIONS", "/batchevents", None, PAGE | ask), 403)
    is_problem(running.request("OPTIONS", "/batchevents", None, {"Access-Control-Request-Method": "POST"}), 405)


def test_all_origins_can_be_allowed():
    running = service(PLAYER_SESSIONS_ALLOWED_ORIGINS="*")
    for headers in (PAGE, {"Origin": "null"}):
        answer = running.get("/readyz", headers)
        equal((answer.status, answer.header("Access-Control-Allow-Origin")), (200, "*"))
    is_problem(running.get("/readyz", PAGE | {"Host": "page.example"}), 421)


def test_what_cannot_be_an_origin_or_a_host_stops_the_start():
    for flag, value in (
        ("--allowed-origins", "null"), ("--allowed-origins", "dashboard.example.com"), ("--allowed-hosts", "a:80"),
    ):
        status, _, errors = run("check-config", flag, value)
        equal(status, 2, errors)
        assert flag in errors and value in errors, errors
