"""The GPU finds what the CPU finds."""

import numpy as np
import pytest

from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.index.vector_cache.gpu import GpuIndex, gpu_index, gpus


def unit(n: int, d: int) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_without_a_gpu_there_is_no_gpu_index() -> None:
    faiss = pytest.importorskip("faiss")
    flat = faiss.IndexFlatIP(8)
    flat.add(unit(100, 8))
    assert (gpu_index(flat) is None) == (gpus() == 0)


@pytest.mark.gpu
@pytest.mark.skipif(gpus() == 0, reason="FAISS has no GPU here (faiss-gpu-cu12 and a CUDA device)")
def test_the_gpu_finds_what_the_cpu_finds() -> None:
    faiss = pytest.importorskip("faiss")
    vectors = unit(20_000, 32)
    flat = faiss.IndexFlatIP(32)
    flat.add(vectors)
    scores, numbers = GpuIndex(flat).search(vectors[:50], 10)
    expected, truth = ExactIndex(vectors).search(vectors[:50], 10)
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert (numbers == truth).mean() > 0.99
