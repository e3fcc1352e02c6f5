"""Pictures as maps of learned features, and how alike two such maps are.

Grey values of two stains have little in common; the features of an encoder that was trained to find
the same plate in other stains have more. Each place holds a unit vector after the mean of the
picture's tissue was taken off, so that what a stain adds everywhere does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.feature_map import equalised, feature_map
from brainseek.registration.alignment.picture import Picture, xy_matrix

if TYPE_CHECKING:
    from torch import Tensor

    from brainseek.embedder.plate_encoder import PlateEncoder

Matrix = NDArray[np.float64]

_TISSUE = 0.5
"""Share of a place that must be tissue for it to count."""


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """Features of a picture's tissue.

    Attributes
    ----------
    vectors : Tensor, (channels, rows, columns)
        Of unit length where there is tissue, 0 elsewhere.
    tissue : ndarray of bool, (rows, columns)
    """

    vectors: Tensor
    tissue: NDArray[np.bool_]


def map_of(encoder: PlateEncoder, picture: Picture, stride: int) -> FeatureMap:
    """Map a picture; it is padded with background to a multiple of ``stride``."""
    import torch
    from torch.nn import functional

    sides = [(0, -side % stride) for side in picture.gray.shape]
    gray = np.pad(picture.gray, sides)
    found = feature_map(encoder, gray, stride).cpu()
    rows, columns = found.shape[1:]
    share = cv2.resize(
        np.pad(picture.tissue, sides).astype(np.float32),
        (columns, rows),
        interpolation=cv2.INTER_AREA,
    )
    tissue = np.asarray(share > _TISSUE)
    mask = torch.from_numpy(tissue)
    if not tissue.any():
        return FeatureMap(torch.zeros_like(found), tissue)
    centred = found - found[:, mask].mean(1)[:, None, None]
    return FeatureMap(functional.normalize(centred, dim=0) * mask, tissue)


def prepared(encoder: PlateEncoder, picture: Picture) -> Picture:
    """Equalise a picture as the encoder's preprocessing does."""
    return Picture(equalised(picture.gray, encoder), picture.tissue, picture.scale)


def moved(picture: Picture, matrix: Matrix, shape: tuple[int, int]) -> Picture:
    """Move a picture by a (2, 3) map of its (row, column) onto a canvas of ``shape``."""
    xy = xy_matrix(matrix)
    size = shape[1], shape[0]
    gray = cv2.warpAffine(picture.gray, xy, size, flags=cv2.INTER_LINEAR)
    tissue = cv2.warpAffine(picture.tissue.astype(np.float32), xy, size, flags=cv2.INTER_LINEAR)
    return Picture(np.asarray(gray), np.asarray(tissue > _TISSUE), picture.scale)


def likeness(section: FeatureMap, target: FeatureMap) -> float:
    """Mean cosine similarity of two maps of one shape over the tissue of ``section``, -1 to 1.

    Places where the target has no tissue count 0.
    """
    return float((section.vectors * target.vectors).sum()) / max(int(section.tissue.sum()), 1)
