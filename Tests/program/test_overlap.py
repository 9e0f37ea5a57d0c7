"""Groups decided while the previous one is synced: no response is sent before its events are on disk."""

import threading
import time

import harness
import power_cut

# The duration of a sync in seconds: long compared with the rest of a request.
SLOW_SYNC = 2


def start(number):
    return harness.start("p", f"s{number}", f"2016-12-02T12:00:{number:02}")


class Client(threading.Thread):
    """Sends a batch and records when the response arrived."""

    def __init__(self, service, number):
        super().__init__(daemon=True)
        self.service, self.number, self.answered, self.status = service, number, None, None
        self.start()

    def run(self):
        self.status = self.service.post("/batchevents", harness.lines(start(self.number)), seconds=60).status
        self.answered = time.monotonic()


def total(service):
    return service.get("/queryevents/count?num_of_hours=1&until=2016-12-02T12:30:00").json["total"]


def test_what_repeats_a_group_that_is_being_synced_waits_for_its_sync():
    with harness.Directory() as directory:
        disk = power_cut.WatchedDisk(power_cut.build(directory), directory, "disk")
        with harness.Service(disk.root / "store", environment=disk.environment) as service:
            harness.equal(service.post("/batchevents", harness.lines(start(0))).status, 200)
            disk.slow_down(SLOW_SYNC)
            began = time.monotonic()
            first = Client(service, 1)
            time.sleep(SLOW_SYNC / 4)
            # The same events again change nothing; another event is decided meanwhile, and is visible.
            again, second = Client(service, 1), Client(service, 2)
            while total(service) < 3 and time.monotonic() - began < SLOW_SYNC * 3 / 4:
                time.sleep(0.02)
            decided = total(service)
            assert first.answered is None and again.answered is None and second.answered is None, "answered too early"
            harness.equal(decided, 3, "starts that are decided while the first is synced")
            for client in (first, again, second):
                client.join(60)
                harness.equal(client.status, 200)
            assert first.answered - began >= SLOW_SYNC, "the first was answered before its sync had ended"
            assert again.answered >= began + SLOW_SYNC, "the repetition was answered before the first was durable"
            assert second.answered - began >= 2 * SLOW_SYNC, "the second was answered before its own sync"
            disk.slow_down(0)
            service.kill()
        with harness.Service(disk.root / "store") as service:
            harness.equal(total(service), 3)


def test_after_a_failed_sync_nothing_is_acknowledged_that_was_decided_meanwhile():
    with harness.Directory() as directory:
        disk = power_cut.WatchedDisk(power_cut.build(directory), directory, "disk")
        with harness.Service(disk.root / "store", environment=disk.environment) as service:
            harness.equal(service.post("/batchevents", harness.lines(start(0))).status, 200)
            disk.slow_down(SLOW_SYNC)
            disk.fail(power_cut.SYNCS, 5, times=1)
            clients = [Client(service, 1)]
            time.sleep(SLOW_SYNC / 4)
            clients += [Client(service, number) for number in (1, 2, 3)]
            for client in clients:
                client.join(60)
            # The sync would not fail again, but what it was to make durable may be lost for good.
            harness.equal([client.status for client in clients], [500] * 4)
            harness.equal(service.wait(), 1, "exit status")
