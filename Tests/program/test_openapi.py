"""docs/openapi.yaml against the running program: what it describes occurs, and what occurs is described."""

import json
import signal
import socket
import time
import urllib.parse

import harness
import openapi
from harness import Directory, Service, end, equal, lines, start
from shared import fresh, is_problem, service

ORIGIN = "https://dashboard.example.com"
# Headers of every response that belong to HTTP itself.
EVERYWHERE = {"date", "connection", "content-length", "content-type"}
# These need a failing or overloaded store; other tests cover them.
NOT_BROUGHT_ABOUT = {
    (path, method, status) for path, method, _ in openapi.operations() for status in ("500", "503")
} - {("/readyz", "GET", "503"), ("/readyz", "HEAD", "503"), ("/batchevents", "POST", "503")}
LARGE = b"x" * 70_000


def running():
    return service(PLAYER_SESSIONS_ALLOWED_ORIGINS=ORIGIN)


def query(operation):
    """Returns the query of an operation's URL, made of the examples of its parameters."""
    parameters = [openapi.resolved(one) for one in operation.get("parameters", [])]
    pairs = {one["name"]: one["example"] for one in parameters if one["in"] == "query"}
    return "?" + urllib.parse.urlencode(pairs) if pairs else ""


def body(operation):
    """Returns the example of an operation's body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for example in openapi.examples(content):
            return example.encode() if isinstance(example, str) else json.dumps(example).encode()
    return None


def requests(path, method, operation):
    """Yields requests that cause each status: (status, path with its query, body, headers)."""
    target, sent = path + query(operation), body(operation)
    yield "421", target, sent, {"Host": "page.example"}
    yield "403", target, sent, {"Origin": "https://page.example"}
    if method == "OPTIONS":
        yield "204", path, None, {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        yield "405", path, None, {}
        return
    yield "200", target, sent, {}
    yield "413", target, LARGE, {}
    if method == "POST":
        yield "415", target, sent, {"Content-Encoding": "br"}
        yield "400", target, b"nonsense", {}
        yield "400", target, b"", {}
    if path == "/batchevents":
        yield "200", target, sent, {"Prefer": "handling=lenient"}
        yield "200", target, sent + b"nonsense\n", {"Prefer": "handling=lenient"}
        yield "400", target, sent + b"nonsense\n", {}
        yield "413", target, sent * 6, {}
    elif "?" in target:
        yield "400", path, None, {}
        yield "400", target + "&nonsense=1", None, {}


def described(answer, path, method, operation):
    """Checks that the operation describes the response."""
    what = f"{method} {path} answered {answer} with {answer.headers}"
    responses = operation["responses"]
    assert str(answer.status) in responses, f"not described: {what}"
    response = openapi.resolved(responses[str(answer.status)])
    content = response.get("content")
    if content is None:
        equal(answer.body, b"", what)
    else:
        kind = answer.header("Content-Type").split(";")[0]
        assert kind in content, f"content type not described: {what}"
        value = answer.json if kind.endswith("json") else answer.body.decode()
        equal(openapi.faults(content[kind]["schema"], value), [], what)
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    for name, value in answer.headers:
        if name.lower() in EVERYWHERE:
            continue
        assert name.lower() in headers, f"header {name} not described: {what}"
        schema = openapi.resolved(headers[name.lower()])["schema"]
        number = openapi.resolved(schema).get("type") == "integer"
        equal(openapi.faults(schema, int(value) if number else value), [], what)


def test_what_is_described_comes_and_what_comes_is_described():
    for path, method, operation in openapi.operations():
        missing = set(operation["responses"])
        missing -= {status for status in missing if (path, method, status) in NOT_BROUGHT_ABOUT}
        for status, target, sent, headers in requests(path, method, operation):
            answer = running().request(method, target, sent, headers)
            equal(str(answer.status), status, f"{method} {target} {headers}: {answer}")
            described(answer, path, method, operation)
            missing.discard(status)
        if (path, method) in {("/readyz", "GET"), ("/readyz", "HEAD"), ("/batchevents", "POST")}:
            missing.discard("503")  # The next test.
        equal(missing, set(), f"{method} {path}: described, and not seen")


def test_a_service_that_stops_answers_as_described():
    operations = {(path, method): operation for path, method, operation in openapi.operations()}
    with Directory() as directory, Service(directory / "store") as stopping:
        clients = []
        for path, method in (("/readyz", "GET"), ("/readyz", "HEAD"), ("/batchevents", "POST")):
            client = socket.create_connection(("127.0.0.1", stopping.port), timeout=30)
            client.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n".encode())
            clients.append((client, path, method))
        harness.ask(stopping.connection(), "GET", "/healthz")
        stopping.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while "stopping" not in stopping.output() and time.monotonic() < deadline:
            time.sleep(0.01)
        for client, path, method in clients:
            client.sendall(b"\r\n")
            got = b""
            while received := client.recv(65_536):
                got += received
            client.close()
            head, content = got.split(b"\r\n\r\n", 1)
            status, *fields = head.decode().split("\r\n")
            headers = [tuple(field.split(": ", 1)) for field in fields]
            answer = harness.Answer(int(status.split()[1]), headers, content)
            equal(answer.status, 503, answer)
            assert 5 <= int(answer.header("Retry-After")) <= 10, headers
            described(answer, path, method, operations[path, method])
        equal(stopping.wait(), 0)


def test_every_path_and_method_is_described():
    answer = running().get("/nothing")
    paths = {word.strip(",.") for word in is_problem(answer, 404)["detail"].split() if word.startswith("/")}
    equal(paths, set(openapi.DOCUMENT["paths"]))
    for path, methods in openapi.DOCUMENT["paths"].items():
        allowed = running().request("DELETE", path).header("Allow").split(", ")
        equal({method.upper() for method in methods} - {"OPTIONS"}, set(allowed), path)


def test_every_example_is_what_its_schema_describes():
    def check(node, where):
        if isinstance(node, list):
            for number, one in enumerate(node):
                check(one, f"{where}[{number}]")
        if not isinstance(node, dict):
            return
        if "schema" in node:
            for example in openapi.examples(node):
                equal(openapi.faults(node["schema"], example), [], where)
        if "default" in node:
            equal(openapi.faults(node, node["default"]), [], where)
        for name, one in node.items():
            check(one, f"{where}/{name}")

    check(openapi.DOCUMENT, "")
    event = {"$ref": "#/components/schemas/Event"}
    for line in body(openapi.DOCUMENT["paths"]["/batchevents"]["post"]).splitlines():
        equal(openapi.faults(event, json.loads(line)), [], line)


def test_the_examples_of_problems_are_the_program_s_own():
    examples = {
        name: response["content"]["application/problem+json"]["example"]
        for name, response in openapi.DOCUMENT["components"]["responses"].items() if "content" in response
    }
    for name, request in {
        "InvalidQuery": ("POST", "/queryevents/count", b"{}", {}),
        "MethodNotAllowed": ("PUT", "/queryevents/count", b"", {}),
        "BodyTooLarge": ("POST", "/batchevents", LARGE, {}),
        "UnsupportedEncoding": ("POST", "/batchevents", b"x", {"Content-Encoding": "br"}),
        "OriginNotAllowed": ("POST", "/batchevents", b"x", {"Origin": "https://page.example"}),
        "HostNotAllowed": ("POST", "/batchevents", b"x", {"Host": "page.example"}),
    }.items():
        equal(running().request(*request).json, examples.pop(name), name)
    equal(set(examples), {"StoreFailed", "Unavailable"}, "examples that only a failing store gives")
    for status, sent in (("413", b"{}\n" * 11), ("400", None)):
        example = openapi.DOCUMENT["paths"]["/batchevents"]["post"]["responses"][status]
        example = example["content"]["application/problem+json"]["example"]
        if sent:
            equal(running().post("/batchevents", sent).json, example)
        else:
            events = lines(start("p", "s", "2016-12-02T12:48:05"), end("p", "s", "2016-02-30T12:48:05"))
            got = running().post("/batchevents", events).json
            equal({**got, "errors": [error["field"] for error in got["errors"]]},
                  {**example, "errors": [error["field"] for error in example["errors"]]})


def test_readiness_is_the_example():
    operation = openapi.DOCUMENT["paths"]["/readyz"]["get"]
    equal(running().get("/readyz").json, operation["responses"]["200"]["content"]["application/json"]["example"])


def test_a_value_is_taken_where_its_schema_takes_it():
    player, _ = fresh()
    count = openapi.DOCUMENT["paths"]["/queryevents/count"]["post"]["requestBody"]["content"]["application/json"]
    top = openapi.DOCUMENT["paths"]["/queryevents/topn"]["post"]["requestBody"]["content"]["application/json"]
    for path, content, rest, member, values in (
        ("/queryevents/count", count, {}, "num_of_hours",
         [24, 0.5, 876600, "24", "0.5", "007", "00.10", 0, -1, 876600.5, 876601, "0", "0.0", "-1", "+1", "1e3", ".5",
          "5.", " 1", "", "x", True, None, [], {}]),
        ("/queryevents/count", count, {"num_of_hours": 1}, "country", ["FI", "fi", "F", "FIN", "", 1, None]),
        ("/queryevents/count", count, {"num_of_hours": 1}, "until",
         ["2016-12-02T13:00:00Z", "2016-12-02 13:00:00.5", "2016-12-02", "now", "", 1, None]),
        ("/queryevents/count", count, {"num_of_hours": 1}, "nonsense", [1]),
        ("/queryevents/topn", top, {}, "player_id", [player, "p" * 128, "p" * 129, "", 1, None]),
        ("/queryevents/topn", top, {"player_id": player}, "n",
         [1, 100, 20, "1", "100", "0020", 0, 101, -1, 1.5, "0", "000", "101", "1000", "-1", "1.0", "", "x", True,
          None]),
    ):
        for value in values:
            query = rest | {member: value}
            expected = 400 if openapi.faults(content["schema"], query) else 200
            answer = running().post(path, query)
            equal(answer.status, expected, f"{path} {query}: {answer}")
            if isinstance(value, str):
                # In a URL every value is a string.
                answer = running().get(f"{path}?{urllib.parse.urlencode(query)}")
                equal(answer.status, expected, f"GET {path} {query}: {answer}")


def test_what_no_schema_can_say_is_said_in_words():
    # JSON Schema knows a number's value, not how it is written.
    for path, sent, words in (
        ("/queryevents/count", b'{"num_of_hours": 1e1}', "Without an exponent"),
        ("/queryevents/topn", b'{"player_id": "p", "n": 2e1}', "2e1 and 20.0 are refused"),
        ("/queryevents/topn", b'{"player_id": "p", "n": 20.0}', "2e1 and 20.0 are refused"),
    ):
        is_problem(running().post(path, sent), 400)
        operation = openapi.DOCUMENT["paths"][path]["post"]
        assert words in json.dumps(operation), words
