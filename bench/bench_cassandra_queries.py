"""Both queries on one node of Cassandra with ten million sessions, spread over a year.

SESSIONS (10000000) may be set. A second file adds one player with 100,000 sessions. Every result is compared with a
plain model of the files.
"""

import json
import os
import tempfile

from answers import HEAVY, Model, check, generate_heavy, generate_starts, median_bound, now
from harness import NODE, Service, run_import, wait_for_flushes
import nodes

SESSIONS = int(os.environ.get("SESSIONS", 10_000_000))
YEAR_HOURS = 8_760


def main():
    until = now()
    with tempfile.TemporaryDirectory() as directory, nodes.Nodes(1, commitlog_sync="periodic", **NODE) as cluster:
        starts, heavy = directory + "/starts.jsonl", directory + "/heavy.jsonl"
        generate_starts(starts, until, SESSIONS, YEAR_HOURS)
        generate_heavy(heavy, until)
        seconds = run_import("--store", cluster.url(replication=1), starts, heavy)
        with open(starts) as file:
            players = [HEAVY] + [json.loads(next(file))["player_id"] for _ in range(100)]
        model = Model([starts, heavy], set(players))
        print(f"{model.lines:,} events imported in {seconds:.1f} s: {model.lines / seconds:,.0f} events/s", flush=True)
        with Service(cluster.url()) as service:
            def ask_count(hours):
                return lambda: service.post("/queryevents/count", {"num_of_hours": hours, "until": until})

            def report(when, hours, times):
                bound = median_bound(service, "/queryevents/count", ask_count(hours), times)
                print(f"{when}, count over {hours} h: median of server time at most {bound:g} ms", flush=True)

            for hours in (24, 720, YEAR_HOURS):
                try:
                    report("just after the import", hours, 1)
                except SystemExit as refusal:
                    # It may need more than the 30 seconds that a query has.
                    print(f"just after the import, count over {hours} h: {refusal}", flush=True)
            wait_for_flushes(service)
            for hours in (24, 720, YEAR_HOURS):
                report("when all is flushed", hours, 200)
            bound = median_bound(
                service, "/queryevents/topn", lambda: service.post("/queryevents/topn", {"player_id": HEAVY}), 200)
            print(f"top 20 of a player with 100,000 sessions: median of server time at most {bound:g} ms", flush=True)
            check(service, model, until, players)


main()
