"""Faults of one part of a cluster at a time, and the recovery from them.

A fault returns when the part works again, so two of three nodes and one service process are always alive.
"""

import signal
import time

# Longer than Cassandra takes to consider a node down, and than the client takes to give up on a silent one.
LONG = 20


def fault(function):
    FAULTS[function.__name__] = function
    return function


FAULTS = {}


@fault
def kill_a_node(cluster, chance):
    node = chance.choice(cluster.nodes)
    node.kill()
    time.sleep(chance.uniform(0, 3))
    node.start()


@fault
def restart_a_node(cluster, chance):
    node = chance.choice(cluster.nodes)
    node.stop()
    node.start()


@fault
def keep_a_node_from_writes(cluster, chance):
    """The node returns after missing writes that the others took."""
    node = chance.choice(cluster.nodes)
    node.kill()
    time.sleep(LONG)
    node.start()


@fault
def pause_a_node(cluster, chance):
    """What was sent to the node meanwhile arrives when it resumes."""
    node = chance.choice(cluster.nodes)
    node.pause()
    time.sleep(chance.choice([0.5, 3, LONG]))
    node.resume()


@fault
def kill_a_service(cluster, chance):
    cluster.services.restart(chance.randrange(2), kills=True)


@fault
def restart_a_service(cluster, chance):
    cluster.services.restart(chance.randrange(2), kills=False)


@fault
def pause_a_service(cluster, chance):
    process = chance.choice(cluster.services.processes).process
    process.send_signal(signal.SIGSTOP)
    time.sleep(chance.uniform(0.5, 8))
    process.send_signal(signal.SIGCONT)


@fault
def delay_frames(cluster, chance):
    frames(cluster.proxies, chance, delayed=0.2, delay_seconds=0.1)


@fault
def drop_frames(cluster, chance):
    frames([chance.choice(cluster.proxies)], chance, dropped=0.02)


@fault
def repeat_frames(cluster, chance):
    frames(cluster.proxies, chance, repeated=0.02)


@fault
def silence_a_node(cluster, chance):
    """Its connections stay open, but nothing passes."""
    frames([chance.choice(cluster.proxies)], chance, is_silent=True)


def frames(proxies, chance, **faults):
    for proxy in proxies:
        for name, value in faults.items():
            setattr(proxy.faults, name, value)
    time.sleep(chance.uniform(3, 8))
    for proxy in proxies:
        proxy.faults = type(proxy.faults)()
