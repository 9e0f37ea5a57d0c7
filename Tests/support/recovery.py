"""Load from several threads, and the check that acknowledged events are found after a restart, once."""

import http.client
import json
import random
import threading
import time

import harness
from model import Model, microseconds_of, text_of

THREADS = 6
HOUR = 3_600_000_000
COUNTRIES = ["5A", "AA", "FI", "SE", "T1", "US", "ZZ"]


class Writer(threading.Thread):
    """Sends batches until it is stopped; repeats a batch that did not get 200 until it does.

    With `reconnects` it reconnects after a lost connection; otherwise it ends then.
    """

    def __init__(self, service, seed, label, reconnects=False, shared="s"):
        super().__init__(daemon=True)
        self.service, self.random, self.label = service, random.Random(seed), label
        self.reconnects, self.shared = reconnects, shared
        # The longest time without a 200, in seconds.
        self.longest_wait, self.last_success = 0, time.monotonic()
        self.acknowledged, self.unanswered = [], []
        self.failures = {}
        self.stops = False
        self.number = 0

    def batch(self):
        events = []
        base = int(time.time() * 1e6) - self.random.choice([1, 60, 24 * 60, 24 * 60 * 30]) * 60_000_000
        while len(events) < self.random.randint(1, 10):
            if self.random.random() < 0.8:
                # A session of this thread.
                self.number += 1
                player, session = f"p{self.random.randrange(40)}", f"{self.label}-{self.number}"
            else:
                # A session shared with other threads: its start moves earlier, its end later.
                player, session = f"shared{self.random.randrange(3)}", f"{self.shared}{self.random.randrange(20)}"
            ts = base + self.random.choice([0, 1, self.random.randrange(HOUR)])
            if self.random.random() < 0.9:
                events.append(harness.start(player, session, text_of(ts), self.random.choice(COUNTRIES)))
            if self.random.random() < 0.7:
                events.append(harness.end(player, session, text_of(ts + self.random.randrange(-9, 900))))
        return events[:10]

    def run(self):
        connection = self.service.connection(seconds=20)
        batch, is_new = self.batch(), True
        while not self.stops:
            if is_new:
                self.unanswered.append(batch)
            try:
                answer = harness.ask(connection, "POST", "/batchevents", harness.lines(*batch))
                status = answer.status
            except (OSError, http.client.HTTPException) as error:
                if not self.reconnects:
                    return
                connection.close()
                connection = self.service.connection(seconds=20)
                status = type(error).__name__
            if status != 200:
                self.failures[status] = self.failures.get(status, 0) + 1
                is_new = False
                time.sleep(0.05)
                continue
            self.longest_wait = max(self.longest_wait, time.monotonic() - self.last_success)
            self.last_success = time.monotonic()
            if self.unanswered:
                self.acknowledged.append(self.unanswered.pop())
            # Occasionally retry an acknowledged batch.
            is_new = self.random.random() > 0.05
            batch = self.batch() if is_new else self.random.choice(self.acknowledged)


class History:
    """Everything that was sent to one store over its crashes.

    Unless `moves_at_once`, a session of a request that was not acknowledged may be seen at two instants.
    """

    def __init__(self, moves_at_once=True):
        self.acknowledged, self.unanswered = [], []
        self.repeated = 0
        self.longest_wait = 0
        self.moves_at_once = moves_at_once
        self.writers = []

    def load(self, service, seed, until, threads=THREADS, **options):
        """Writes from several threads until `until()` returns; either that ends the service, or the threads stop."""
        labels = [f"{seed}-{index}" for index in range(threads)]
        writers = [Writer(service, label, label, **options) for label in labels]
        self.writers = writers
        for writer in writers:
            writer.start()
        try:
            until()
        finally:
            for writer in writers:
                writer.stops = True
            for writer in writers:
                writer.join(60)
                assert not writer.is_alive(), "a request was never answered, nor its connection closed"
        statuses = {}
        for writer in writers:
            self.acknowledged += writer.acknowledged
            self.unanswered += writer.unanswered
            self.longest_wait = max(self.longest_wait, writer.longest_wait)
            for status, count in writer.failures.items():
                statuses[status] = statuses.get(status, 0) + count
        return statuses

    def wait_for_batches(self, count, seconds=harness.PATIENCE):
        """Waits until this many batches of the current load were acknowledged."""
        deadline = time.monotonic() + seconds
        while sum(len(writer.acknowledged) for writer in self.writers) < count:
            assert time.monotonic() < deadline, f"fewer than {count} batches were acknowledged in {seconds} s"
            time.sleep(0.02)

    def check(self, service, seed):
        """Checks that acknowledged events are there; then sends the others again and checks that all are there once."""
        known = Model()
        for batch in self.acknowledged:
            known.apply(batch)
        touched = {(e["player_id"], e["session_id"]) for batch in self.unanswered for e in batch}
        check_acknowledged(service, known, touched, self.moves_at_once)
        for batch in self.unanswered:
            answer = service.post("/batchevents", harness.lines(*batch))
            harness.equal(answer.status, 200, f"retry: {answer}")
        self.repeated += len(self.unanswered)
        self.acknowledged += self.unanswered
        self.unanswered = []
        everything = Model()
        for batch in self.acknowledged:
            everything.apply(batch)
        check_everything(service, everything, random.Random(seed))


def top(service, connection, player):
    answer = harness.ask(connection, "POST", "/queryevents/topn", json.dumps({"player_id": player, "n": 100}))
    harness.equal(answer.status, 200, f"topn: {answer}")
    return [
        (microseconds_of(one["end"]), one["session_id"], microseconds_of(one["start"]), one["country"])
        for one in answer.json["sessions"]
    ]


def count(connection, hours, until):
    body = json.dumps({"num_of_hours": hours, "until": until})
    answer = harness.ask(connection, "POST", "/queryevents/count", body)
    harness.equal(answer.status, 200, f"count: {answer}")
    harness.equal(answer.json["total"], sum(answer.json["count"].values()), "total")
    return answer.json


def all_starts(connection):
    """Returns all starts of the load, which are near the present: the 100 years hold them."""
    return count(connection, 876_600, "2069-12-31T00:00:00Z")["count"]


def check_acknowledged(service, known, touched, moves_at_once):
    """Before the retries: sessions of acknowledged batches only are exact; the totals allow for the others."""
    connection = service.connection()
    total = sum(all_starts(connection).values())
    least, most = len(known.starts), len(known.starts.keys() | touched)
    if not moves_at_once:
        least, most = least - len(known.starts.keys() & touched), most + len(touched)
    assert least <= total <= most, f"{total} starts after the restart, expected {least} to {most}"
    for player, sessions in known.tops().items():
        untouched = [one for one in sessions if (player, one[1]) not in touched]
        got = top(service, connection, player)
        # The list may be cut at 100: anything missing must come after the last entry.
        if len(got) == 100:
            last = -got[-1][0], got[-1][1].encode()
            untouched = [one for one in untouched if (-one[0], one[1].encode()) <= last]
        got = [one for one in got if (player, one[1]) not in touched]
        harness.equal(got, untouched, f"sessions of {player} that were acknowledged")
    connection.close()


def check_everything(service, everything, chance):
    connection = service.connection()
    harness.equal(all_starts(connection), everything.count(-1, 1 << 62), "starts of all times")
    instants = [ts for ts, _ in everything.starts.values()]
    for _ in range(40):
        until = chance.choice(instants) + chance.choice([-1, 0, 1, HOUR])
        hours = chance.choice([1, 24, 720, 0.5, 0.001])
        got = count(connection, hours, text_of(until))
        expected = everything.count(until - round(hours * HOUR), until)
        harness.equal(got["count"], expected, f"starts of {hours} hours until {text_of(until)}")
    for player, sessions in everything.tops().items():
        harness.equal(top(service, connection, player), sessions[:100], f"sessions of {player}")
    connection.close()
