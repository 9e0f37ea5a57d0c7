"""The script that runs nodes, and the proxy in front of them, on which the other tests here rely."""

import nodes
from cql import OPTIONS, SUPPORTED, connect, envelope, read_opcode
from harness import equal
from proxy import Proxy


def asks(connection, seconds=10):
    connection.sendall(envelope(OPTIONS))
    return read_opcode(connection, seconds)


def test_a_node_is_started_killed_paused_and_started_again():
    with nodes.Nodes(1) as cluster:
        node = cluster[1]
        equal(asks(connect(node.address)), SUPPORTED)
        connection = connect(node.address)
        node.pause()
        equal(asks(connection, seconds=1), None, "a paused node answered")
        node.resume()
        equal(read_opcode(connection), SUPPORTED)
        node.kill()
        equal((node.is_alive, node.answers), (False, False))
        equal(read_opcode(connection), None)
        node.start()
        equal(asks(connect(node.address)), SUPPORTED)
        node.stop()
        equal(node.is_alive, False)


def test_the_proxy_passes_drops_repeats_and_silences_frames():
    with nodes.Nodes(1) as cluster:
        front = nodes.free_subnet(1) + ".1"
        with Proxy(front, cluster[1].address, nodes.PORT, seed=1) as proxy:
            connection = connect(front)
            equal(asks(connection), SUPPORTED)
            proxy.faults.dropped = 1
            equal(asks(connection, seconds=1), None, "a dropped frame came")
            proxy.faults.dropped, proxy.faults.repeated = 0, 1
            # The request is sent twice, and each response comes twice.
            connection.sendall(envelope(OPTIONS))
            equal([read_opcode(connection) for _ in range(4)], [SUPPORTED] * 4)
            equal(read_opcode(connection, seconds=0.5), None)
            proxy.faults.repeated, proxy.faults.is_silent = 0, True
            connection.sendall(envelope(OPTIONS))
            equal(read_opcode(connection, seconds=1), None, "a silent proxy let something pass")
            proxy.faults.is_silent = False
            equal(read_opcode(connection), SUPPORTED)
