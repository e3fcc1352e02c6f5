"""Serial Nissl sections of a brain that no training saw, paired with the CCFv3 template.

The series fit says where the sections lie, which stand upside down or mirrored, and at which angles
the brain was cut. Then every section is compared with cuts of the template moved along the brain,
as in `brainseek.registration.pairs.nissl_af`. The maps are made by registration: pseudo-truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from brainseek.catalog.atlases.atlas import Atlas
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
from brainseek.registration.series.answer import Member
from brainseek.registration.series.identify import place_series

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
    numbers = [one.number for one in listed]
    read = [read_section(one.path, pixel_size_um=one.pixel_um) for one in listed]
    template, encoder = load_atlas("mouse-ccf"), load_encoder(DEFAULT_FEATURES, kind=PlateEncoder)
    answer = place_series(
        read, [f"section {number}" for number in numbers], plate_ranker(PLACED_ON)
    )
    angles = series_angles(read.__getitem__, answer, load_atlas(PLACED_ON))
    kept = [i for i in range(0, len(read), every) if _fit_for_a_pair(answer.members[i])]
    sections = [
        flip_section(read[i], upright_axes(member.turned_deg, member.flipped))
        for i, member in ((i, answer.members[i]) for i in kept)
    ]
    positions, *_ = np.array([angles.plane(answer.members[i].position_um) for i in kept]).T
    tilt = (angles.pitch_deg, angles.yaw_deg)
    likings = np.array(
        [
            [
                _aligned(sections[i], template, positions[i] + move, tilt, encoder, False)
                .quality.similarity
                for move in SERIAL_MOVES_UM
            ]
            for i in tqdm(
                range(0, len(kept), TRIED_EVERY), desc="finding planes", unit="section",
                disable=not progress,
            )
        ]
    )  # fmt: skip
    moves = blended_moves(positions[::TRIED_EVERY], likings, positions, SERIAL_MOVES_UM, BLEND_UM)
    return [
        RefinedSection(
            numbers[kept[i]],
            float(moves[i]),
            _aligned(sections[i], template, positions[i] + moves[i], tilt, encoder, True),
            float(positions[i] + moves[i]),
        )
        for i in tqdm(range(len(kept)), desc="aligning", unit="section", disable=not progress)
    ]


def serial_af_pairs(refined: Sequence[RefinedSection]) -> list[SectionPair]:
    """Return the pairs of the sections that are good enough; the group is the section number."""
    volume = volume_of(load_atlas("mouse-ccf"))
    return [
        pair_of(f"section {one.number}", one.number, one.alignment, volume, GRID_PX)
        for one in refined
        if one.kept
    ]


def _fit_for_a_pair(member: Member) -> bool:
    low, high = POSITIONS_UM
    return not member.bad and not member.moved and low <= member.position_um <= high


def _aligned(
    section: Section,
    template: Atlas,
    position_um: float,
    tilt_deg: tuple[float, float],
    encoder: PlateEncoder,
    nonlinear: bool,
) -> Alignment:
    plane = (float(position_um), tilt_deg)
    target = target_from_plane(template, plane, pixel_size_um=PIXEL_UM)
    return align(section, target, nonlinear=nonlinear, upside_down=False, encoder=encoder)
