"""How well a network ranks plates: rank of the true plate, TOP-N, plate error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from brainseek.embedder.networks.embedding import EmbeddingNetwork
from brainseek.trainers.plates.pictures import Pictures


def ranks_of_truth(
    similarity: NDArray[np.float32], plates: NDArray[np.int64], truth: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rank, from 0, of the true plate among all plates sorted by similarity.

    Parameters
    ----------
    similarity : ndarray, (n sections, n plates)
    plates : ndarray, (n plates,)
        Plate numbers of the columns.
    truth : ndarray, (n sections,)
        True plate numbers.
    """
    column = np.array([int(np.flatnonzero(plates == number)[0]) for number in truth])
    own = similarity[np.arange(len(truth)), column][:, None]
    return np.asarray((similarity > own).sum(1))


@dataclass(frozen=True)
class RankScore:
    """Scores of one split: rank-MAE, shares with rank below N, median plate error in plates."""

    n: int
    rank_mae: float
    top1: float
    top3: float
    top5: float
    top10: float
    plate_error: float

    @property
    def error(self) -> float:
        """The rank-MAE."""
        return self.rank_mae

    @property
    def said(self) -> str:
        """The rank-MAE in words."""
        return f"rank-MAE {self.rank_mae:.2f}"


def rank_score(
    similarity: NDArray[np.float32], plates: NDArray[np.int64], truth: NDArray[np.int64]
) -> RankScore:
    """Summarise a similarity matrix (n sections, n plates) against the true plates."""
    ranks = ranks_of_truth(similarity, plates, truth)
    best = plates[similarity.argmax(1)]
    top1, top3, top5, top10 = (float((ranks < n).mean()) for n in (1, 3, 5, 10))
    error = float(np.abs(best - truth).mean())
    return RankScore(len(truth), float(ranks.mean()), top1, top3, top5, top10, error)


@torch.inference_mode()
def embed_pictures(
    network: EmbeddingNetwork, images: NDArray[np.uint8] | NDArray[np.float32], batch: int = 32
) -> NDArray[np.float32]:
    """Embed pictures that are already preprocessed; (n, dim) float32.

    Parameters
    ----------
    network : EmbeddingNetwork
    images : ndarray, (n, rows, columns) or (n, rows, columns, channels)
        uint8 from 0 to 255, or float32 within 0 and 1.
    batch : int
    """
    stacked = images[..., None] if images.ndim == 3 else images
    device = next(network.parameters()).device
    white = 255.0 if images.dtype == np.uint8 else 1.0
    parts = []
    for start in range(0, len(images), batch):
        block = torch.from_numpy(stacked[start : start + batch]).to(device).float() / white
        block = block.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        parts.append(network(block).float().cpu().numpy())
    return np.concatenate(parts)


def validate(network: EmbeddingNetwork, gallery: Pictures, queries: Pictures) -> RankScore:
    """Score a network on labelled pictures against the plates of the gallery."""
    network.eval()
    plates = embed_pictures(network, gallery.images)
    similarity = embed_pictures(network, queries.images) @ plates.T
    return rank_score(similarity, gallery.plates, queries.plates)
