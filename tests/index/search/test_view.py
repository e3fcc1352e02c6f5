"""A view shows one version exactly, whatever version its cache was made from."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.index.collection import Collection
from brainseek.index.search.view import make_view
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import Row, row_id
from brainseek.index.vector_cache.build import build_cache
from brainseek.index.vector_cache.cache import cache_place
from brainseek.index.vector_cache.load import load_cache

ENCODER = "tiny@12345678"
DIM = 6


def unit(rng: np.random.Generator, n: int) -> np.ndarray:
    vectors = rng.normal(size=(n, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, np.ndarray]]]:
    """A collection with a past, and what each of its versions holds."""
    rng = np.random.default_rng(0)
    uri = str(tmp_path_factory.mktemp("history") / "c")
    collection = Collection.create(uri, ENCODER, DIM)
    state: dict[str, np.ndarray] = {}
    states = [dict(state)]

    def add(first: int, last: int) -> None:
        vectors = unit(rng, last - first)
        rows = [Row(v, "patch", f"p{n}", plate=n) for n, v in enumerate(vectors, start=first)]
        collection.add(rows)
        state.update({row_id("patch", f"p{n}"): v for n, v in enumerate(vectors, start=first)})
        states.append(dict(state))

    def delete(condition: str, *numbers: int) -> None:
        assert collection.delete(condition) == len(numbers)
        for n in numbers:
            del state[row_id("patch", f"p{n}")]
        states.append(dict(state))

    add(0, 20)
    add(20, 30)
    delete("plate in (3, 22)", 3, 22)
    add(5, 8)  # replaces three
    collection.table.compact()
    while len(states) < collection.version:  # a compaction is one or more versions
        states.append(dict(state))
    add(3, 4)  # comes back
    delete("plate >= 28", 28, 29)
    assert collection.version == len(states)
    return uri, states


@pytest.mark.parametrize("cached", range(1, 9))
def test_any_cache_serves_any_version(
    history: tuple[str, list[dict[str, np.ndarray]]], cached: int, tmp_path: Path
) -> None:
    uri, states = history
    if cached > len(states):
        pytest.skip("the history is shorter")
    cache = build_cache(RowTable.open(uri, cached), tmp_path)
    queries = unit(np.random.default_rng(1), 3)
    for version, state in enumerate(states, start=1):
        view = make_view(RowTable.open(uri, version), cache)
        assert len(view) == len(state)
        assert sorted(view.take(view.numbers())["id"].to_pylist()) == sorted(state)
        assert view.changes == 0 or version != cached
        for query, (scores, numbers) in zip(
            queries, zip(*view.search(queries, 5), strict=True), strict=True
        ):
            expected = sorted(state, key=lambda i: (-float(state[i] @ query), i))[:5]
            assert view.take(numbers)["id"].to_pylist() == expected
            np.testing.assert_allclose(scores, [state[i] @ query for i in expected], atol=1e-6)
            np.testing.assert_array_equal(
                view.vectors(numbers), np.array([state[i] for i in expected]).reshape(-1, DIM)
            )
            near, which = (found[0] for found in view.within(query, 0.3))
            assert view.take(which)["id"].to_pylist() == sorted(
                (i for i in state if state[i] @ query >= 0.3),
                key=lambda i: (-float(state[i] @ query), i),
            )
            assert len(near) == len(which)
        assert set(view.find([*states[-1], "unknown"])) == set(states[-1]) & set(state)


def test_a_cache_is_read_back_as_it_was_made(
    history: tuple[str, list[dict[str, np.ndarray]]], tmp_path: Path
) -> None:
    made = build_cache(RowTable.open(history[0]), tmp_path)
    read, why = load_cache(tmp_path, ENCODER)
    assert why == ""
    assert read is not None
    assert read.stamp == made.stamp
    assert read.rows.equals(made.rows)
    np.testing.assert_array_equal(read.exact.vectors, made.exact.vectors)
    other, why = load_cache(tmp_path, "other@1")
    assert other is None
    assert ENCODER in why


def test_a_cache_that_is_up_to_date_is_not_made_again(
    history: tuple[str, list[dict[str, np.ndarray]]], tmp_path: Path
) -> None:
    first = build_cache(RowTable.open(history[0]), tmp_path)
    again = build_cache(RowTable.open(history[0]), tmp_path)
    assert again.stamp.seconds == first.stamp.seconds
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 1


def test_caches_lie_beside_local_tables_only(
    history: tuple[str, list[dict[str, np.ndarray]]], cache_dir: Path
) -> None:
    table = RowTable.open(history[0])
    assert cache_place(table) == Path(history[0]) / "cache"
    table.uri, table.folder = "s3://bucket/c", None
    assert cache_place(table).parent == cache_dir / "indexes"
