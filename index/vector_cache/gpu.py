"""Exact search on a GPU, where FAISS can use one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMORY_SHARE = 0.5
"""A GPU takes the vectors if they need at most this share of its free memory."""


def gpus() -> int:
    """Return how many GPUs FAISS can use; 0 for its CPU build."""
    import faiss

    return int(faiss.get_num_gpus()) if hasattr(faiss, "StandardGpuResources") else 0


class GpuIndex:
    """All vectors on the first GPU, searched exactly, which beats any approximate CPU index there.

    Parameters
    ----------
    flat : faiss.IndexFlatIP
        The vectors.
    """

    def __init__(self, flat: Any) -> None:
        import faiss

        self._resources = faiss.StandardGpuResources()
        self._index = faiss.index_cpu_to_gpu(self._resources, 0, flat)

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return scores and numbers (m, k) of the nearest rows, best first."""
        scores, numbers = self._index.search(queries, k)
        return scores.astype(np.float64), numbers


MOST_NEIGHBOURS = 2048
"""FAISS' limit for ``k`` on a GPU."""


def gpu_index(flat: Any) -> GpuIndex | None:
    """Return the vectors on a GPU; None where there is none or they don't fit."""
    if flat.ntotal == 0 or not gpus():
        return None
    import torch

    free, _ = torch.cuda.mem_get_info(0)
    return GpuIndex(flat) if 4 * flat.ntotal * flat.d <= MEMORY_SHARE * free else None
