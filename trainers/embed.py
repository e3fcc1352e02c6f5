"""Vectors of pictures by a network in training, for its validation."""

import numpy as np
import torch
from numpy.typing import NDArray

from brainseek.embedder.networks.embedding import EmbeddingNetwork
from brainseek.embedder.networks.two_tower import TwoTowerNetwork

Network = EmbeddingNetwork | TwoTowerNetwork
"""Has a ``trunk`` and a ``head``; the trunk may rest or learn more slowly."""


@torch.inference_mode()
def embed_pictures(
    network: Network, images: NDArray[np.uint8] | NDArray[np.float32], batch: int = 32
) -> NDArray[np.float32]:
    """Embed pictures that are already preprocessed; (n, dim) float32.

    Parameters
    ----------
    network : EmbeddingNetwork or TwoTowerNetwork
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
