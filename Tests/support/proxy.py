"""A proxy between the service and a node that delays, drops and repeats frames of Cassandra's native protocol.

It only knows where frames begin and end: the handshake is in envelopes of version 4's format, and what follows in
version 5 is in segments with their length in the header (native protocol specification, version 5, section 2).
"""

import asyncio
import dataclasses
import random
import threading

ENVELOPE_HEADER = 9
SEGMENT_HEADER, COMPRESSED_SEGMENT_HEADER, SEGMENT_TRAILER = 6, 8, 4
# Opcodes: after these responses of the server both sides send segments.
READY, AUTHENTICATE, STARTUP = 0x02, 0x03, 0x01


@dataclasses.dataclass
class Faults:
    """The faults of frames, each with its probability; may be changed while the proxy runs."""

    delayed: float = 0.0
    delay_seconds: float = 0.05
    dropped: float = 0.0
    repeated: float = 0.0
    # Connections are accepted, but nothing passes in either direction.
    is_silent: bool = False


class Proxy:
    """Listens on (address, port) and forwards to (node, port), on its own thread; use as a context manager."""

    def __init__(self, address, node, port, seed):
        self.address, self.node, self.port = address, node, port
        self.random = random.Random(seed)
        self.faults = Faults()
        self.counts = {"passed": 0, "delayed": 0, "dropped": 0, "repeated": 0}
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.started.wait(10)
        if self.failure:
            raise self.failure
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    async def end(self):
        """Ends all connections."""
        self.server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def run(self):
        asyncio.set_event_loop(self.loop)
        try:
            listening = asyncio.start_server(self.serve, self.address, self.port)
            self.server = self.loop.run_until_complete(listening)
        except OSError as failure:
            self.failure = failure
            return
        finally:
            self.started.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        try:
            node_reader, node_writer = await asyncio.open_connection(self.node, self.port)
        except OSError:
            writer.close()
            return
        connection = Connection()
        try:
            await asyncio.gather(
                self.pump(reader, node_writer, connection, from_client=True),
                self.pump(node_reader, writer, connection, from_client=False),
            )
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass
        finally:
            writer.close()
            node_writer.close()

    async def pump(self, reader, writer, connection, from_client):
        while True:
            frame, is_handshake = await connection.read(reader, from_client)
            while self.faults.is_silent:
                await asyncio.sleep(0.02)
            # A handshake is passed on unchanged: the tests are about what follows.
            copies = 1 if is_handshake else await self.meet_faults()
            for _ in range(copies):
                writer.write(frame)
            await writer.drain()

    async def meet_faults(self):
        """Waits if the frame is delayed; returns how many times to forward it."""
        faults = self.faults
        if self.random.random() < faults.delayed:
            self.counts["delayed"] += 1
            await asyncio.sleep(self.random.uniform(0, 2 * faults.delay_seconds))
        if self.random.random() < faults.dropped:
            self.counts["dropped"] += 1
            return 0
        if self.random.random() < faults.repeated:
            self.counts["repeated"] += 1
            return 2
        self.counts["passed"] += 1
        return 1


class Connection:
    """The progress of a connection's handshake, and whether its segments are compressed."""

    def __init__(self):
        self.version = None
        self.is_compressed = False
        # By direction: the client switches formats one envelope after the response to STARTUP.
        self.in_segments = {True: False, False: False}

    async def read(self, reader, from_client):
        """Returns the bytes of the next frame, and whether it belongs to the handshake."""
        # The format is known only when the frame begins: the response to STARTUP may have arrived since the last one.
        begin = await reader.readexactly(SEGMENT_HEADER)
        if self.in_segments[from_client]:
            return begin + await self.read_segment(reader, begin), False
        header = begin + await reader.readexactly(ENVELOPE_HEADER - SEGMENT_HEADER)
        body = await reader.readexactly(int.from_bytes(header[5:9], "big"))
        version, opcode = header[0] & 0x7F, header[4]
        if from_client and opcode == STARTUP:
            self.version = version
            self.is_compressed = b"lz4" in body
        if not from_client and opcode in (READY, AUTHENTICATE) and self.version == 5:
            self.in_segments = {True: True, False: True}
        is_version_4 = self.version == 4 and opcode not in (READY, AUTHENTICATE, STARTUP)
        return header + body, not is_version_4

    async def read_segment(self, reader, begin):
        """Returns the rest of a segment."""
        more = await reader.readexactly(COMPRESSED_SEGMENT_HEADER - SEGMENT_HEADER) if self.is_compressed else b""
        length = int.from_bytes(begin[:3], "little") & 0x1FFFF
        return more + await reader.readexactly(length + SEGMENT_TRAILER)
