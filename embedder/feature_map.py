"""Features of every place of a picture: what an encoder sees before it pools.

A trained encoder has learnt to see the same tissue in other stains, so its maps can be compared
where grey values can't.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.plate_encoder import PlateEncoder

if TYPE_CHECKING:
    from torch import Tensor

STRIDES = (4, 8, 16, 32)
"""Pixels of the picture for each place of a map."""


def equalised(gray: NDArray[np.float32], encoder: PlateEncoder) -> NDArray[np.float32]:
    """Equalise a picture (rows, columns) as the encoder's own preprocessing does.

    Before and after, its values lie from 0 to 1 on a dark background.
    """
    whole = np.clip(gray * 255.0, 0, 255).astype(np.uint8)
    spread = encoder.card.preprocessing.equalised(whole)
    return np.asarray(spread, np.float32) / np.float32(255.0)


def feature_map(encoder: PlateEncoder, gray: NDArray[np.float32], stride: int) -> Tensor:
    """Features of the places of one picture.

    Parameters
    ----------
    encoder : PlateEncoder
    gray : ndarray, (rows, columns), float32
        0 to 1 on dark background; both sides are multiples of ``stride``.
    stride : int
        One of `STRIDES`.

    Returns
    -------
    Tensor, (channels, rows / stride, columns / stride), float32
        On the encoder's device; not normalised.

    Raises
    ------
    BrainseekError
        The stride is unknown, a side is no multiple of it, or the network has no such map.
    """
    import torch

    if stride not in STRIDES or any(side % stride for side in gray.shape):
        raise BrainseekError(
            f"a picture of {gray.shape} pixels has no map of stride {stride}; pad it to a "
            f"multiple and use one of {', '.join(map(str, STRIDES))}."
        )
    trunk: Any = encoder.network.trunk
    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(gray))[None, None].to(encoder.device)
        x = x.to(memory_format=torch.channels_last) * 2.0 - 1.0
        if hasattr(trunk, "stages"):
            found: Tensor = trunk.stages(x, stride.bit_length() - 1)
        else:
            found = _timm_map(trunk, x, stride)
        return found[0].float()


def _timm_map(trunk: Any, x: Tensor, stride: int) -> Tensor:
    """Last map of a timm backbone with the wanted stride."""
    if not hasattr(trunk, "forward_intermediates"):
        raise BrainseekError(
            f"the network {type(trunk).__name__} gives no maps of its places; use another encoder."
        )
    wanted = tuple(side // stride for side in x.shape[2:])
    maps: list[Tensor] = trunk.forward_intermediates(x, intermediates_only=True)
    for found in reversed(maps):
        if tuple(found.shape[2:]) == wanted:
            return found
    raise BrainseekError(
        f"the network {type(trunk).__name__} has no map of stride {stride}; use another encoder."
    )
