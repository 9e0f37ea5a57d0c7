"""Clusters for tests: real nodes on free loopback addresses, started by the project's own script."""

import importlib.machinery
import importlib.util
import os
import pathlib
import random
import shutil
import socket
import tempfile
import time

import cql

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def load_script():
    loader = importlib.machinery.SourceFileLoader("nodes_script", str(REPOSITORY / "cassandra/nodes"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


script = load_script()
PORT = 9042
ACQUAINTANCE_SECONDS = 60


def is_free(address, port):
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_subnet(nodes):
    """Returns a loopback subnet without a CQL port in use; all of 127.0.0.0/8 is this machine."""
    while True:
        subnet = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
        if all(is_free(f"{subnet}.{number + 1}", PORT) for number in range(nodes)):
            return subnet


def free_base(nodes):
    """Returns a port for the nodes' traffic such that the JMX ports after it are free, too."""
    while True:
        base = random.randrange(20_000, 30_000)
        if all(is_free("127.0.0.1", base + number) for number in range(nodes + 1)):
            return base


class Nodes:
    """A cluster in a temporary directory, tuned for a life of some minutes; use as a context manager."""

    def __init__(self, count, **options):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="player-sessions-cassandra-"))
        options = {"subnet": free_subnet(count), "base": free_base(count), "short_lived": True} | options
        self.cluster = script.Cluster(self.directory, script.Options(nodes=count, port=PORT, **options))

    def __enter__(self):
        try:
            self.cluster.start()
            self.wait_until_acquainted()
        except BaseException:
            self.cluster.stop()
            raise
        return self

    def wait_until_acquainted(self):
        """Waits until every node knows all others: one that responds may have met only some of them."""
        nodes = self.cluster.nodes
        if len(nodes) == 1:
            return
        deadline = time.monotonic() + ACQUAINTANCE_SECONDS
        for connection in [cql.connect(node.address, PORT) for node in nodes]:
            while len([tokens for (tokens,) in cql.run(connection, "SELECT tokens FROM system.peers") if tokens]) < len(nodes) - 1:
                assert time.monotonic() < deadline, f"nodes did not find each other within {ACQUAINTANCE_SECONDS} s"
                time.sleep(0.1)

    def __exit__(self, kind, *_):
        for node in self.cluster.nodes:
            if node.is_alive:
                node.kill()
        if kind is None or not os.environ.get("KEEP_CLUSTER"):
            shutil.rmtree(self.directory, ignore_errors=True)

    def __getitem__(self, number):
        """Returns the node with this number, from 1."""
        return self.cluster.node(number)

    def url(self, keyspace="players", **parameters):
        """Returns the store's address, as `--store` takes it."""
        hosts = ",".join(node.address for node in self.cluster.nodes)
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"cassandra://{hosts}:{PORT}/{keyspace}" + (f"?{query}" if query else "")
