"""A million generated events through HTTP into three nodes, one of which is killed and restarted meanwhile.

EVENTS (1000000) and COMMITLOG_SYNC (batch) may be set. The results are compared with those of the embedded store, which
has imported the same file, and with a plain model of it.
"""

import json
import os
import tempfile
import threading
import time

from answers import Model, check, generate, now
from harness import Service, run_import, wait_for_flushes
import nodes

EVENTS = int(os.environ.get("EVENTS", 1_000_000))
COMMITLOG_SYNC = os.environ.get("COMMITLOG_SYNC", "batch")
# How long the node is down, in seconds.
AWAY = 30
# Pending requests of ten events: a cluster responds late, but to many at once.
CONNECTIONS = "256"


def kill_and_restart(node, after):
    time.sleep(after)
    node.kill()
    print(f"node {node.number} killed {after} s after the beginning", flush=True)
    time.sleep(AWAY)
    node.start()
    print(f"node {node.number} is back", flush=True)


def main():
    until = now()
    cluster = nodes.Nodes(3, commitlog_sync=COMMITLOG_SYNC, short_lived=False)
    with tempfile.TemporaryDirectory() as directory, cluster:
        print(f"three nodes, commitlog_sync: {COMMITLOG_SYNC}", flush=True)
        events, store = directory + "/events.jsonl", directory + "/store"
        generate(events, until, EVENTS // 2 + EVENTS // 90)
        with open(events) as file:
            players = [json.loads(next(file))["player_id"] for _ in range(1000)]
        model = Model([events], set(players))
        with Service(cluster.url(replication=3)) as service:
            trouble = threading.Thread(target=kill_and_restart, args=(cluster[2], 20))
            trouble.start()
            seconds = run_import("--url", f"http://127.0.0.1:{service.port}", "--connections", CONNECTIONS, events)
            print(f"{model.lines:,} events imported through HTTP in {seconds:.1f} s: {model.lines / seconds:,.0f} events/s", flush=True)
            trouble.join()
            # Counts are exact at any time; without sums each of them reads all starts.
            wait_for_flushes(service)
            print("the cluster's answers:", flush=True)
            check(service, model, until, players)
            print(f"peak memory of the service {service.memory():,.0f} MiB", flush=True)
        run_import("--store", f"rocksdb:{store}", events)
        with Service(store) as service:
            print("the embedded store's answers:", flush=True)
            check(service, model, until, players)


main()
