"""Sections of one series as they lie on one kind of paper, for comparing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.embedder.preprocessing.section_gray import dark_background, to_gray_uint8

Gray = NDArray[np.uint8]

_BRIGHT = 140
_INK = 4.0
_WHITE = 250
_BLEND = 2
_FITS = 8


def on_dark_background(sections: Sequence[Section]) -> list[Section]:
    """Return gray copies of the sections with padding cut off and the paper black.

    A small piece of tissue hardly darkens its picture, so on its own bright paper is easily
    taken for tissue. In a series most members show how the paper looks, and the others follow.

    Parameters
    ----------
    sections : sequence of Section

    Returns
    -------
    list of Section
        For embedding and comparing only: they may be smaller than the originals.
    """
    grays = [
        level_background(without_padding(to_gray_uint8(section.image))) for section in sections
    ]
    dark = [dark_background(gray) for gray in grays]
    turned = [one is not gray for one, gray in zip(dark, grays, strict=True)]
    bright = bool(np.mean(turned) > 0.5)
    done = []
    for section, gray, found, was_bright in zip(sections, grays, dark, turned, strict=True):
        if bright and not was_bright and _paper(gray) > _BRIGHT:
            found = _darkened(gray)
        done.append(replace(section, image=found, tissue_mask=None))
    return done


def without_padding(gray: Gray) -> Gray:
    """Cut off rows and columns at the border that are wholly white, as scanners add them."""
    white = gray >= _WHITE
    rows = np.flatnonzero(~white.all(1))
    columns = np.flatnonzero(~white.all(0))
    if min(rows.size, columns.size) <= 2 * _BLEND:
        return gray
    # Where padding was cut, the next rows may be half padding.
    first, last = _inner(rows, gray.shape[0])
    left, right = _inner(columns, gray.shape[1])
    return np.ascontiguousarray(gray[first:last, left:right])


def level_background(gray: Gray) -> Gray:
    """Take the slope out of bright paper that is lit unevenly; dark borders are left alone."""
    rows, columns = gray.shape
    edge = np.ones(gray.shape, bool)
    edge[1:-1, 1:-1] = False
    down, right = np.nonzero(edge)
    values = gray[edge].astype(np.float64)
    paper = float(np.median(values))
    if paper <= _BRIGHT:
        return gray
    design = np.column_stack([np.ones(len(values)), down / rows - 0.5, right / columns - 0.5])
    weights = np.ones(len(values))
    for _ in range(_FITS):  # least absolute distance, so that tissue at the border pulls little
        root = np.sqrt(weights)
        plane = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
        weights = 1 / np.maximum(np.abs(values - design @ plane), 1.0)
    slope = plane[1] * (np.arange(rows)[:, None] / rows - 0.5) + plane[2] * (
        np.arange(columns)[None] / columns - 0.5
    )
    return np.clip(np.rint(gray - slope), 0, 255).astype(np.uint8)


def _inner(kept: NDArray[np.int64], size: int) -> tuple[int, int]:
    first, last = int(kept[0]), int(kept[-1]) + 1
    return first + _BLEND * (first > 0), last - _BLEND * (last < size)


def _paper(gray: Gray) -> float:
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    return float(np.median(border))


def _darkened(gray: Gray) -> Gray:
    level = _paper(gray) - _INK
    darkest = float(np.percentile(gray, 0.5))
    stretched = (level - gray.astype(np.float32)) * (255.0 / max(level - darkest, 1.0))
    return np.clip(stretched, 0, 255).astype(np.uint8)
