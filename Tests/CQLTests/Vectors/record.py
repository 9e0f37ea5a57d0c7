#!/usr/bin/env python3
"""Records what a real Cassandra answers, as test vectors for the CQL module. Needs Python's standard library only.

The requests are encoded here by hand, apart from the module's own code: a test asks that the module gives the same
bytes, which a server has accepted, and that it reads the bytes that the server sent.

    record.py main        HOST[:PORT] > main.txt         # a node without passwords
    record.py down        HOST[:PORT] > down.txt         # two nodes, the second one killed
    record.py paused      HOST[:PORT] > paused.txt       # two nodes, the second one stopped by SIGSTOP
    record.py events      HOST[:PORT] > events.txt       # two nodes; kill the second and start it again meanwhile
    record.py auth        HOST[:PORT] > auth.txt         # a node with passwords, the user cassandra/cassandra
    record.py compressed  HOST[:PORT] < requests > compressed.txt

`main` has to run first: the others read its tables. `failure.txt` is an earlier recording of `main`.
`compressed` sends what the module itself has compressed, as Python's library has no LZ4: a line VERSION BYTES for each
connection, three requests in BYTES, as `FrameEncoder` gives them.

Each exchange is one line `exchange NAME VERSION COMPRESSION`, one line `> BYTES` with what was sent and one line
`< BYTES` with what came, both in hexadecimal and as on the wire, frames and checksums included. COMPRESSION is
`none` or `lz4`; `handshake` stands for version 5 before its frames begin. Lines with `#` are comments.
"""

import contextlib
import socket
import struct
import sys
import time
import zlib

OPTIONS, STARTUP, QUERY, PREPARE, EXECUTE, REGISTER, BATCH, AUTH_RESPONSE = 5, 1, 7, 9, 10, 11, 13, 15
LARGEST_PAYLOAD = (1 << 17) - 1
KEYSPACE = "vectors"


# Notations

def short(number):
    return struct.pack(">H", number)


def integer(number):
    return struct.pack(">i", number)


def long(number):
    return struct.pack(">q", number)


def string(text):
    return short(len(text.encode())) + text.encode()


def long_string(text):
    return integer(len(text.encode())) + text.encode()


def byte_string(data):
    return integer(-1) if data is None else integer(len(data)) + data


def string_map(entries):
    return short(len(entries)) + b"".join(string(k) + string(v) for k, v in sorted(entries.items()))


UNSET = integer(-2)


# Frames of version 5

def crc24(data):
    checksum = 0x875060
    for byte in data:
        checksum ^= byte << 16
        for _ in range(8):
            checksum <<= 1
            if checksum & 0x1000000:
                checksum ^= 0x1974F0B
    return checksum.to_bytes(3, "little")


def crc32(data):
    return zlib.crc32(data, zlib.crc32(b"\xFA\x2D\x55\xCA")).to_bytes(4, "little")


def segment(payload, compression, self_contained=True):
    if compression == "lz4":
        # Nothing is compressed: the unpacked length is 0. Servers take that, and there is no LZ4 in Python's library.
        header = (len(payload) | self_contained << 34).to_bytes(5, "little")
    else:
        header = (len(payload) | self_contained << 17).to_bytes(3, "little")
    return header + crc24(header) + payload + crc32(payload)


def unpack_lz4(data):
    """An LZ4 block's contents."""
    out, at = bytearray(), 0
    while True:
        token, at = data[at], at + 1

        def length(nibble):
            nonlocal at
            total = nibble
            while nibble == 15:
                total, at = total + data[at], at + 1
                if data[at - 1] != 255:
                    break
            return total

        literals = length(token >> 4)
        out += data[at:at + literals]
        at += literals
        if at >= len(data):
            return bytes(out)
        distance, at = int.from_bytes(data[at:at + 2], "little"), at + 2
        for _ in range(length(token & 15) + 4):
            out.append(out[-distance])


class Connection:
    """A connection that prints what it sends and gets."""

    def __init__(self, host, port, version, compression="none"):
        self.version, self.compression = version, compression
        self.framed = False
        self.socket = socket.create_connection((host, port), timeout=30)
        self.raw = bytearray()

    def take(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        self.raw += data
        return data

    def take_segment(self):
        size = 5 if self.compression == "lz4" else 3
        header = self.take(size + 3)
        assert crc24(header[:size]) == header[size:]
        value = int.from_bytes(header[:size], "little")
        payload = self.take(value & LARGEST_PAYLOAD)
        assert self.take(4) == crc32(payload)
        if self.compression == "lz4" and (value >> 17) & LARGEST_PAYLOAD:
            payload = unpack_lz4(payload)
        return payload

    def receive(self):
        """The opcode and the body of the next message."""
        if not self.framed or self.version < 5:
            header = self.take(9)
            body = self.take(int.from_bytes(header[5:], "big"))
            if header[1] & 1:
                body = unpack_lz4(body[4:])
        else:
            data = self.take_segment()
            while len(data) < 9 or len(data) < 9 + int.from_bytes(data[5:9], "big"):
                data += self.take_segment()
            header, body = data[:9], data[9:]
        return header[4], body

    def exchange(self, name, opcode, body, flags=0, stream=1, version=None):
        """Sends a message, waits for its answer, prints both and returns the answer's opcode and body."""
        version = version or self.version
        envelope = struct.pack(">BBhBi", version, flags, stream, opcode, len(body)) + body
        framed = self.framed and self.version >= 5
        sent = segment(envelope, self.compression) if framed else envelope
        self.raw.clear()
        self.socket.sendall(sent)
        answer = self.receive()
        print(f"exchange {name} {self.version} {self.compression if framed or self.version < 5 else 'handshake'}")
        print(">", sent.hex())
        print("<", bytes(self.raw).hex())
        return answer

    def start(self):
        self.exchange("options", OPTIONS, b"", stream=0)
        options = {"CQL_VERSION": "3.0.0"}
        if self.compression != "none":
            options["COMPRESSION"] = self.compression
        opcode, _ = self.exchange("startup", STARTUP, string_map(options), stream=0)
        self.framed = True
        return opcode

    def parameters(self, flags=0, rest=b"", consistency=1):
        return short(consistency) + (integer(flags) if self.version >= 5 else bytes([flags])) + rest

    def query(self, name, text, flags=0, rest=b"", consistency=1, envelope_flags=0):
        body = long_string(text) + self.parameters(flags, rest, consistency)
        return self.exchange(name, QUERY, body, envelope_flags)

    def prepare(self, name, text):
        body = long_string(text) + (integer(0) if self.version >= 5 else b"")
        _, body = self.exchange(name, PREPARE, body)
        size = int.from_bytes(body[4:6], "big")
        identity, rest = body[6:6 + size], body[6 + size:]
        metadata = None
        if self.version >= 5:
            size = int.from_bytes(rest[:2], "big")
            metadata = rest[2:2 + size]
        return identity, metadata

    def execute(self, name, statement, flags=0, rest=b"", consistency=1):
        identity, metadata = statement
        body = short(len(identity)) + identity
        if self.version >= 5:
            body += short(len(metadata)) + metadata
        return self.exchange(name, EXECUTE, body + self.parameters(flags, rest, consistency))


def values(*encoded):
    return short(len(encoded)) + b"".join(encoded)


TYPES = """CREATE TABLE IF NOT EXISTS vectors.types (key int PRIMARY KEY, a ascii, b bigint, c blob, d boolean,
 e double, f float, g inet, h list<int>, i map<text, bigint>, j set<frozen<tuple<bigint, text>>>, k smallint,
 l text, m timestamp, n timeuuid, o tinyint, p tuple<int, text>, q uuid, r frozen<list<text>>, s inet, t varint)"""

ROW = """INSERT INTO vectors.types (key, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t) VALUES (1, 'abc',
 -9223372036854775808, 0x00ff, true, 1.5, -0.25, '127.0.0.1', [1, -2, 3], {'a': 1, 'ä': 2}, {(5, 'FI'), (6, 'US')},
 -32768, 'zażółć', '2016-12-02T12:48:05.520Z', 50554d6e-29bb-11e5-b345-feff819cdc9f, -128, (7, null),
 4a0c43c9-c43a-42ff-ba55-67563dfa35d4, ['x', ''], '::1', 12345678901234567890)"""


def main(host, port):
    for version, compression in [(4, "none"), (5, "none"), (4, "lz4"), (5, "lz4")]:
        connection = Connection(host, port, version, compression)
        connection.start()
        if compression == "none":
            statements(connection)
            errors(connection)
        else:
            zeros = "0x" + "00" * 150_000
            connection.exchange("register", REGISTER, short(1) + string("SCHEMA_CHANGE"), stream=0)
            connection.query("select-types", "SELECT * FROM vectors.types")
            quiet(host, port, f"INSERT INTO vectors.large (key, value) VALUES (1, {zeros})")
            connection.query("select-large", "SELECT value FROM vectors.large WHERE key = 1")
    # A version that no server has yet.
    connection = Connection(host, port, 4)
    connection.exchange("version-refused", OPTIONS, b"", stream=0, version=66)


def started(host, port, version):
    """A connection whose handshake is not printed."""
    with contextlib.redirect_stdout(None):
        connection = Connection(host, port, version)
        connection.start()
    return connection


def quiet(host, port, text):
    """Executes a statement and prints nothing."""
    connection = started(host, port, 4)
    with contextlib.redirect_stdout(None):
        opcode, body = connection.query("quiet", text, consistency=5)
    assert opcode == 8, body


def statements(connection):
    host, port = connection.socket.getpeername()
    connection.exchange(
        "register", REGISTER, short(3) + string("TOPOLOGY_CHANGE") + string("STATUS_CHANGE") + string("SCHEMA_CHANGE"),
        stream=0,
    )
    quiet(host, port, f"DROP KEYSPACE IF EXISTS {KEYSPACE}")
    # On another connection: the registered one is told of changes at any time, which would mix with its answers.
    other = started(host, port, connection.version)
    other.query(
        "create-keyspace",
        f"CREATE KEYSPACE {KEYSPACE} WITH replication = "
        "{'class': 'NetworkTopologyStrategy', 'datacenter1': 2}",
    )
    quiet(host, port, TYPES.replace("\n", ""))
    quiet(host, port, "CREATE TABLE vectors.players (player text, session text, starts set<frozen<tuple<bigint, text>>>,"
          " ended bigint, PRIMARY KEY ((player), session))")
    quiet(host, port, "CREATE TABLE vectors.large (key int PRIMARY KEY, value blob)")
    # A node that does not know a table yet fails its part of a request.
    time.sleep(5)
    quiet(host, port, ROW.replace("\n", ""))
    quiet(host, port, "INSERT INTO vectors.types (key) VALUES (2)")
    other.query("select-types", "SELECT * FROM vectors.types")
    other.query("select-traced", "SELECT key FROM vectors.types WHERE key = 1", envelope_flags=2)
    other.query("use", "USE vectors")
    insert = other.prepare("prepare-insert", "INSERT INTO vectors.players (player, session, ended) VALUES (?, ?, ?)")
    select = other.prepare("prepare-select", "SELECT session, ended FROM vectors.players WHERE player = ?")
    bound = values(byte_string(b"p"), byte_string(b"s1"), byte_string(long(5)))
    # Consistency LOCAL_QUORUM, the write timestamp 17.
    other.execute("execute-insert", insert, 0x01 | 0x20, bound + long(17), 6)
    other.execute("execute-unset", insert, 0x01, values(byte_string(b"p"), byte_string(b"s2"), UNSET), 6)
    other.execute("execute-null", insert, 0x01, values(byte_string(b"p"), byte_string(b"s3"), byte_string(None)), 6)
    other.execute("execute-select", select, 0x01, values(byte_string(b"p")), 6)
    # Without the description of the columns; one row a page.
    _, body = other.execute("execute-page", select, 0x01 | 0x02 | 0x04, values(byte_string(b"p")) + integer(1), 6)
    size = int.from_bytes(body[12:16], "big")
    state = body[16:16 + size]
    other.execute(
        "execute-next-page", select, 0x01 | 0x04 | 0x08,
        values(byte_string(b"p")) + integer(1) + byte_string(state), 6,
    )
    batch(other, insert)
    star = other.prepare("prepare-star", "SELECT * FROM vectors.players WHERE player = ?")
    quiet(host, port, "ALTER TABLE vectors.players ADD added int")
    time.sleep(5)
    # The server has forgotten it now; prepared again it has the same id, and other columns.
    with contextlib.redirect_stdout(None):
        other.prepare("prepare-star", "SELECT * FROM vectors.players WHERE player = ?")
    other.execute("execute-changed", star, 0x01 | (0x02 if other.version >= 5 else 0), values(byte_string(b"p")), 6)
    quiet(host, port, "ALTER TABLE vectors.players DROP added")
    quiet(host, port, "INSERT INTO vectors.large (key, value) VALUES (2, 0x01)")
    if other.version >= 5:
        other.query(
            "query-version-5", "SELECT key FROM types WHERE key = 1", 0x80 | 0x100, string(KEYSPACE) + integer(1480682885)
        )
        other.exchange("prepare-keyspace", PREPARE, long_string("SELECT key FROM types") + integer(1) + string(KEYSPACE))
    print("# what the registered connection was told meanwhile")
    while True:
        connection.raw.clear()
        connection.socket.settimeout(3)
        try:
            connection.receive()
        except (TimeoutError, socket.timeout):
            break
        print(f"exchange event {connection.version} none")
        print("> ")
        print("<", bytes(connection.raw).hex())


def batch(connection, insert):
    def entry(*bound):
        return b"\x01" + short(len(insert[0])) + insert[0] + values(*bound)

    text = "DELETE FROM vectors.players WHERE player = ? AND session = ?"
    entries = [
        entry(byte_string(b"p"), byte_string(b"s4"), byte_string(long(9))),
        b"\x00" + long_string(text) + values(byte_string(b"p"), byte_string(b"s3")),
    ]
    flags = integer(0x20) if connection.version >= 5 else b"\x20"
    tail = short(6) + flags + long(18)
    connection.exchange("batch-logged", BATCH, b"\x00" + short(2) + b"".join(entries) + tail)
    # So many partitions that the server warns.
    many = [entry(byte_string(b"q%d" % n), byte_string(b"s"), byte_string(long(n))) for n in range(12)]
    flags = integer(0) if connection.version >= 5 else b"\x00"
    connection.exchange("batch-warned", BATCH, b"\x01" + short(12) + b"".join(many) + short(6) + flags)


def errors(connection):
    other = started(*connection.socket.getpeername(), connection.version)
    other.query("error-syntax", "SELEC")
    other.query("error-invalid", "SELECT x FROM vectors.types")
    other.query("error-keyspace-exists", "CREATE KEYSPACE vectors WITH replication = {'class': 'SimpleStrategy'}")
    other.query("error-table-exists", "CREATE TABLE vectors.large (key int PRIMARY KEY)")
    other.query(
        "error-configuration", "CREATE KEYSPACE other WITH replication = {'class': 'NetworkTopologyStrategy', 'x': 1}"
    )
    other.execute("error-unprepared", (b"0123456789abcdef", b"0123456789abcdef"), 0x01, values(byte_string(b"p")))
    other.query("error-unavailable", "SELECT key FROM vectors.types WHERE key = 1", consistency=3)
    other.exchange("error-protocol", 0x66, b"")


def faulty(host, port, name):
    """Statements at consistency ALL, with one of two nodes not answering."""
    for version in [4, 5]:
        connection = Connection(host, port, version)
        connection.start()
        connection.query(f"error-read-{name}", "SELECT key FROM vectors.types WHERE key = 1", consistency=5)
        connection.query(f"error-write-{name}", "INSERT INTO vectors.types (key) VALUES (3)", consistency=5)
        connection.query(
            f"error-conditional-{name}", "INSERT INTO vectors.types (key) VALUES (4) IF NOT EXISTS", consistency=5
        )
        batch = "BEGIN BATCH INSERT INTO vectors.types (key) VALUES (5); INSERT INTO vectors.large (key) VALUES (6);"
        connection.query(f"error-batch-{name}", batch + " APPLY BATCH", consistency=5)


def compressed(host, port):
    for line in sys.stdin:
        version, sent = line.split()
        connection = Connection(host, port, int(version), "lz4")
        with contextlib.redirect_stdout(None):
            connection.start()
        connection.raw.clear()
        connection.socket.sendall(bytes.fromhex(sent))
        connection.socket.settimeout(3)
        # Several answers can come in one frame.
        try:
            while True:
                connection.receive()
        except (TimeoutError, socket.timeout):
            pass
        print(f"exchange compressed {version} lz4")
        print(">", sent)
        print("<", bytes(connection.raw).hex())


def events(host, port, count=4):
    connections = []
    for version in [4, 5]:
        connection = Connection(host, port, version)
        connection.start()
        connection.exchange(
            "register", REGISTER, short(2) + string("TOPOLOGY_CHANGE") + string("STATUS_CHANGE"), stream=0
        )
        connections.append(connection)
    print("# events", file=sys.stderr, flush=True)
    for _ in range(count // 2):
        for connection in connections:
            connection.socket.settimeout(120)
            connection.raw.clear()
            connection.receive()
            print(f"exchange event {connection.version} none")
            print("> ")
            print("<", bytes(connection.raw).hex(), flush=True)


def authentication(host, port):
    for version, compression in [(4, "none"), (5, "none"), (5, "lz4")]:
        connection = Connection(host, port, version, compression)
        connection.start()
        connection.exchange("auth-success", AUTH_RESPONSE, byte_string(b"\0cassandra\0cassandra"), stream=0)
        connection.query("select-key", "SELECT key FROM system.local")
        connection = Connection(host, port, version, compression)
        connection.start()
        connection.exchange("auth-refused", AUTH_RESPONSE, byte_string(b"\0cassandra\0wrong"), stream=0)
    connection = Connection(host, port, 5)
    connection.start()
    connection.exchange("auth-success", AUTH_RESPONSE, byte_string(b"\0cassandra\0cassandra"), stream=0)
    connection.query("create-role", "CREATE ROLE IF NOT EXISTS nobody WITH PASSWORD = 'x' AND LOGIN = true")
    for version in [4, 5]:
        connection = Connection(host, port, version)
        connection.start()
        connection.exchange("auth-success", AUTH_RESPONSE, byte_string(b"\0nobody\0x"), stream=0)
        connection.query("error-unauthorized", "SELECT * FROM system_auth.roles")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    host, _, port = sys.argv[2].partition(":")
    kind, arguments = sys.argv[1], (host, int(port or 9042))
    print(f"# Recorded by record.py {kind} from Apache Cassandra 5.0.9.")
    if kind == "main":
        main(*arguments)
    elif kind in ("down", "paused"):
        faulty(*arguments, kind)
    elif kind == "events":
        events(*arguments)
    elif kind == "auth":
        authentication(*arguments)
    elif kind == "compressed":
        compressed(*arguments)
    else:
        sys.exit(__doc__)
