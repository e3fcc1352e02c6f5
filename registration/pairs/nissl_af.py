"""Nissl plates paired with the CCFv3 template, each on its own plane.

The given planes of the plates lie too far anterior. Each plate is therefore compared with cuts of
the template moved along the brain; what a plate likes best is blended with its neighbours, and a
non-linear registration follows. The maps are made by registration and checked by its own features,
not by an expert: as truth they are pseudo-truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import grid_of
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.catalog.volumes.volume import Plane, Volume
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    tissue_mask,
    to_gray_uint8,
)
from brainseek.embedder.registry import load_encoder
from brainseek.index.fill.template import PIXEL_UM, SMALLEST_PIECE, template_image
from brainseek.registration.alignment.align import DEFAULT_FEATURES, align
from brainseek.registration.alignment.alignment import Alignment, Quality
from brainseek.registration.alignment.target import target_from_plane

NISSL = "nissl"
PLATES = range(13, 130)
"""Plates whose given plane is near enough to be corrected."""
MOVES_UM = np.arange(-100.0, 301.0, 100.0)
"""How far the given planes are moved towards posterior on trial."""
BLEND_PLATES = 4.0
"""Spread, in plates, over which neighbours are asked how far a plane has to move."""
LEAST_SIMILARITY = 0.42
"""Alignments whose features agree less are left out; seen on overlays."""
FINEST_UM = 10.0
"""Plates with smaller pixels are shrunk to this."""
_GRID_PX = 8.0


@dataclass(frozen=True, eq=False)
class Refined:
    """A section on its corrected plane.

    Attributes
    ----------
    number : int
        Of the plate.
    move_um : float
        How far the given plane was moved towards posterior.
    alignment : Alignment
        To the template cut on that plane.
    """

    number: int
    move_um: float
    alignment: Alignment

    @property
    def quality(self) -> Quality:
        """How well the features of section and template agree."""
        return self.alignment.quality

    @property
    def kept(self) -> bool:
        """Whether the alignment is good enough for a pair."""
        return self.quality.trusted and self.quality.similarity >= LEAST_SIMILARITY


def refine_plates(
    plates: Sequence[int] = PLATES, every: int = 3, *, progress: bool = True
) -> list[Refined]:
    """Find the planes of Nissl plates in the template, and align the plates to it.

    Parameters
    ----------
    plates : sequence of int
    every : int
        Every which plate is tried at all of `MOVES_UM`.
    progress : bool

    Raises
    ------
    BrainseekError
        When ``mouse-nissl-plates`` or ``mouse-ccf`` are not here, or SimpleITK is not installed.
    """
    nissl, template = load_atlas("mouse-nissl"), load_atlas("mouse-ccf")
    encoder = load_encoder(DEFAULT_FEATURES, kind=PlateEncoder)
    tried = list(plates)[::every]
    likings = np.array(
        [
            [_aligned(nissl, template, k, m, encoder, False).quality.similarity for m in MOVES_UM]
            for k in tqdm(tried, desc="finding planes", unit="plate", disable=not progress)
        ]
    )
    moves = blended_moves(np.array(tried), likings, np.array(list(plates)))
    return [
        Refined(k, float(m), _aligned(nissl, template, k, float(m), encoder, True))
        for k, m in tqdm(
            list(zip(plates, moves, strict=True)), desc="aligning", unit="plate",
            disable=not progress,
        )
    ]  # fmt: skip


def blended_moves(
    tried: NDArray[np.generic],
    likings: NDArray[np.float64],
    plates: NDArray[np.generic],
    moves_um: NDArray[np.float64] = MOVES_UM,
    blend: float = BLEND_PLATES,
) -> NDArray[np.float64]:
    """Return the best move of every plate from likings of its neighbours, in µm.

    Parameters
    ----------
    tried : ndarray, (n,)
        Plates that were compared, or positions of sections.
    likings : ndarray, (n, moves)
        Their similarity at each of the moves.
    plates : ndarray, (m,)
    moves_um : ndarray, (moves,)
        Evenly spaced, three or more.
    blend : float
        Spread over which neighbours are asked, in the unit of ``tried``.

    Returns
    -------
    ndarray, (m,)
        Vertex of the parabola through the best blended liking and the two beside it.
    """
    apart = np.asarray(plates, np.float64)[:, None] - np.asarray(tried, np.float64)[None]
    weights = np.exp(-0.5 * (apart / blend) ** 2)
    blended = weights @ likings / weights.sum(1, keepdims=True)
    best = np.clip(blended.argmax(1), 1, len(moves_um) - 2)
    row = np.arange(len(plates))
    before, at, after = (blended[row, best + step] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * at + after, -1e-9)
    offset = np.clip(0.5 * (before - after) / bend, -1, 1)
    return np.asarray(moves_um[best] + offset * (moves_um[1] - moves_um[0]))


def nissl_af_pairs(refined: Sequence[Refined]) -> list[SectionPair]:
    """Return the pairs of the plates that are good enough; the group is the plate."""
    volume = load_atlas("mouse-ccf").volume
    assert volume is not None
    return [
        pair_of(f"plate {one.number}", one.number, one.alignment, volume)
        for one in refined
        if one.kept
    ]


def pair_of(
    name: str, group: int, found: Alignment, volume: Volume, grid_px: float = _GRID_PX
) -> SectionPair:
    """Pair a Nissl section with the cut of the template that it is aligned to.

    Parameters
    ----------
    name, group
        As in `brainseek.catalog.pairs.section_pair.SectionPair`.
    found : Alignment
        Of a section of known pixel size; images finer than `FINEST_UM` are shrunk.
    volume : Volume
        Of the template.
    grid_px : float
        Step of the stored grids in pixels of the section.
    """
    section = found.section
    assert section.pixel_size_um is not None
    gray = dark_background(to_gray_uint8(section.image))
    scale = max(1.0, FINEST_UM / section.pixel_size_um)
    rows, columns = (round(n / scale) for n in gray.shape)
    full = np.array(gray.shape) / (rows, columns)
    gray = np.asarray(cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)

    def in_section(points: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.asarray((np.asarray(points, np.float64) + 0.5) * full - 0.5)

    pixel_um = section.pixel_size_um * float(full[1])
    return SectionPair(
        name=name,
        group=group,
        first=PairedImage(gray, pixel_um, NISSL, tissue_mask(gray, SMALLEST_PIECE)),
        second=template_image(volume, found.target.image),
        transform=grid_of(lambda points: found.to_target(in_section(points)), gray.shape, grid_px),
        atlas="mouse-ccf",
        to_atlas=grid_of(lambda points: found.to_atlas_um(in_section(points)), gray.shape, grid_px),
    )


def _aligned(
    nissl: Atlas,
    template: Atlas,
    plate: int,
    move_um: float,
    encoder: PlateEncoder,
    nonlinear: bool,
) -> Alignment:
    section: Section = section_from_array(nissl.plate_image(plate), nissl.pixel_size_um(plate))
    target = target_from_plane(
        template, _moved(nissl.plane(plate), move_um), pixel_size_um=PIXEL_UM
    )
    return align(section, target, nonlinear=nonlinear, upside_down=False, encoder=encoder)


def _moved(plane: Plane, move_um: float) -> Plane:
    """Move a plane along AP, the first axis of the CCFv3."""
    return replace(plane, o=(plane.o[0] + move_um, *plane.o[1:]))
