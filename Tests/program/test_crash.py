"""kill -9 at random moments under load: what was acknowledged is found after the restart, and counted once.

CRASH_ROUNDS (default 5) is how often each store is killed; TEST_SEED repeats the choices of a run.
"""

import os
import random
import time

import harness
from recovery import History

ROUNDS = int(os.environ.get("CRASH_ROUNDS", 5))


def crash(environment):
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}, {ROUNDS} rounds")
    chance = random.Random(seed)
    with harness.Directory() as directory:
        history = History()
        for number in range(ROUNDS):
            with harness.Service(directory / "store", environment=environment) as service:
                if number > 0:
                    history.check(service, seed + number)

                def until():
                    time.sleep(chance.uniform(0.3, 2.5))
                    service.kill()

                history.load(service, seed * 1000 + number, until)
        with harness.Service(directory / "store", environment=environment) as service:
            history.check(service, seed)
            harness.equal(service.terminate(), 0, "exit status")
        with harness.Service(directory / "store", environment=environment) as service:
            history.check(service, seed)
        batches = len(history.acknowledged)
        print(f"  {batches} batches, {history.repeated} of them sent again after a crash")
        assert batches > 20 * ROUNDS, f"too little load for a test: {batches} batches"


def test_kills_while_the_hot_table_is_flushed_often():
    crash({"PLAYER_SESSIONS_HOT_SESSIONS": "1000"})


def test_kills_with_the_defaults():
    crash({})


def test_kills_during_the_start():
    """A start that is interrupted anywhere can be repeated."""
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}")
    chance = random.Random(seed)
    environment = {"PLAYER_SESSIONS_HOT_SESSIONS": "1000"}
    with harness.Directory() as directory:
        history = History()
        for number in range(3):
            with harness.Service(directory / "store", environment=environment) as service:

                def until():
                    time.sleep(1)
                    service.kill()

                history.load(service, seed * 1000 + number, until)
            for _ in range(3):
                service = harness.Service(directory / "store", environment=environment, wait=False)
                with service:
                    time.sleep(chance.uniform(0, 0.3))
                    service.kill()
            with harness.Service(directory / "store", environment=environment) as service:
                history.check(service, seed + number)
