"""A folder of sections of one brain: order, flips, bad sections, spacing and places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.registration.plates.ranker import PlateRanker, SectionLike, as_section, plate_ranker
from brainseek.registration.series.fit.fit_series import SeriesFit, fit_series
from brainseek.registration.series.fit.locks import checked_locks
from brainseek.registration.series.fit.warnings import flips_warnings
from brainseek.registration.series.flips import SIDE, find_flips
from brainseek.registration.series.member_view import SeenMember, seen_member, views_of_series
from brainseek.registration.series.pictures import picture_likeness, series_pictures
from brainseek.registration.series.placed_series import Member, PlacedSeries
from brainseek.registration.series.upright import embed_upright

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_REJECTED = 0.5


def identify_series(
    sections: Sequence[SectionLike],
    atlas: str = "mouse-nissl",
    *,
    encoder: str | None = None,
    order: str = "name",
    locks: Mapping[int, int] | None = None,
    spacing_um: float | None = None,
) -> PlacedSeries:
    """Find plates for the sections of one brain together.

    Parameters
    ----------
    sections : sequence of path, ndarray or Section
        A file that can't be read is listed as bad; the others are still done.
    atlas, encoder : str
        As in :func:`brainseek.registration.plates.identify.identify`.
    order, locks, spacing_um
        As in :func:`fit_series`; locks by the index in ``sections``.

    Raises
    ------
    BrainseekError
        As in :func:`fit_series`.
    """
    return place_series(
        (_read(section) for section in sections),
        [_name(section, i) for i, section in enumerate(sections)],
        plate_ranker(atlas, encoder),
        order=order,
        locks=locks,
        spacing_um=spacing_um,
    )


def place_series(
    sections: Iterable[Section | str],
    names: Sequence[str],
    ranker: PlateRanker,
    *,
    order: str = "name",
    locks: Mapping[int, int] | None = None,
    spacing_um: float | None = None,
) -> PlacedSeries:
    """Place sections that are read one after the other; otherwise as :func:`identify_series`.

    Of each section only a small picture and the network's input are kept, so that a series of
    any length fits into memory.

    Parameters
    ----------
    sections : iterable of Section or str
        For each member its section, or the sentence that says why it can't be read; taken once.
    names : sequence of str
        What to call the members.
    ranker : PlateRanker
        Of the atlas.
    order, locks, spacing_um
        As in :func:`identify_series`.

    Raises
    ------
    BrainseekError
        As in :func:`fit_series`, or where no section shows tissue or resembles any plate.
    """
    read = [one if isinstance(one, str) else seen_member(one, ranker.encoder) for one in sections]
    kept = [i for i, item in enumerate(read) if isinstance(item, SeenMember)]
    members = [item for item in read if isinstance(item, SeenMember)]
    if len(members) < 2:
        raise BrainseekError(
            f"A series needs at least 2 sections that can be read and this one has {len(members)}: "
            "identify the section alone."
        )
    given = dict(locks or {})
    checked_locks(given, names, ranker.plates.tolist(), known_order=order == "name")
    for index in sorted(set(given) - set(kept)):
        raise BrainseekError(f"{names[index]} can't be locked, because {read[index]}")
    blank = np.array([member.blank for member in members], bool)
    if blank.all():
        raise BrainseekError(
            f"None of the {len(members)} pictures of the series shows tissue, only an even ground "
            "or noise: check the files."
        )
    views = views_of_series(members)
    inputs = np.stack([view.network_input for view in views])
    vectors, turned = embed_upright(ranker.encoder, ranker.index.vectors, inputs, blank)
    similarity = vectors @ ranker.index.vectors.T
    calibration = ranker.calibration
    if not given and ranker.choice.ships_plates:
        _check_resemblance(calibration.none_of_these(similarity[~blank]), ranker.choice.atlas)
    pictures = series_pictures([view.picture for view in views], turned.tolist(), SIDE)
    fit = fit_series(
        similarity,
        ranker.positions_um,
        order=order,
        locks={kept.index(i): plate for i, plate in given.items()},
        names=[names[i] for i in kept],
        plates=ranker.plates.tolist(),
        temperature=2 * calibration.temperature,
        likeness=np.asarray(vectors @ vectors.T, np.float64),
        pictures_alike=picture_likeness(pictures),
        bad=blank,
        spacing_um=spacing_um,
    )
    seen = fit.positions.order[~fit.bad[fit.positions.order]]
    flips = find_flips(pictures[seen])
    flipped = np.zeros(len(members), bool)
    flipped[seen] = flips.flipped
    unsure = flips_warnings(flips.told, fit.positions.spacing_um)
    fit = replace(fit, warnings=(*fit.warnings, *unsure))
    sure = calibration.confidence(calibration.scores(similarity))
    done = [
        _member(ranker, fit, row, names[index], sure[row], flipped, turned, index in given)
        for row, index in enumerate(kept)
    ]
    unread = {i: item for i, item in enumerate(read) if isinstance(item, str)}
    return _answer(done, kept, unread, names, fit, ranker)


def _check_resemblance(none_of_these: Floats, atlas: str) -> None:
    if none_of_these.min() >= _REJECTED:
        raise BrainseekError(
            f"No section of the series resembles a plate of {atlas} (none of these: at least "
            f"{100 * none_of_these.min():.0f} % each): choose another atlas, or lock plates that "
            "you know."
        )


def _read(section: SectionLike) -> Section | str:
    try:
        return as_section(section)
    except BrainseekError as error:
        return str(error)


def _name(section: SectionLike, index: int) -> str:
    if isinstance(section, Section):
        return section.source_uri or f"section {index}"
    return f"section {index}" if isinstance(section, np.ndarray) else str(Path(section))


def _member(
    ranker: PlateRanker,
    fit: SeriesFit,
    row: int,
    name: str,
    sure: Floats,
    flipped: Mask,
    turned: NDArray[np.int64],
    locked: bool,
) -> Member:
    position = float(fit.positions.even_um[row])
    distance = np.abs(ranker.positions_um - position)
    nearest = int(distance.argmin())
    step = float(np.median(np.abs(np.diff(ranker.positions_um))))
    return Member(
        file=name,
        place=int(np.flatnonzero(fit.positions.order == row)[0]),
        plate=int(ranker.plates[nearest]),
        position_um=position,
        matched_um=float(fit.positions.matched_um[row]),
        confidence=1.0
        if locked
        else float(sure[distance <= max(distance.min(), 1.5 * step)].sum()),
        flipped=bool(flipped[row]),
        turned_deg=int(turned[row]),
        bad=bool(fit.bad[row]),
        moved=bool(fit.moved[row]),
        locked=locked,
    )


def _answer(
    done: Sequence[Member],
    kept: Sequence[int],
    unread: Mapping[int, str],
    names: Sequence[str],
    fit: SeriesFit,
    ranker: PlateRanker,
) -> PlacedSeries:
    """Put unread files back between their neighbours in the input."""
    by_index = dict(zip(kept, done, strict=True))
    key = {index: float(member.place) for index, member in by_index.items()}
    for index, reason in unread.items():
        before = max((i for i in kept if i < index), default=None)
        after = min((i for i in kept if i > index), default=None)
        near = [by_index[i] for i in (before, after) if i is not None]
        position = float(np.mean([member.position_um for member in near]))
        plate = int(ranker.plates[np.abs(ranker.positions_um - position).argmin()])
        by_index[index] = Member(
            names[index], 0, plate, position, position, 0.0, bad=True, error=reason
        )
        key[index] = near[0].place + 0.5 if before is not None else near[0].place - 0.5
    order = sorted(by_index, key=lambda index: (key[index], index))
    members = {index: replace(by_index[index], place=place) for place, index in enumerate(order)}
    line = [kept[row] for row in fit.positions.order]
    gaps = tuple(
        (
            line[row],
            line[row + 1],
            abs(members[line[row + 1]].position_um - members[line[row]].position_um),
        )
        for row in fit.positions.gaps
    )
    return PlacedSeries(
        tuple(members[index] for index in range(len(names))),
        tuple(order),
        fit.positions.reversed,
        fit.positions.spacing_um,
        gaps,
        fit.warnings,
    )
