"""A small conditional U-Net that draws a section in another stain."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from brainseek.catalog.core.errors import BrainseekError

LEVELS = 4
"""Resolutions; the sides of its inputs are padded to multiples of 2 ** (LEVELS - 1)."""
_GROUPS = 8


class Generator(nn.Module):
    """Source gray (and a composed image) in, target gray out (Ronneberger et al., MICCAI 2015).

    Parameters
    ----------
    conditions : int
        Input channels: 1, the source; 2, and what was composed of retrieved patches.
    width : int
        Channels of the finest level, a multiple of 8; they double twice and stay then.

    Raises
    ------
    BrainseekError
        If a number is impossible.
    """

    def __init__(self, conditions: int = 1, width: int = 24) -> None:
        super().__init__()
        if conditions not in (1, 2) or width < _GROUPS or width % _GROUPS:
            raise BrainseekError(
                f"a generator with {conditions} conditions and {width} channels can't be built; "
                f"give 1 or 2 and a multiple of {_GROUPS}."
            )
        self.conditions, self.width = conditions, width
        widths = [width * min(2**level, 4) for level in range(LEVELS)]
        before = [conditions, *widths[:-1]]
        self.down = nn.ModuleList(_block(a, b) for a, b in zip(before, widths, strict=True))
        self.up = nn.ModuleList(
            _block(widths[level] + widths[level - 1], widths[level - 1])
            for level in range(LEVELS - 1, 0, -1)
        )
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, conditions: Tensor) -> Tensor:
        """Draw the target, (n, conditions, h, w) in 0..1 → (n, 1, h, w) in 0..1.

        h and w are multiples of 2 ** (LEVELS - 1).
        """
        kept: list[Tensor] = []
        values = conditions * 2 - 1
        for level, block in enumerate(self.down):
            values = block(values if level == 0 else nn.functional.avg_pool2d(values, 2))
            kept.append(values)
        for number, block in enumerate(self.up):
            finer = kept[LEVELS - 2 - number]
            values = nn.functional.interpolate(values, scale_factor=2, mode="bilinear")
            values = block(torch.cat([values, finer], 1))
        drawn: Tensor = self.out(values)
        return drawn.sigmoid()


def predict(
    generator: Generator,
    source: NDArray[np.uint8],
    composed: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """Draw a whole section.

    Parameters
    ----------
    generator : Generator
    source : ndarray of uint8, (rows, columns)
        At the pixel size that it was trained on.
    composed : ndarray, (rows, columns), optional
        Gray 0 to 255, from `synthesis.stain.compose.compose`; for a generator with two conditions.

    Returns
    -------
    ndarray of float32, (rows, columns)
        Gray 0 to 255.

    Raises
    ------
    BrainseekError
        If the composed image is missing, too much, or of another shape.
    """
    given = 1 if composed is None else 2
    if given != generator.conditions:
        raise BrainseekError(
            f"the generator takes {generator.conditions} conditions and {given} were given; "
            f"{'add the' if given == 1 else 'leave out the'} composed image."
        )
    if source.ndim != 2 or (composed is not None and composed.shape != source.shape):
        shape = None if composed is None else composed.shape
        raise BrainseekError(
            f"a source of shape {source.shape} and a composed image of {shape} are not on one "
            "grid; give (rows, columns) of one shape."
        )
    stacked = np.stack([source] if composed is None else [source, composed]).astype(np.float32)
    multiple = 2 ** (LEVELS - 1)
    rows, columns = source.shape
    more = ((0, 0), (0, -rows % multiple), (0, -columns % multiple))
    padded = np.pad(stacked, more, mode="edge")
    device = next(generator.parameters()).device
    generator.eval()
    with torch.inference_mode():
        drawn = generator(torch.from_numpy(padded / np.float32(255))[None].to(device))
    return np.asarray(drawn[0, 0, :rows, :columns].cpu().numpy() * np.float32(255), np.float32)


def _block(before: int, after: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (before, after):
        layers += [
            nn.Conv2d(channels, after, 3, padding=1, bias=False),
            nn.GroupNorm(_GROUPS, after),
            nn.SiLU(inplace=True),
        ]
    return nn.Sequential(*layers)
