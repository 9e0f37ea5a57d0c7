"""The contract in the plainest Python, independent of all other implementations."""

import datetime

EPOCH = datetime.datetime(1970, 1, 1)


def text_of(microseconds):
    """Returns an instant as RFC 3339 in UTC, to the microsecond."""
    return (EPOCH + datetime.timedelta(microseconds=microseconds)).isoformat(timespec="microseconds") + "Z"


def microseconds_of(text):
    return (datetime.datetime.fromisoformat(text.rstrip("Z")) - EPOCH) // datetime.timedelta(microseconds=1)


class Model:
    """All sessions by (player, session): starts as (instant, country) and ends as instants, in microseconds."""

    def __init__(self):
        self.starts, self.ends = {}, {}

    def apply(self, events):
        for event in events:
            key = event["player_id"], event["session_id"]
            ts = microseconds_of(event["ts"])
            if event["event"] == "start":
                known = self.starts.get(key)
                new = ts, event["country"]
                # The earliest start; for equal instants, the country that sorts last.
                if known is None or ts < known[0] or (ts == known[0] and new[1] > known[1]):
                    self.starts[key] = new
            else:
                self.ends[key] = max(ts, self.ends.get(key, ts))

    def count(self, start, until):
        counts = {}
        for ts, country in self.starts.values():
            if start < ts <= until:
                counts[country] = counts.get(country, 0) + 1
        return counts

    def players(self):
        return sorted({key[0] for key in self.starts.keys() | self.ends.keys()})

    def tops(self):
        """Returns every player's complete sessions in order: (end, session, start, country)."""
        tops = {player: [] for player in self.players()}
        for (player, session), (ts, country) in self.starts.items():
            ended = self.ends.get((player, session))
            if ended is not None and ended >= ts:
                tops[player].append((ended, session, ts, country))
        for sessions in tops.values():
            sessions.sort(key=lambda one: (-one[0], one[1].encode()))
        return tops
