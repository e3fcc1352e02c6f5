"""Small made rows, and a slow search over them, for the tests of collections."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.index.table.schema import Row

ENCODER = "made@00000000"
DIM = 8


def unit(rng: np.random.Generator, n: int, dim: int = DIM) -> NDArray[np.float32]:
    """Return random unit vectors (n, dim)."""
    vectors = rng.normal(size=(n, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def batch(number: int, rows: int = 40, dim: int = DIM) -> list[Row]:
    """Return the rows of batch ``number``, always the same ones; the note names the batch."""
    vectors = unit(np.random.default_rng(number), rows, dim)
    return [
        Row(
            vector,
            "patch",
            f"made://{number}/{i}",
            note=f"batch {number}",
            plate=i,
            ap_um=10.0 * i,
            thumbnail=bytes([number % 256, i % 256]),
        )
        for i, vector in enumerate(vectors)
    ]


def vectors_by_source(numbers: Sequence[int], rows: int = 40) -> dict[str, NDArray[np.float32]]:
    """Return the vector of every row of some batches by its source."""
    return {row.source_uri: row.vector for number in numbers for row in batch(number, rows)}


def slow_search(
    vectors: Mapping[str, NDArray[np.float32]], query: NDArray[np.float32], k: int
) -> list[tuple[str, float]]:
    """Return (key, cosine) of the ``k`` nearest vectors, one after the other; ties by key."""
    scores = {
        key: math.fsum(float(a) * float(b) for a, b in zip(vector, query, strict=True))
        for key, vector in vectors.items()
    }
    return sorted(scores.items(), key=lambda pair: (-round(pair[1], 12), pair[0]))[:k]


def assert_right(
    collection: Any, vectors: Mapping[str, NDArray[np.float32]], k: int = 7, seed: int = 0
) -> None:
    """Search for a random vector, and for one that is there, and compare with a slow loop."""
    rng = np.random.default_rng(seed)
    queries = [unit(rng, 1)[0]]
    if vectors:
        queries.append(vectors[sorted(vectors)[int(rng.integers(len(vectors)))]])
    for query in queries:
        hits = collection.search(query, k)
        expected = slow_search(vectors, query, k)
        assert [hit.row["source_uri"] for hit in hits] == [source for source, _ in expected]
        np.testing.assert_allclose([hit.score for hit in hits], [s for _, s in expected], atol=1e-6)
