"""Distances between all pairs of a batch."""

from __future__ import annotations

from torch import Tensor


def pairwise_distance(embeddings: Tensor) -> Tensor:
    """Euclidean distances (n, n) of unit vectors (n, d); the gradient is finite at distance 0."""
    squared = (2.0 - 2.0 * (embeddings @ embeddings.T).float()).clamp(min=0.0)
    return (squared + 1e-12).sqrt()
