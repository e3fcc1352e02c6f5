"""Serial Nissl sections of a brain that no training saw, paired with the CCFv3 template.

The series fit says where the sections lie, which stand upside down or mirrored, and at which angles
the brain was cut. Then every section is compared with cuts of the template moved along the brain,
as in `brainseek.registration.pairs.nissl_af`. The maps are made by registration: pseudo-truth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.serial_sections import serial_sections
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.sections.section import Section, read_section
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.fill.template import PIXEL_UM
from brainseek.registration.alignment.align import DEFAULT_FEATURES, align
from brainseek.registration.alignment.alignment import Alignment
from brainseek.registration.alignment.section_flip import flip_section, upright_axes
from brainseek.registration.alignment.target import target_from_plane
from brainseek.registration.pairs.nissl_af import Refined, blended_moves, pair_of
from brainseek.registration.planes.cuts import volume_of
from brainseek.registration.plates.ranker import plate_ranker
from brainseek.registration.series.angles import series_angles
from brainseek.registration.series.identify import place_series
from brainseek.registration.series.placed_series import Member

PLACED_ON = "mouse-nissl"
"""Atlas whose plates, in the same coordinates as the template, tell where sections lie."""
EVERY = 6
"""Every which section of the series is paired by default."""
TRIED_EVERY = 4
"""Every which of these is tried at all of `SERIAL_MOVES_UM`."""
SERIAL_MOVES_UM = np.arange(-200.0, 401.0, 150.0)
"""How far the planes of the series are moved towards posterior on trial."""
BLEND_UM = 4000.0
"""Spread over which neighbours are asked how far a plane has to move. Likings of single sections
are noisy here, and the series is even already: with less, neighbours jump apart."""
POSITIONS_UM = (1200.0, 12600.0)
"""Sections that the series puts further to either end of the template are left out."""
LEAST_OVERLAP = 0.86
"""Where the outlines of section and template agree less, the section is left out too: in front,
pieces that came off are taken for others; seen on overlays."""
GRID_PX = 2.0
"""Step of the stored grids, about 0.1 mm in these coarse images."""


@dataclass(frozen=True, eq=False)
class RefinedSection(Refined):
    """A serial section, set upright, on its plane; the number is its own within the brain.

    Attributes
    ----------
    position_um : float
        AP of the middle of its plane.
    """

    position_um: float

    @property
    def kept(self) -> bool:
        """Whether the alignment is good enough for a pair."""
        return super().kept and self.quality.tissue_overlap >= LEAST_OVERLAP


@dataclass(frozen=True, eq=False)
class PlacedSection:
    """A serial section, set upright, and where the series puts it.

    Attributes
    ----------
    number : int
        Its own within the brain.
    section : Section
    position_um : float
        AP of the middle of its plane.
    """

    number: int
    section: Section
    position_um: float


def refine_serial(every: int = EVERY, *, progress: bool = True) -> list[RefinedSection]:
    """Find the planes of serial Nissl sections in the template, and align the sections to it.

    The series is fitted to all sections. Those that it finds damaged or out of their order, and
    those near the ends of the brain, are left out.

    Parameters
    ----------
    every : int
        Every which section of the data set is aligned.
    progress : bool

    Raises
    ------
    BrainseekError
        If ``every`` is below 1, ``mouse-serial-nissl`` or ``mouse-ccf`` are not here, or SimpleITK
        is not installed.
    """
    if every < 1:
        raise BrainseekError(f"every {every}th section can't be taken; give 1 or more.")
    listed = serial_sections()
    read = [read_section(one.path, pixel_size_um=one.pixel_um) for one in listed]
    template, encoder = load_atlas("mouse-ccf"), load_encoder(DEFAULT_FEATURES, kind=PlateEncoder)
    names = [f"section {one.number}" for one in listed]
    answer = place_series(read, names, plate_ranker(PLACED_ON))
    angles = series_angles(read.__getitem__, answer, load_atlas(PLACED_ON))
    placed = [
        PlacedSection(
            listed[i].number,
            flip_section(read[i], upright_axes(member.turned_deg, member.flipped)),
            angles.plane(member.position_um)[0],
        )
        for i, member in fit_for_pairs(answer.members, every)
    ]

    def align_at(section: Section, position_um: float, nonlinear: bool) -> Alignment:
        plane = (position_um, (angles.pitch_deg, angles.yaw_deg))
        target = target_from_plane(template, plane, pixel_size_um=PIXEL_UM)
        return align(section, target, nonlinear=nonlinear, upside_down=False, encoder=encoder)

    return refine_placed(placed, align_at, progress=progress)


def fit_for_pairs(members: Sequence[Member], every: int) -> list[tuple[int, Member]]:
    """Return every so many members with their index, without doubtful ones and the ends."""
    low, high = POSITIONS_UM
    return [
        (i, member)
        for i, member in list(enumerate(members))[::every]
        if not member.bad and not member.moved and low <= member.position_um <= high
    ]


def refine_placed(
    placed: Sequence[PlacedSection],
    align_at: Callable[[Section, float, bool], Alignment],
    *,
    progress: bool,
) -> list[RefinedSection]:
    """Move sections along the brain to where their features fit best, and align them there.

    Parameters
    ----------
    placed : sequence of PlacedSection
    align_at : callable
        Aligns a section to the cut at a position in µm, the last argument says whether
        non-linearly.
    progress : bool
    """
    likings = np.array(
        [
            [align_at(one.section, one.position_um + float(move), False).quality.similarity
             for move in SERIAL_MOVES_UM]
            for one in tqdm(
                placed[::TRIED_EVERY], desc="finding planes", unit="section", disable=not progress
            )
        ]
    )  # fmt: skip
    positions = np.array([one.position_um for one in placed])
    moves = blended_moves(positions[::TRIED_EVERY], likings, positions, SERIAL_MOVES_UM, BLEND_UM)
    return [
        RefinedSection(
            one.number,
            float(move),
            align_at(one.section, one.position_um + float(move), True),
            one.position_um + float(move),
        )
        for one, move in zip(
            tqdm(placed, desc="aligning", unit="section", disable=not progress), moves, strict=True
        )
    ]


def serial_af_pairs(refined: Sequence[RefinedSection]) -> list[SectionPair]:
    """Return the pairs of the sections that are good enough; the group is the section number."""
    volume = volume_of(load_atlas("mouse-ccf"))
    return [
        pair_of(f"section {one.number}", one.number, one.alignment, volume, GRID_PX)
        for one in refined
        if one.kept
    ]
