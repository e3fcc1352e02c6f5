"""A process that is killed at any moment leaves a collection that is whole.

A child works through a long list of steps. It is killed at a random moment of a step, 60 times;
what it leaves is looked at, and another child goes on from that step. At the end the collection
must hold exactly what the list says.
"""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.vector_cache.cache import CACHE, CURRENT
from brainseek.index.vector_cache.load import load_cache
from tests.index.child_work import (
    ADD,
    BATCH_ROWS,
    BUILD,
    COMPACT,
    DELETE,
    Step,
    create_again_and_again,
    start,
    work_through,
)
from tests.index.made_rows import DIM, ENCODER, assert_right, vectors_by_source

KINDS = (ADD, BUILD, DELETE, COMPACT)  # compacting builds too: after it there is nothing to build
KILLS = 60
LONGEST_WAIT_S = 0.2


def make_steps(rng: random.Random, n: int) -> tuple[list[Step], list[set[int]]]:
    """Return steps of all kinds, and the batches that are there before each and at the end."""
    steps: list[Step] = []
    there: list[set[int]] = [set()]
    for place in range(n):
        kind = KINDS[place % 4] if len(there[-1]) > 3 else ADD
        number = rng.choice(sorted(there[-1])) if kind == DELETE else place
        steps.append((kind, number))
        there.append(there[-1] | {number} if kind == ADD else there[-1] - {number})
    return steps, there


def batches_of(collection: Collection) -> set[int]:
    """Return the batches that are there; a part of one is a failure."""
    notes = Counter(collection.table.read(["note"])["note"].to_pylist())
    assert set(notes.values()) <= {BATCH_ROWS}, notes
    return {int(note.removeprefix("batch ")) for note in notes}


def kill_in(
    child: BaseProcess, connection: Connection, target: int, wait: float
) -> tuple[int, bool]:
    """Kill the child some seconds after step ``target`` began; return the step and if it ended."""
    place, word = 0, "end"
    while (place, word) != (target, "begin"):
        place, word = connection.recv()
    time.sleep(wait)
    assert child.pid is not None
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    place, word = [(target, "begin"), *messages(connection)][-1]
    return place, word == "end"


def messages(connection: Connection) -> Iterator[Any]:
    """Yield what a child says until it ends."""
    while True:
        try:
            yield connection.recv()
        except EOFError:
            return


def test_any_moment(tmp_path: Path) -> None:
    rng = random.Random(20)
    uri = tmp_path / "c"
    steps, there = make_steps(rng, 60 * KILLS)  # more than a child can do before it is killed
    Collection.create(uri, ENCODER, DIM).build_cache()
    longest = dict.fromkeys(KINDS, 0.03)
    hits: Counter[str] = Counter()
    begin = 0
    for _ in range(KILLS):
        wanted = min(KINDS, key=lambda kind: hits[kind])
        target = next(i for i in range(begin + 1, len(steps)) if steps[i][0] == wanted)
        before = (uri / CACHE / CURRENT).read_text()
        child, connection = start(work_through, str(uri), steps[begin:])
        wait = rng.uniform(0, longest[wanted])
        last, ended = kill_in(child, connection, target - begin, wait)
        last += begin
        # how long such a step takes at present
        longest[wanted] = min(longest[wanted] * (0.8 if ended else 1.1), LONGEST_WAIT_S)
        if ended:
            state = there[last + 1]
        else:
            hits[steps[last][0]] += 1
            state = batches_of(Collection.open(uri))
            assert state in (there[last], there[last + 1])
        check(uri, state, before)
        begin = last + ended
    assert sum(hits.values()) >= KILLS // 2, hits
    assert min(hits[kind] for kind in KINDS) >= 4, hits
    rest = steps[begin : begin + 12]
    child, connection = start(work_through, str(uri), rest)
    assert len(list(messages(connection))) == 2 * len(rest)
    child.join()
    check(uri, there[begin + len(rest)], "")
    Collection.open(uri).build_cache()
    left = [path.name for path in (uri / CACHE).iterdir() if path.name != ".writer-lock"]
    assert sorted(left) == sorted([CURRENT, (uri / CACHE / CURRENT).read_text()])


def check(uri: Path, batches: set[int], cache_before: str) -> None:
    """Open what was left: whole batches, all verified, a sound cache, and a right search.

    The search comes last, for it would make a damaged cache again.
    """
    collection = Collection.open(uri)
    assert batches_of(collection) == batches
    assert verify_collection(uri) == []
    cache, why = load_cache(uri / CACHE, ENCODER)
    assert cache is not None, why
    assert cache.stamp.version <= collection.version
    name = (uri / CACHE / CURRENT).read_text()
    assert name == cache_before or int(name.split("-")[1]) == cache.stamp.version
    assert_right(collection, vectors_by_source(sorted(batches), BATCH_ROWS))


def test_a_create_that_was_killed_can_be_repeated(tmp_path: Path) -> None:
    rng = random.Random(3)
    states: Counter[str] = Counter()
    for attempt in range(12):
        uri = tmp_path / f"c{attempt}"
        child, connection = start(create_again_and_again, str(uri))
        while connection.recv() < 2:
            pass
        time.sleep(rng.uniform(0, 0.01))
        child.kill()
        child.join()
        last = max([2, *messages(connection)])
        place = Path(f"{uri}-{last}")
        try:
            assert_right(Collection.open(place), vectors_by_source([last], BATCH_ROWS))
            states["made"] += 1
        except BrainseekError:
            assert_right(Collection.create(place, ENCODER, DIM), {})
            states["not made"] += 1
        assert verify_collection(place) == []
        shutil.rmtree(place)
    assert states["not made"] >= 2, states


@pytest.fixture(autouse=True, scope="module")
def _children_start_fast() -> None:
    """Let the server import everything before the first child is timed."""
    child, _ = start(_nothing)
    child.join()


def _nothing(_: Connection) -> None:
    pass
