"""Region transfer: regions of one plate carried to another by registration, against the expert's.

Each plate is treated as a section: it is registered to another plate, never to itself, and the
expert regions of that plate are compared with its own. The expert labelled the right half only,
so only that half is scored.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.registration.coarse_regions import Agreement, Regions, agreement, coarse_regions
from benchmarks.registration.elastix_transfer import transferred
from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.catalog.structures.midline import midline
from brainseek.registration.alignment.align import align
from brainseek.registration.alignment.alignment import Target
from brainseek.registration.alignment.target import target_from_plate
from brainseek.registration.alignment.warp import Warp
from brainseek.registration.plates.identify import similarities

ATLAS = "mouse-nissl"
MIDDLE_PLATE = 66
TUNED_ON = (25, 40, 55, 70, 85, 100, 115)
"""Plates on which the settings of the registration were chosen (each to the next one)."""


@dataclass(frozen=True, eq=False)
class Query:
    """A plate as a section.

    Attributes
    ----------
    section : Section
    plate : int
    rotation_deg : float
        How far its picture was turned (anticlockwise).
    regions : ndarray, (height, width), uint8
        The expert's coarse regions.
    valid : ndarray, (height, width), bool
        True on the half of the picture that the expert labelled, false beyond its edges.
    pixel_size_um : float
        Kept for the distances; the section itself does not know it.
    """

    section: Section
    plate: int
    rotation_deg: float
    regions: Regions
    valid: NDArray[np.bool_]
    pixel_size_um: float


@dataclass(frozen=True)
class TransferRow:
    """One plate registered by one method.

    Attributes
    ----------
    plate : int
    rotation_deg : float
    method : str
        One of `METHODS`.
    agreement : Agreement
    seconds : float
        Wall time from pictures to transferred regions.
    """

    plate: int
    rotation_deg: float
    method: str
    agreement: Agreement
    seconds: float


def query(plate: int, rotation_deg: float = 0.0) -> Query:
    """Return a plate of the mouse Nissl atlas as a section, turned on a larger canvas."""
    atlas = nissl()
    own = atlas.annotation(plate)
    regions = coarse_regions(own, atlas.structures)
    offset, slope = midline(own)
    rows, columns = np.indices(own.shape)
    half = np.asarray(columns >= offset + slope * rows, np.uint8)
    turned = [
        _turned(image, rotation_deg, how)
        for image, how in (
            (np.asarray(atlas.plate_image(plate), np.uint8), cv2.INTER_LINEAR),
            (regions, cv2.INTER_NEAREST),
            (half, cv2.INTER_NEAREST),
        )
    ]
    return Query(
        section_from_array(turned[0]),
        plate,
        rotation_deg,
        turned[1],
        turned[2] > 0,
        atlas.pixel_size_um(plate),
    )


def centred(section: Section, target: Target) -> NDArray[np.float64]:
    """Affine map (2, 3) that puts the image centres on each other, unturned and unscaled."""
    gap = (np.array(target.image.shape[:2]) - np.array(section.image.shape[:2])) / 2
    return np.column_stack([np.eye(2), gap])


def _none(section: Section, target: Target) -> NDArray[np.int32]:
    shape = section.image.shape[0], section.image.shape[1]
    rows, columns = Warp(centred(section, target), None, shape).dense()
    labels = target.labels.astype(np.float32)
    return np.asarray(cv2.remap(labels, columns, rows, cv2.INTER_NEAREST).astype(np.int32))


MIDDLE = "affine and B-spline, to the middle plate"
METHODS: dict[str, Callable[[Section, Target], NDArray[np.int32]]] = {
    "no registration": _none,
    "affine only": lambda section, target: align(
        section, target, nonlinear=False, upside_down=False
    ).labels(),
    "affine and B-spline": lambda section, target: align(
        section, target, upside_down=False
    ).labels(),
    "affine and B-spline, started at the image centres": lambda section, target: align(
        section, target, initial=centred(section, target)
    ).labels(),
    "elastix affine and B-spline, its own start": transferred,
    MIDDLE: lambda section, target: align(section, target).labels(),
}
"""How to carry the target's labels to the section.

Retrieval names plates for sections that are upright; without it nothing says that they are.
"""


def region_transfer(
    plates: Sequence[int],
    rotations_deg: Sequence[float] = (0.0, 20.0, -20.0),
    methods: Sequence[str] = ("no registration", "affine only", "affine and B-spline", MIDDLE),
    offset: int | None = 1,
) -> list[TransferRow]:
    """Register plates to others and score the transferred regions.

    Parameters
    ----------
    plates : sequence of int
        Plates to treat as sections.
    rotations_deg : sequence of float
        How far to turn each.
    methods : sequence of str
        Keys of `METHODS`.
    offset : int or None
        Register plate k to plate k + offset (k − offset past the end); None takes the plate that
        retrieval finds when k itself is left out.

    Returns
    -------
    list of TransferRow
        One for each plate, rotation and method.
    """
    rows = []
    for plate in plates:
        for rotation in rotations_deg:
            asked = query(plate, rotation)
            chosen = retrieved(asked) if offset is None else _neighbour(plate, offset)
            for method in methods:
                number = MIDDLE_PLATE if method == MIDDLE else chosen
                rows.append(_scored(asked, number, method))
    return rows


def retrieved(asked: Query) -> int:
    """Plate most similar to a section, its own left out."""
    found, numbers = similarities([asked.section], ATLAS)
    found[:, numbers == asked.plate] = -np.inf
    return int(numbers[int(found[0].argmax())])


def _scored(asked: Query, number: int, method: str) -> TransferRow:
    target = target_from_plate(nissl(), number)
    start = time.perf_counter()
    labels = METHODS[method](asked.section, target)
    seconds = time.perf_counter() - start
    found = coarse_regions(labels, nissl().structures)
    score = agreement(found, asked.regions, asked.valid, asked.pixel_size_um)
    return TransferRow(asked.plate, asked.rotation_deg, method, score, seconds)


def _neighbour(plate: int, offset: int) -> int:
    last = nissl().plates[-1].number
    return plate + offset if 1 <= plate + offset <= last else plate - offset


def _turned(image: NDArray[np.uint8], degrees: float, how: int) -> NDArray[np.uint8]:
    """Turn an image about its centre on a canvas that holds all of it."""
    if degrees == 0:
        return image
    height, width = image.shape
    centre = (width - 1) / 2, (height - 1) / 2
    matrix = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = int(height * sine + width * cosine), int(height * cosine + width * sine)
    matrix[:, 2] += (np.array(size) - 1) / 2 - centre
    return np.asarray(cv2.warpAffine(image, matrix, size, flags=how), np.uint8)


@lru_cache(maxsize=1)
def nissl() -> Atlas:
    """The mouse Nissl atlas."""
    return load_atlas(ATLAS)
