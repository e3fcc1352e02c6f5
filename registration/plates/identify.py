"""Which atlas plates does a section most likely come from, and how sure is that?"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import overload

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.registration.plates.identification import Identification
from brainseek.registration.plates.ranker import SectionLike, as_section, plate_ranker


@overload
def identify(  # type: ignore[overload-overlap]
    sections: SectionLike, atlas: str = ..., k: int = ..., encoder: str | None = ...
) -> Identification: ...


@overload
def identify(
    sections: Sequence[SectionLike], atlas: str = ..., k: int = ..., encoder: str | None = ...
) -> list[Identification]: ...


def identify(
    sections: SectionLike | Sequence[SectionLike],
    atlas: str = "mouse-nissl",
    k: int = 5,
    encoder: str | None = None,
) -> Identification | list[Identification]:
    """Rank the plates of an atlas for one section or for many.

    Parameters
    ----------
    sections : path, ndarray or Section, or a list of them
        Arrays are (rows, columns) or (rows, columns, 3).
    atlas : str
        Name of the atlas, as for `catalog.atlases.registry.load_atlas`. Plates that did not ship
        beside the encoder are embedded on first use and kept in the cache.
    k : int
        Candidates wanted, at most the number of plates.
    encoder : str, optional
        Name of an encoder; by default the one that the atlas names, or else the one released
        for it.

    Returns
    -------
    Identification, or a list of them for a list

    Raises
    ------
    BrainseekError
        If atlas, encoder or k is unknown or a section can't be read.
    """
    if isinstance(sections, str | PathLike | np.ndarray | Section):
        return identify([sections], atlas, k, encoder)[0]
    ranker = plate_ranker(atlas, encoder)
    return ranker.rank([as_section(section) for section in sections], k)


def similarities(
    sections: Sequence[Section],
    atlas: str,
    encoder: str | None = None,
    turn_below: float | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cosine similarity of sections to every plate, before smoothing and calibration.

    Parameters
    ----------
    sections : sequence of Section
    atlas, encoder : str
        As in :func:`identify`.
    turn_below : float, optional
        Sections whose best similarity is lower are tried upside down, and taken so if their best
        similarity then is not lower.

    Returns
    -------
    similarity : ndarray, (m sections, n plates), float32
    plates : ndarray, (n,), int64
        Plate numbers of the columns, in the order of the series.
    """
    ranker = plate_ranker(atlas, encoder)
    return ranker.similarity(sections, turn_below)[0], ranker.plates
