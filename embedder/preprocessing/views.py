"""Views of a section whose embeddings are averaged: a steadier vector for a little more time."""

import torch
from torch import Tensor
from torch.nn import functional

from brainseek.catalog.core.errors import BrainseekError

# Name → (mirrored?, size of the picture in its frame).
VIEWS: dict[str, tuple[bool, float]] = {
    "as-is": (False, 1.0),
    "mirrored": (True, 1.0),
    "shrunk": (False, 0.93),
    "shrunk-mirrored": (True, 0.93),
}


def make_views(images: Tensor, names: tuple[str, ...]) -> Tensor:
    """Views of network inputs, (n, 1, side, side) → (views · n, 1, side, side), view by view.

    A shrunk view leaves a dark border around tissue that would otherwise touch the frame.

    Raises
    ------
    BrainseekError
        If a name is unknown or there is none.
    """
    unknown = [name for name in names if name not in VIEWS]
    if unknown or not names:
        raise BrainseekError(f"Unknown views {unknown}: choose from {', '.join(VIEWS)}.")
    return torch.cat([_view(images, *VIEWS[name]) for name in names])


def _view(images: Tensor, mirrored: bool, scale: float) -> Tensor:
    if scale == 1.0:
        return images.flip(3) if mirrored else images
    x = -1.0 / scale if mirrored else 1.0 / scale
    matrix = torch.tensor([[x, 0.0, 0.0], [0.0, 1.0 / scale, 0.0]], device=images.device)
    grid = functional.affine_grid(
        matrix.expand(len(images), 2, 3), list(images.shape), align_corners=False
    )
    return functional.grid_sample(images, grid, align_corners=False)
