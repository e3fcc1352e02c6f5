"""The two angles at which one brain was cut: shared by all its sections.

The planes of a spread of sections are found one by one, by comparison with the volume; the
angles of a blade don't change from section to section, so their medians are taken, and the
sections are compared once more from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.catalog.volumes.volume import Volume
from brainseek.registration.alignment.section_flip import flip_section, upright_axes
from brainseek.registration.planes.cuts import volume_of
from brainseek.registration.planes.refine import refine_planes
from brainseek.registration.series.placed_series import Member, PlacedSeries

Floats = NDArray[np.float64]

_AT_MOST, _AT_LEAST = 12, 3
_ENDS = 0.15
_TRIED_DEG = 7.0
_DOUBTFUL_DEG = 2.0


@dataclass(frozen=True)
class SeriesAngles:
    """The angles of a series.

    Attributes
    ----------
    pitch_deg, yaw_deg : float
        As in `brainseek.catalog.volumes.volume.Volume.cut`.
    sd_deg : (float, float)
        Standard errors of the two, from how far the sections disagree.
    shift_um : float
        How much further along the cutting axis the middles of the cuts lie than the positions
        of the series.
    sections : int
        How many sections were compared.
    """

    pitch_deg: float
    yaw_deg: float
    sd_deg: tuple[float, float]
    shift_um: float
    sections: int

    def plane(self, position_um: float) -> tuple[float, float, float]:
        """Return position (µm), pitch and yaw (degrees) of the cut for a place in the series."""
        return position_um + self.shift_um, self.pitch_deg, self.yaw_deg

    def sentences(self) -> tuple[str, ...]:
        """Return what the user should know about the angles."""
        said = (
            f"The brain was cut at a pitch of {self.pitch_deg:.1f} ± {self.sd_deg[0]:.1f}° and a "
            f"yaw of {self.yaw_deg:.1f} ± {self.sd_deg[1]:.1f}°, as {self.sections} of the "
            "sections show.",
        )
        if max(self.sd_deg) < _DOUBTFUL_DEG:
            return said
        return (
            *said,
            "The sections disagree about the angles of the cut: look at the overlays, or align "
            "to plates.",
        )


def series_angles(
    read: Callable[[int], Section], answer: PlacedSeries, atlas: Atlas
) -> SeriesAngles:
    """Find the angles at which a placed series was cut.

    Parameters
    ----------
    read : callable
        Gives the section of a member by its index; it is called for at most 12 of them.
    answer : PlacedSeries
        What `brainseek.registration.series.identify.place_series` returned.
    atlas : Atlas
        One with a volume.

    Raises
    ------
    BrainseekError
        If the atlas has no volume, or fewer than three sections can be compared.
    """
    volume = volume_of(atlas)
    low, high = np.quantile(atlas.positions_um, (_ENDS, 1 - _ENDS))
    fit = [
        index
        for index in answer.order
        if not answer.members[index].bad and low <= answer.members[index].position_um <= high
    ]
    if len(fit) < _AT_LEAST:
        raise BrainseekError(
            f"The angles of the cut need at least {_AT_LEAST} good sections from the middle of "
            f"the brain and this series has {len(fit)}: align to plates."
        )
    places = np.linspace(0, len(fit) - 1, min(_AT_MOST, len(fit)))
    chosen = [fit[round(float(place))] for place in places]
    upright = [_upright(read(index), answer.members[index]) for index in chosen]
    positions = np.array([answer.members[index].position_um for index in chosen])
    return shared_angles(upright, positions, volume)


def shared_angles(
    sections: Sequence[Section], positions_um: Floats, volume: Volume
) -> SeriesAngles:
    """Find the pitch and yaw that sections share.

    Parameters
    ----------
    sections : sequence of Section
        Upright; parts may be missing.
    positions_um : ndarray, (n,)
        About where they lie along the cutting axis.
    volume : Volume
    """
    t = _TRIED_DEG
    tried = np.array([[0.0, 0.0], [t, 0.0], [-t, 0.0], [0.0, t], [0.0, -t]])
    found = np.array(
        [
            _best(section, volume, np.column_stack([np.full(len(tried), place), tried]))
            for section, place in zip(sections, positions_um, strict=True)
        ]
    )
    shared = np.median(found[:, 1:3], axis=0)
    again = np.array(
        [
            _best(section, volume, np.array([[row[0], *shared]]))
            for section, row in zip(sections, found, strict=True)
        ]
    )
    better = again[:, 3] > found[:, 3]
    found[better] = again[better]
    shared = np.median(found[:, 1:3], axis=0)
    spread = 1.4826 * np.median(np.abs(found[:, 1:3] - shared), axis=0)
    error = np.sqrt(np.pi / 2) * spread / np.sqrt(len(found))  # of a median
    return SeriesAngles(
        float(shared[0]),
        float(shared[1]),
        (float(error[0]), float(error[1])),
        float(np.median(found[:, 0] - positions_um)),
        len(found),
    )


def _best(section: Section, volume: Volume, starts: Floats) -> tuple[float, float, float, float]:
    best = refine_planes(section, volume, starts)[0]
    return best.position_um, best.pitch_deg, best.yaw_deg, best.similarity


def _upright(section: Section, member: Member) -> Section:
    return flip_section(section, upright_axes(member.turned_deg, member.flipped))
