"""Ten million generated events imported straight into a store; killed, restarted, and compared with a plain model.

EVENTS (10000000) may be set. A second file adds one player with 100,000 sessions. Every result is compared with one
computed here from the files alone.
"""

import json
import os
import signal
import tempfile

from answers import HEAVY, Model, check, generate, generate_heavy, median_bound, now
from harness import Service, run_import

EVENTS = int(os.environ.get("EVENTS", "10000000"))


def main():
    until = now()
    with tempfile.TemporaryDirectory() as directory:
        events, heavy, store = directory + "/events.jsonl", directory + "/heavy.jsonl", directory + "/store"
        generate(events, until, EVENTS // 2 + EVENTS // 90)
        generate_heavy(heavy, until)
        seconds = run_import("--store", f"rocksdb:{store}", events, heavy)
        with open(events) as file:
            players = [HEAVY] + [json.loads(next(file))["player_id"] for _ in range(100)]
        model = Model([events, heavy], set(players))
        print(f"{model.lines:,} events imported in {seconds:.1f} s: {model.lines / seconds:,.0f} events/s", flush=True)
        service = Service(store)
        check(service, model, until, players)
        service.stop(signal.SIGKILL)
        with Service(store) as service:
            print(f"killed; ready again {service.start_seconds:.2f} s after the start")
            check(service, model, until, players)
            for hours in (24, 720, 8760):
                bound = median_bound(service, "/queryevents/count", lambda: service.post(
                    "/queryevents/count", {"num_of_hours": hours, "until": until}))
                print(f"count over {hours} h: median of server time at most {bound} ms")
            bound = median_bound(
                service, "/queryevents/topn", lambda: service.post("/queryevents/topn", {"player_id": HEAVY}))
            print(f"top 20 of a player with 100,000 sessions: median of server time at most {bound} ms")
            size = sum(os.path.getsize(os.path.join(base, name)) for base, _, names in os.walk(store) for name in names)
            print(f"the store takes {size / 2**20:,.0f} MiB, {size / model.lines:.0f} bytes an event; "
                  f"peak memory {service.memory():,.0f} MiB", flush=True)


main()
