"""Ports for the processes that tests and benchmarks start. Standard library only."""

import pathlib
import random
import socket

EPHEMERAL = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
CANDIDATES = 2_000


def free_port():
    """Returns a port on which nothing listens, on any address of this machine.

    The port is below the range that the kernel uses for outgoing connections: one of those could take the port before
    the process that it is meant for, or be a listener where a test wants none.
    """
    first_ephemeral = int(EPHEMERAL.read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(first_ephemeral - CANDIDATES, first_ephemeral)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
