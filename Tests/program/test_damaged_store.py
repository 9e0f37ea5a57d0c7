"""Bit flips on the disk: either the start is refused with the reason, or every response is right or an error.

A damaged store must never return anything wrong: for each kind of file, a bit is flipped at random places.
"""

import random
import shutil

import harness
from harness import Directory, Service, end, equal, start

FEW = {"PLAYER_SESSIONS_HOT_SESSIONS": "1000"}
FLIPS = 4


def make_store(path, environment, batches):
    with Service(path, environment=environment) as service:
        connection = service.connection()
        for number in range(batches):
            ts = f"2016-12-{number % 28 + 1:02}T10:00:00.{number:06}"
            body = harness.lines(
                *[event for part in range(5) for event in (
                    start(f"p{number % 20}", f"s{number}-{part}", ts), end(f"p{number % 20}", f"s{number}-{part}", ts)
                )]
            )
            equal(harness.ask(connection, "POST", "/batchevents", body).status, 200)
        connection.close()
        expected = answers(service)
        # Killed, so that the journal holds what the runs do not.
        service.kill()
    return expected


def answers(service):
    """Returns the body of the response to each query; None for an error."""
    got = [service.get("/queryevents/count?num_of_hours=87660&until=2017-01-01T00:00:00")]
    got += [service.get(f"/queryevents/topn?player_id=p{number}&n=100") for number in range(20)]
    return [answer.body if answer.status == 200 else None for answer in got]


def anywhere(content, chance):
    return chance.randrange(len(content))


def in_a_group(content, chance):
    """Returns a place in the header or payload of a group in the journal; each takes 4 KiB, and the last record is a
    mark."""
    groups = [at for at in range(0, len(content), 4_096) if content[at:at + 6] == b"PSjrnl" and content[at + 52] == 1]
    assert len(groups) > 100, f"{len(groups)} groups"
    return chance.choice(groups) + chance.randrange(300)


def flip(path, chance, place):
    content = bytearray(path.read_bytes())
    at = place(content, chance)
    content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return f"{path.name}, byte {at} of {len(content)}"


def damage(pattern, environment, batches, place=anywhere, must_refuse=False):
    seed = harness.new_seed()
    print(f"  TEST_SEED={seed}")
    chance = random.Random(seed)
    refused = 0
    with Directory() as directory:
        expected = make_store(directory / "store", environment, batches)
        for _ in range(FLIPS):
            copy = directory / "copy"
            shutil.copytree(directory / "store", copy)
            files = [path for path in sorted(copy.rglob(pattern)) if path.stat().st_size > 0]
            assert files, f"no {pattern} in {sorted(path.name for path in copy.rglob('*'))}"
            what = flip(chance.choice(files), chance, place)
            service = Service(copy, environment=environment, wait=False)
            with service:
                try:
                    service.wait_until_ready()
                except AssertionError:
                    refused += 1
                    assert service.process.poll() == 1, f"{what}: exit {service.process.poll()}: {service.output()}"
                    assert str(copy) in service.output(), f"{what}: the store is not named: {service.output()}"
                else:
                    got = answers(service)
                    wrong = [index for index, one in enumerate(got) if one is not None and one != expected[index]]
                    assert not wrong, f"{what}: {len(wrong)} wrong answers, the first {got[wrong[0]][:300]}"
            shutil.rmtree(copy)
    print(f"  {refused} of {FLIPS} starts were refused")
    assert refused == FLIPS or not must_refuse, "a damaged store was opened"


def test_a_damaged_CURRENT():
    damage("CURRENT", {}, 50, must_refuse=True)


def test_a_damaged_manifest():
    damage("MANIFEST-*", FEW, 600)


def test_a_damaged_run():
    damage("*.sst", FEW, 1_200)


def test_a_damaged_journal():
    damage("*.journal", {}, 400, in_a_group, must_refuse=True)


def test_a_store_of_a_newer_program_is_refused_and_left_alone():
    with Directory() as directory:
        expected = make_store(directory / "store", {}, 20)
        file = directory / "store/FORMAT"
        format = file.read_text()
        for text, words in ((f"{int(format) + 1}\n", ["newer"]), ("nonsense\n", ["FORMAT"]), ("", ["FORMAT"])):
            file.write_text(text)
            service = Service(directory / "store", wait=False)
            with service:
                equal(service.wait(), 1, service.output())
                for word in [directory / "store", *words]:
                    assert str(word) in service.output(), f"no {word} in {service.output()}"
            equal(file.read_text(), text)
        file.write_text(format)
        with Service(directory / "store") as service:
            equal(answers(service), expected)


def test_an_unharmed_copy_opens():
    with Directory() as directory:
        expected = make_store(directory / "store", FEW, 600)
        with Service(directory / "store", environment=FEW) as service:
            equal(answers(service), expected)
