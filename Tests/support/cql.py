"""The parts of Cassandra's native protocol (specification, version 4) that tests need to query one particular node."""

import socket
import struct

OPTIONS, SUPPORTED, STARTUP, READY, QUERY, RESULT, ERROR = 0x05, 0x06, 0x01, 0x02, 0x07, 0x08, 0x00
AUTHENTICATE, AUTH_RESPONSE, AUTH_SUCCESS = 0x03, 0x0F, 0x10
ROWS = 2
ONE = 0x0001
SET = 0x0022


def envelope(opcode, body=b"", stream=0):
    """Returns a request."""
    return struct.pack(">BBhBi", 4, 0, stream, opcode, len(body)) + body


def receive(connection, count):
    got = b""
    while len(got) < count:
        part = connection.recv(count - len(got))
        if not part:
            raise ConnectionError("the node has closed the connection")
        got += part
    return got


def read_answer(connection, seconds=10):
    """Returns the opcode and the body of the next response."""
    connection.settimeout(seconds)
    header = receive(connection, 9)
    return header[4], receive(connection, int.from_bytes(header[5:9], "big"))


def read_opcode(connection, seconds=10):
    """Returns the opcode of the next response; None if none arrives in time or the connection ends."""
    try:
        return read_answer(connection, seconds)[0]
    except (TimeoutError, ConnectionError):
        return None


def connect(address, port=9042, login=None):
    """Connects to a node; `login` is a name and a password, for nodes that require them."""
    connection = socket.create_connection((address, port), timeout=10)
    connection.sendall(envelope(STARTUP, struct.pack(">HH11sH5s", 1, 11, b"CQL_VERSION", 5, b"3.0.0")))
    opcode = read_opcode(connection)
    if opcode == AUTHENTICATE and login:
        token = b"\0" + login[0].encode() + b"\0" + login[1].encode()
        connection.sendall(envelope(AUTH_RESPONSE, struct.pack(">i", len(token)) + token))
        opcode = READY if (answer := read_opcode(connection)) == AUTH_SUCCESS else answer
    if opcode != READY:
        raise AssertionError(f"a node answered STARTUP with {opcode}")
    return connection


def send(connection, text, consistency=ONE):
    """Sends a statement without waiting for the response."""
    statement = text.encode()
    connection.sendall(envelope(QUERY, struct.pack(">i", len(statement)) + statement + struct.pack(">HB", consistency, 0)))


def run(connection, text, consistency=ONE):
    """Runs a statement and returns its rows, each a list of its columns' bytes, with None for null."""
    send(connection, text, consistency)
    opcode, body = read_answer(connection, seconds=30)
    if opcode == ERROR:
        length = int.from_bytes(body[4:6], "big")
        raise AssertionError(f"{text}: {body[6:6 + length].decode()}")
    return list(rows(body)) if body[:4] == struct.pack(">i", ROWS) else []


def rows(body):
    """Yields the rows of a result (specification, section 4.2.5.2) with columns of simple types or sets of them."""
    flags, columns = struct.unpack_from(">ii", body, 4)
    place = 12

    def skip_string():
        nonlocal place
        place += 2 + int.from_bytes(body[place:place + 2], "big")

    for _ in range(2 if flags & 1 else 0):
        skip_string()
    for _ in range(columns):
        skip_string()
        kind = int.from_bytes(body[place:place + 2], "big")
        # Of the types with parameters, only sets are supported.
        assert kind < 0x20 or kind == SET, f"column type {kind:#x}"
        place += 4 if kind == SET else 2
    (count,) = struct.unpack_from(">i", body, place)
    place += 4
    for _ in range(count):
        row = []
        for _ in range(columns):
            (length,) = struct.unpack_from(">i", body, place)
            place += 4
            row.append(None if length < 0 else body[place:place + length])
            place += max(length, 0)
        yield row


def elements(value):
    """Yields the elements of a set, as bytes."""
    (count,) = struct.unpack_from(">i", value)
    place = 4
    for _ in range(count):
        (length,) = struct.unpack_from(">i", value, place)
        place += 4
        yield value[place:place + length]
        place += length
