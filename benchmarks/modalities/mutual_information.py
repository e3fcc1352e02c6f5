"""Template matching by mutual information: a query against every patch of the gallery."""

import time
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.modalities.places import Patches
from brainseek.embedder.preprocessing.patch_gray import spread_gray

SIDE_PX = 32
MARGIN_PX = 2
"""Cut off all around: a turned patch does not reach there."""
BINS = 16
TURNS_DEG = (-4.0, -2.0, 0.0, 2.0, 4.0)
"""Turns of the query of which the best counts."""


@dataclass(frozen=True, eq=False)
class Matched:
    """Order of the gallery for some queries, (m, n), and the seconds that one query took."""

    order: NDArray[np.int64]
    seconds: float


def match(queries: Patches, gallery: Patches) -> Matched:
    """Order gallery patches (n, side, side) by mutual information with queries (m, side, side)."""
    templates = np.stack([_codes(_small(patch)) for patch in gallery])
    start = time.perf_counter()
    rows = []
    for query in queries:
        small = _small(query)
        turned = [_codes(_turned(small, angle)) for angle in TURNS_DEG]
        scores = np.max([mutual_information(codes, templates) for codes in turned], axis=0)
        rows.append(np.argsort(-scores, kind="stable"))
    return Matched(np.stack(rows), (time.perf_counter() - start) / len(queries))


def mutual_information(
    query: NDArray[np.int64], gallery: NDArray[np.int64], bins: int = BINS
) -> NDArray[np.float64]:
    """Mutual information of gray levels, (n,) in nats.

    Parameters
    ----------
    query : ndarray of int, (p,)
        Levels below ``bins``.
    gallery : ndarray of int, (n, p)
    bins : int
    """
    n, pixels = gallery.shape
    cells = (np.arange(n)[:, None] * bins + gallery) * bins + query
    joint = np.bincount(cells.ravel(), minlength=n * bins * bins).reshape(n, bins, bins) / pixels
    apart = joint.sum(2, keepdims=True) * joint.sum(1, keepdims=True)
    ratio = np.divide(joint, apart, out=np.ones_like(joint), where=joint > 0)
    return np.asarray((joint * np.log(ratio)).sum((1, 2)))


def _small(patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    gray = spread_gray(patch)
    return np.asarray(cv2.resize(gray, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _turned(patch: NDArray[np.uint8], angle_deg: float) -> NDArray[np.uint8]:
    middle = (SIDE_PX - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), angle_deg, 1.0)
    turned = cv2.warpAffine(patch, matrix, (SIDE_PX, SIDE_PX), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def _codes(patch: NDArray[np.uint8]) -> NDArray[np.int64]:
    inner = patch[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
    return inner.ravel().astype(np.int64) * BINS // 256
