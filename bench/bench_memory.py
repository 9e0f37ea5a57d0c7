"""The service's memory under heavy load: idle connections, waves of bodies that all arrive at the same time, and the
largest bodies over many connections, as fast as this disk takes them and while a slow disk keeps the queue full."""

import json
import pathlib
import resource
import socket
import struct
import subprocess
import tempfile
import threading
import time

from harness import Service

SHIM = pathlib.Path(__file__).parent.parent / "Tests/SyncShim/sync_shim.c"
SLOW_SYNC = 0.5

IDLE = 10_000

WAVES = 10
WAVE_CONNECTIONS = 16_000
WAVE_BODY_BYTES = 65_535
CALM_SECONDS = 10


def connected(service, count):
    """Opens connections from several local addresses: one has not enough ports for all sockets."""
    clients = []
    for number in range(count):
        client = socket.socket()
        client.bind((f"127.0.0.{1 + number % 4}", 0))
        client.connect(("127.0.0.1", service.port))
        clients.append(client)
    return clients


def waves_of_bodies(service):
    """Sends bodies without their last bytes, then those; prints peak memory, and what is left in calm."""
    event = json.dumps({"event": "end", "player_id": "p", "session_id": "s", "ts": "2020-01-01T00:00:00Z", "pad": ""})
    body = event.replace('""', '"' + "x" * (WAVE_BODY_BYTES - len(event)) + '"').encode()
    head = f"POST /batchevents HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    statuses = {}
    for _ in range(WAVES):
        clients = connected(service, WAVE_CONNECTIONS)
        for client in clients:
            client.sendall(head + body[:-1])
        for client in clients:
            client.sendall(body[-1:])
        for client in clients:
            status = client.recv(4096).split(b" ")[1].decode()
            statuses[status] = statuses.get(status, 0) + 1
            client.close()
    peak = service.memory()
    time.sleep(CALM_SECONDS)
    print(f"{WAVES} waves of {WAVE_CONNECTIONS:,} connections with bodies of {WAVE_BODY_BYTES:,} bytes: "
          f"answers {statuses}, peak {peak:,.0f} MiB, resident {CALM_SECONDS} s later {service.memory('VmRSS'):,.0f} MiB", flush=True)


def idle_connections(service):
    before = service.memory("VmRSS")
    clients = connected(service, IDLE)
    for client in clients:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for client in clients:
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    after = service.memory("VmRSS")
    print(f"{IDLE:,} idle connections: {after - before:.0f} MiB more, "
          f"{(after - before) * 1024 / IDLE:.1f} KiB each; resident {after:.0f} MiB", flush=True)
    for client in clients:
        client.close()


def receive(client):
    """Returns what comes next; fails at the end of the connection, instead of waiting."""
    piece = client.recv(65536)
    if not piece:
        raise ConnectionError("the service closed the connection before its answer was whole")
    return piece


def largest_bodies(service, connections, body):
    head = f"POST /batchevents HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    statuses = {}
    lock = threading.Lock()
    deadline = time.monotonic() + 20

    def send():
        client = socket.create_connection(("127.0.0.1", service.port))
        while time.monotonic() < deadline:
            client.sendall(head + body)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += receive(client)
            start, rest = answer.split(b"\r\n\r\n", 1)
            length = int(start.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(rest) < length:
                rest += receive(client)
            status = start.split(b" ")[1].decode()
            with lock:
                statuses[status] = statuses.get(status, 0) + 1
        client.close()

    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def batch(events, id_bytes):
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    lines = [
        json.dumps({"event": "start", "country": "FI", "player_id": f"{number:x}".rjust(id_bytes, "p"),
                    "session_id": f"{number:x}".rjust(id_bytes, "s"), "ts": now})
        for number in range(events)
    ]
    return "\n".join(lines).encode()


def slow_disk(directory):
    """Returns the environment that makes each sync of the service take SLOW_SYNC seconds longer."""
    library, control = directory + "/shim.so", pathlib.Path(directory) / "control"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SHIM], check=True)
    control.write_bytes(struct.pack("<6q", 0, 0, 0, 0, 0, int(SLOW_SYNC * 1e6)))
    return {"LD_PRELOAD": library, "SYNC_SHIM_ROOT": directory + "/store", "SYNC_SHIM_CONTROL": str(control)}


def largest_bodies_on(what, environment, directory):
    # Enough for all bodies at once: this shows what the store makes of them, not how they are refused.
    options = ("--max-batch-events", "10000", "--max-body-bytes", "8388608", "--max-buffered-megabytes", "2048")
    with Service(directory + "/store", *options, environment=environment) as service:
        statuses = largest_bodies(service, 200, batch(10_000, 128))
        print(f"200 connections, bodies of 10,000 events with the longest ids (3.5 MB), {what}: answers {statuses}, "
              f"peak {service.memory():,.0f} MiB", flush=True)
    return statuses


resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
# The service starts with the usual soft limit, which it must raise itself.
USUAL_FILES = "prlimit", "--nofile=1024:"
with tempfile.TemporaryDirectory() as directory, Service(directory + "/store", under=USUAL_FILES) as service:
    print(f"started: resident {service.memory('VmRSS'):.0f} MiB")
    idle_connections(service)
# All of them come from this machine.
EVERYONE = {"PLAYER_SESSIONS_MAX_CONNECTIONS_PER_ADDRESS": str(WAVE_CONNECTIONS)}
with tempfile.TemporaryDirectory() as directory, Service(directory + "/store", environment=EVERYONE) as service:
    print(f"started: resident {service.memory('VmRSS'):.0f} MiB")
    waves_of_bodies(service)
with tempfile.TemporaryDirectory() as directory:
    largest_bodies_on("this disk", {}, directory)
with tempfile.TemporaryDirectory() as directory:
    statuses = largest_bodies_on(f"{SLOW_SYNC} s a sync", slow_disk(directory), directory)
    assert statuses.get("503"), "the queue was never full"
