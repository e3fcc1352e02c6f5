"""A collection does what a dictionary and a slow loop do, in any order of operations."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.table.schema import Row
from tests.index.made_rows import DIM, ENCODER, slow_search, unit

EXACT = [sign * axis for axis in np.eye(DIM, dtype=np.float32)[:3] for sign in (1, -1)]
HALVES = [
    np.array([0.5] * 4 + [0] * 4, np.float32),
    np.array([0.5, -0.5] * 2 + [0] * 4, np.float32),
]
VECTORS = [*EXACT, *HALVES, *unit(np.random.default_rng(9), 6)]
"""Few, so that many scores are equal; the first ones have products without rounding."""


@dataclass(frozen=True)
class Known:
    """What the model remembers of a row."""

    vector: int
    stain: str | None
    plate: int | None


State = dict[str, Known]

CONDITIONS: dict[str, Callable[[str, Known], bool]] = {
    "stain = 'nissl'": lambda _, row: row.stain == "nissl",
    "stain is null": lambda _, row: row.stain is None,
    "plate >= 3": lambda _, row: row.plate is not None and row.plate >= 3,
    "plate < 3 and stain <> 'it''s'": lambda _, row: (
        row.plate is not None and row.plate < 3 and row.stain is not None and row.stain != "it's"
    ),
    "id in ('k1', 'k2', 'k''3', 'k17')": lambda key, _: key in ("k1", "k2", "k'3"),
    "not (stain = 'nissl' or plate = 0)": lambda _, row: (
        row.stain not in (None, "nissl") and row.plate not in (None, 0)
    ),
    "plate = 99": lambda *_: False,
}

keys = st.sampled_from(["k'3", *(f"k{n}" for n in range(14) if n != 3)])
known = st.builds(
    Known,
    st.integers(0, len(VECTORS) - 1),
    st.sampled_from(["nissl", "it's", None]),
    st.sampled_from([0, 1, 2, 3, 4, None]),
)
conditions = st.sampled_from(sorted(CONDITIONS))


def chosen(state: State, where: str | None) -> State:
    if where is None:
        return state
    return {key: row for key, row in state.items() if CONDITIONS[where](key, row)}


class Model(RuleBasedStateMachine):
    """Every operation is done twice: with the collection, and with ``state``."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="brainseek-"))
        self.uri = self.folder / "c"
        self.state: State = {}
        self.history: dict[int, State] = {}
        self.named: dict[str, int] = {}

    def teardown(self) -> None:
        try:
            assert verify_collection(self.uri) == []
        finally:
            shutil.rmtree(self.folder)

    @initialize(rows=st.dictionaries(keys, known, max_size=6))
    def create(self, rows: State) -> None:
        self.collection = Collection.create(self.uri, ENCODER, DIM, self.made(rows))
        self.became(rows)

    @rule(rows=st.dictionaries(keys, known, min_size=1, max_size=6))
    def add(self, rows: State) -> None:
        self.collection.add(self.made(rows))
        self.became(self.state | rows)

    @rule(where=conditions)
    def delete(self, where: str) -> None:
        gone = chosen(self.state, where)
        assert self.collection.delete(where) == len(gone)
        self.became({key: row for key, row in self.state.items() if key not in gone})

    @rule()
    def compact(self) -> None:
        self.collection.compact()
        self.became(self.state)

    @rule()
    def build_cache(self) -> None:
        self.collection.build_cache()

    @rule(other=st.booleans())
    def reopen(self, other: bool) -> None:
        """Another handle; without the cache, sometimes."""
        if other:
            shutil.rmtree(self.uri / "cache", ignore_errors=True)
        self.collection = Collection.open(self.uri)

    @rule(name=st.sampled_from(["one", "two"]))
    def snapshot(self, name: str) -> None:
        if name in self.named:
            with pytest.raises(BrainseekError, match="has a snapshot"):
                self.collection.snapshot(name)
        else:
            self.named[name] = self.collection.snapshot(name)
            assert self.history[self.named[name]] == self.state
        assert self.collection.snapshots() == self.named

    @precondition(lambda self: self.named)
    @rule(data=st.data())
    def restore_snapshot(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.named)))
        self.collection.restore(name)
        self.became(self.history[self.named[name]])

    @rule(data=st.data())
    def restore_version(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(sorted(self.history)))
        self.collection.restore(version)
        self.became(self.history[version])

    @rule(data=st.data(), query=st.integers(0, len(VECTORS) - 1))
    def search_an_old_version(self, data: st.DataObject, query: int) -> None:
        version = data.draw(st.sampled_from(sorted(self.history)))
        old = Collection.open(self.uri, version=version)
        self.compare(old, self.history[version], query, 20, None, 0, None)

    @rule(
        query=st.integers(0, len(VECTORS) - 1),
        k=st.sampled_from([1, 2, 5, 30]),
        where=st.none() | conditions,
        offset=st.sampled_from([0, 0, 1, 4, 40]),
        radius=st.sampled_from([None, None, 0.9, 1.2, 2.0]),
    )
    def search(
        self, query: int, k: int, where: str | None, offset: int, radius: float | None
    ) -> None:
        self.compare(self.collection, self.state, query, k, where, offset, radius)

    @rule(where=st.none() | conditions)
    def rows(self, where: str | None) -> None:
        expected = chosen(self.state, where)
        assert self.collection.ids(where) == sorted(expected)
        for row in self.collection.rows(where):
            assert (row["stain"], row["plate"]) == (
                expected[row["id"]].stain,
                expected[row["id"]].plate,
            )

    @invariant()
    def size(self) -> None:
        if self.history:
            assert len(self.collection) == len(self.state)
            assert self.collection.version == max(self.history)

    def made(self, rows: State) -> list[Row]:
        return [
            Row(VECTORS[row.vector], "patch", key, id=key, stain=row.stain, plate=row.plate)
            for key, row in rows.items()
        ]

    def became(self, state: State) -> None:
        self.state = dict(state)
        self.history[self.collection.version] = self.state

    def compare(
        self,
        collection: Collection,
        state: State,
        query: int,
        k: int,
        where: str | None,
        offset: int,
        radius: float | None,
    ) -> None:
        hits = collection.search(VECTORS[query], k, where=where, offset=offset, radius=radius)
        vectors = {key: VECTORS[row.vector] for key, row in chosen(state, where).items()}
        all_of_them = slow_search(vectors, VECTORS[query], len(vectors))
        if radius is not None:
            all_of_them = [pair for pair in all_of_them if pair[1] >= 1 - radius**2 / 2 - 1e-12]
        expected = all_of_them[offset : offset + k]
        assert [hit.row["id"] for hit in hits] == [key for key, _ in expected]
        assert [hit.rank for hit in hits] == list(range(offset, offset + len(expected)))
        for hit, (key, score) in zip(hits, expected, strict=True):
            assert hit.score == pytest.approx(score, abs=1e-6)
            row = state[key]
            assert (hit.row["stain"], hit.row["plate"]) == (row.stain, row.plate)


TestModel = Model.TestCase
TestModel.settings = settings(
    max_examples=20,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("dim", [5, 64, 384])
def test_equal_vectors_come_by_id_wherever_they_lie(tmp_path: Path, dim: int) -> None:
    """In the cache or after it, alone or in a block: a matrix product would not promise that."""
    rng = np.random.default_rng(0)
    vectors = unit(rng, 4, dim)
    rows = [
        Row(vectors[rng.integers(3)], "patch", f"u{n}", id=f"{(n * 37) % 50:02d}")
        for n in range(50)
    ]
    collection = Collection.create(tmp_path / "c", ENCODER, dim, rows[:20])
    collection.build_cache()
    for first, last in ((20, 33), (33, 50)):
        collection.add(rows[first:last])
        expected = slow_search({row.id: row.vector for row in rows[:last]}, vectors[3], last)
        for k in (7, last):
            hits = collection.search(vectors[3], k)
            assert [hit.row["id"] for hit in hits] == [key for key, _ in expected][:k]
        near = collection.search(vectors[3], last, radius=2)
        assert [hit.row["id"] for hit in near] == [key for key, _ in expected]
