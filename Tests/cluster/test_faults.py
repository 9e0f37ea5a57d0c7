"""Two service processes on three nodes take live traffic while one part after the other fails.

Afterwards every acknowledged event is there, every session counts once, and no client waited longer than the deadline.
FAULT_ROUNDS (default 3) is the number of faults; TEST_SEED repeats the choices of a run.
"""

import contextlib
import http.client
import os
import random
import time

import harness
import nodes
from faults import FAULTS
from proxy import Proxy
from recovery import History

ROUNDS = int(os.environ.get("FAULT_ROUNDS", 3))
# The time within which the service responds, by default.
DEADLINE_SECONDS = 30


class Services:
    """Two service processes on one cluster; connections alternate between them, as behind a load balancer. Use as a
    context manager."""

    def __init__(self, url):
        self.url = url
        self.ports = [harness.free_port() for _ in range(2)]
        self.processes = []
        self.turn = 0

    def __enter__(self):
        self.processes = [harness.Service(self.url, port=port) for port in self.ports]
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.__exit__()

    def connection(self, seconds):
        self.turn += 1
        return http.client.HTTPConnection("127.0.0.1", self.ports[self.turn % 2], timeout=seconds)

    def restart(self, index, kills):
        with self.processes[index] as process:
            if not kills:
                harness.equal(process.terminate(), 0, f"exit status: {process.output()}")
        self.processes[index] = harness.Service(self.url, port=self.ports[index])


class Cluster:
    """Three nodes, a proxy in front of each, and two service processes that know only the proxies."""

    def __init__(self, stack, seed):
        front = nodes.free_subnet(3)
        cluster = stack.enter_context(nodes.Nodes(3, broadcast_subnet=front))
        self.nodes = cluster.cluster.nodes
        self.proxies = [
            stack.enter_context(Proxy(f"{front}.{node.number}", node.address, nodes.PORT, seed + node.number))
            for node in self.nodes
        ]
        hosts = ",".join(proxy.address for proxy in self.proxies)
        url = f"cassandra://{hosts}:{nodes.PORT}/players?replication=3"
        self.services = stack.enter_context(Services(url))


def test_nothing_is_lost_or_counted_twice_whatever_fails():
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}, {ROUNDS} faults")
    chance = random.Random(seed)
    # Every fault in turn, in a random order.
    names = []
    while len(names) < ROUNDS:
        names += chance.sample(sorted(FAULTS), len(FAULTS))
    with contextlib.ExitStack() as stack:
        cluster = Cluster(stack, seed)
        history = History(moves_at_once=False)
        for number, name in enumerate(names[:ROUNDS]):
            before = len(history.acknowledged)

            def until():
                time.sleep(2)
                FAULTS[name](cluster, chance)
                time.sleep(2)

            statuses = history.load(
                cluster.services, seed * 1000 + number, until, reconnects=True, shared=f"{number}-"
            )
            batches = len(history.acknowledged) - before
            print(f"  {name}: {batches} batches, longest wait {history.longest_wait:.1f} s, {statuses}", flush=True)
            assert batches > 20, f"too little load for a test: {batches} batches"
            assert history.longest_wait < DEADLINE_SECONDS, f"{name}: no answer for {history.longest_wait:.1f} s"
        for process in cluster.services.processes:
            history.check(process, seed)
