"""Small pictures of the sections of a series, all on one scale, tissue in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    shrink,
    tissue_mask,
    to_gray_uint8,
)

_WORKING_SIDE = 256
_SMALLEST_PIECE = 0.05
_EXTENT_QUANTILE = 0.9
_FILL = 0.9
_COMPARED_SIDE = 32
_TURNS_DEG = tuple(range(-20, 21, 5))
_COARSE_SIDE = 16
_BLANK = 0.4


@dataclass(frozen=True, eq=False)
class TissuePicture:
    """A shrunken section on a dark ground.

    Attributes
    ----------
    gray : ndarray of uint8, (rows, columns)
    tissue : ndarray of bool, (rows, columns)
    scale : float
        Pixels of the section per pixel of this picture.
    pixel_size_um : float or None
        Of the section.
    """

    gray: NDArray[np.uint8]
    tissue: NDArray[np.bool_]
    scale: float
    pixel_size_um: float | None


def tissue_picture(gray: NDArray[np.uint8], pixel_size_um: float | None) -> TissuePicture:
    """Shrink a gray section (rows, columns) and find its tissue."""
    small = dark_background(shrink(gray, _WORKING_SIDE))
    tissue = tissue_mask(small, _SMALLEST_PIECE)
    return TissuePicture(small, tissue, max(gray.shape) / max(small.shape), pixel_size_um)


def series_pictures(
    sections: Sequence[TissuePicture], turned_deg: Sequence[int], side: int
) -> NDArray[np.float32]:
    """Draw every section small, with the centroid of its tissue in the middle.

    Parameters
    ----------
    sections : sequence of TissuePicture
        Where all carry a pixel size it sets their relative scale; otherwise their pixels count
        as equally large.
    turned_deg : sequence of int
        180 for sections to be turned upside down first.
    side : int
        Side of a picture in pixels.

    Returns
    -------
    ndarray, (n, side, side), float32
        0 outside the tissue, 0 … 1 inside; nine tenths of the sections fit in whole.
    """
    known = all(section.pixel_size_um is not None for section in sections)
    sizes = [
        section.scale * (section.pixel_size_um or 1.0 if known else 1.0) for section in sections
    ]
    extents = [
        2 * size * _half_extent(section.tissue)
        for size, section in zip(sizes, sections, strict=True)
    ]
    unit = float(np.quantile(extents, _EXTENT_QUANTILE)) / (_FILL * side)
    return np.stack(
        [
            _centred(section.gray, section.tissue, size / unit, side, turned)
            for section, size, turned in zip(sections, sizes, turned_deg, strict=True)
        ]
    )


def picture_likeness(pictures: NDArray[np.float32]) -> NDArray[np.float64]:
    """Correlate small pictures with each other, the best over small turns and mirroring.

    Parameters
    ----------
    pictures : ndarray, (n, side, side)
        As :func:`series_pictures` makes them.

    Returns
    -------
    ndarray, (n, n)
        Symmetric, -1 … 1.
    """
    small = np.stack(
        [cv2.resize(p, (_COMPARED_SIDE,) * 2, interpolation=cv2.INTER_AREA) for p in pictures]
    )
    n = len(small)
    plain = _unit_rows(small.reshape(n, -1))
    best = np.full((n, n), -1.0, np.float32)
    middle = ((_COMPARED_SIDE - 1) / 2,) * 2
    for view in (small, small[:, :, ::-1]):
        for angle in _TURNS_DEG:
            matrix = cv2.getRotationMatrix2D(middle, angle, 1.0)
            turned = [
                cv2.warpAffine(np.ascontiguousarray(p), matrix, (_COMPARED_SIDE,) * 2).ravel()
                for p in view
            ]
            best = np.maximum(best, plain @ _unit_rows(np.stack(turned)).T)
    return np.asarray((best + best.T) / 2, np.float64)


def is_blank(section: Section) -> bool:
    """Tell whether a picture is even or only noise: hardly anything is left when it is shrunk."""
    gray = to_gray_uint8(section.image).astype(np.float32)
    coarse = cv2.resize(gray, (_COARSE_SIDE, _COARSE_SIDE), interpolation=cv2.INTER_AREA)
    return bool(coarse.std() < _BLANK * max(float(gray.std()), 1e-6))


def _unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = rows - rows.mean(1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)


def _centroid(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())


def _half_extent(mask: NDArray[np.bool_]) -> float:
    row, column = _centroid(mask)
    rows, columns = np.nonzero(mask)
    return float(max(np.abs(rows - row).max(), np.abs(columns - column).max(), 1.0))


def _centred(
    gray: NDArray[np.uint8], mask: NDArray[np.bool_], scale: float, side: int, turned_deg: int
) -> NDArray[np.float32]:
    row, column = _centroid(mask)
    tissue = np.where(mask, gray, 0).astype(np.float32)
    top = max(float(np.percentile(tissue[mask], 99)), 1.0)
    picture = np.minimum(tissue / np.float32(top), 1)
    if scale < 1:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale)
    middle = (side - 1) / 2
    matrix = np.array(
        [[scale, 0, middle - scale * column], [0, scale, middle - scale * row]], np.float32
    )
    small = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR)
    if turned_deg == 180:
        small = small[::-1, ::-1]
    return np.ascontiguousarray(small, np.float32)
