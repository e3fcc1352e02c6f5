"""How good an alignment looks, and when not to trust it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.registration.alignment.alignment import Quality
from brainseek.registration.alignment.feature_map import likeness, map_of, prepared
from brainseek.registration.alignment.picture import Picture
from brainseek.registration.alignment.warp import Warp

MIN_SIMILARITY = 0.32
"""Chosen on fluorescence sections; how well it parts right plates from wrong ones is measured by
`python -m benchmarks.registration`."""
MIN_OVERLAP = 0.80
MAX_FOLDING = 0.001
_STRIDE = 16


def warped(section: Picture, target: Picture, warp: Warp) -> tuple[NDArray, NDArray[np.bool_]]:
    """Warp picture and tissue of the target onto the section's shrunken picture."""
    rows, columns = section.gray.shape
    grid = np.mgrid[:rows, :columns].reshape(2, -1).T
    full = (grid + 0.5) * np.array(section.scale) - 0.5
    at = ((warp.forward(full) + 0.5) / np.array(target.scale) - 0.5).astype(np.float32)
    row, column = at.T.reshape(2, rows, columns)
    gray = cv2.remap(target.gray, column, row, cv2.INTER_LINEAR)
    tissue = cv2.remap(target.tissue.astype(np.float32), column, row, cv2.INTER_LINEAR)
    return gray, np.asarray(tissue > 0.5)


def judge(section: Picture, target: Picture, warp: Warp, encoder: PlateEncoder) -> Quality:
    """Compare a section with the warped target.

    Parameters
    ----------
    section, target : Picture
    warp : Warp
        From full section pixels to full target pixels.
    encoder : PlateEncoder
        Whose features are compared.
    """
    gray, tissue = warped(section, target, warp)
    onto = Picture(gray, tissue, section.scale)
    similarity = likeness(
        *(map_of(encoder, prepared(encoder, one), _STRIDE) for one in (section, onto))
    )
    both = int((section.tissue & tissue).sum())
    overlap = 2 * both / max(int(section.tissue.sum() + tissue.sum()), 1)
    folding = _folding(section, warp)
    problems = []
    if similarity < MIN_SIMILARITY:
        problems.append(f"the section hardly resembles the plate (similarity {similarity:.2f})")
    if overlap < MIN_OVERLAP:
        problems.append(f"the tissue outlines differ (overlap {overlap:.2f})")
    if folding > MAX_FOLDING:
        problems.append(f"the map folds in {folding:.1%} of the tissue")
    warning = f"Check this alignment by eye: {'; '.join(problems)}." if problems else None
    return Quality(similarity, overlap, folding, warning is None, warning)


def _folding(section: Picture, warp: Warp) -> float:
    if warp.displacement is None:
        return 0.0
    rows, columns = warp.growth.shape
    tissue = cv2.resize(
        section.tissue.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST
    ).astype(bool)
    return float((warp.growth[tissue] <= 0).mean()) if tissue.any() else 0.0
