"""Which atlas plates does a section most likely come from, and how sure is that?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from catalog.atlas import atlas_names
from catalog.errors import BrainseekError
from catalog.section import Section, read_section, section_from_array
from embedder.card import encoder_for, read_card
from embedder.encoder import Encoder, load_encoder
from embedder.gallery import load_gallery
from index.exact import ExactIndex
from registration.calibration import read_calibration

SectionLike = str | PathLike[str] | NDArray[np.generic] | Section


@dataclass(frozen=True)
class Candidate:
    """One plate that a section may come from.

    Attributes
    ----------
    plate : int
        Plate number.
    rank : int
        From 0, best first.
    score : float
        Cosine similarity, smoothed along the series of plates.
    confidence : float
        Calibrated probability that this is the plate, given that one of the atlas is.
    position_um : float
        Position of the plate along the atlas' cutting axis, µm.
    """

    plate: int
    rank: int
    score: float
    confidence: float
    position_um: float


@dataclass(frozen=True)
class Identification:
    """The answer for one section.

    Attributes
    ----------
    file : str
        Where the section came from; empty for an array.
    none_of_these : float
        Calibrated probability that the picture shows no plate of this atlas.
    candidates : tuple of Candidate
        Best first; empty if the file could not be read.
    error : str or None
        Why the file could not be read.
    turned_deg : int
        180 for a section that was recognised only upside down, else 0.
    """

    file: str
    none_of_these: float
    candidates: tuple[Candidate, ...]
    error: str | None = None
    turned_deg: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Dictionary of the JSON contract; a file that could not be read has only its error."""
        if self.error is not None:
            return {"file": self.file, "error": self.error}
        return {
            "file": self.file,
            "none_of_these": self.none_of_these,
            "candidates": [dataclasses.asdict(candidate) for candidate in self.candidates],
        }


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
        Name of the atlas.
    k : int
        Candidates wanted, at most the number of plates.
    encoder : str, optional
        Name of an encoder with plates of that atlas; by default the one released for it.

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
    ranker = _ranker(atlas, encoder)
    if not 1 <= k <= len(ranker.plates):
        raise BrainseekError(f"k = {k} is out of range: {atlas} has {len(ranker.plates)} plates.")
    read = [_as_section(section) for section in sections]
    return ranker.rank(read, k) if read else []


def encoder_identity(atlas: str, encoder: str | None = None) -> str:
    """Identity ``name@hash`` of the encoder that :func:`identify` would use."""
    _check_atlas(atlas)
    return read_card(encoder or encoder_for(atlas)).identity


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
    ranker = _ranker(atlas, encoder)
    return ranker.similarity(sections, turn_below)[0], ranker.plates


def _as_section(section: SectionLike) -> Section:
    if isinstance(section, Section):
        return section
    if isinstance(section, np.ndarray):
        return section_from_array(section)
    return read_section(Path(section))


def _check_atlas(atlas: str) -> None:
    if atlas not in atlas_names():
        raise BrainseekError(
            f"Unknown atlas '{atlas}': choose one of {', '.join(sorted(atlas_names()))}."
        )


@dataclass(frozen=True)
class _Ranker:
    """An encoder with the plates it is to rank, kept between calls.

    The plates come from the gallery beside the weights: nothing is downloaded or written, and the
    search is exact.
    """

    encoder: Encoder
    index: ExactIndex
    plates: NDArray[np.int64]
    positions_um: NDArray[np.float64]

    def similarity(
        self, sections: Sequence[Section], turn_below: float | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Similarities (m, n), and by how many degrees each section was turned for them (m,)."""
        similarity = self._search(self.encoder.embed(sections))
        turned = np.zeros(len(sections), np.int64)
        if turn_below is None:
            return similarity, turned
        doubtful = np.flatnonzero(similarity.max(1) < turn_below)
        if doubtful.size:
            inputs = np.stack([self.encoder.preprocess(sections[int(i)]) for i in doubtful])
            found = self._search(
                self.encoder.embed_inputs(np.ascontiguousarray(inputs[:, ::-1, ::-1]))
            )
            resembling = found.max(1) >= turn_below
            similarity[doubtful[resembling]] = found[resembling]
            turned[doubtful[resembling]] = 180
        return similarity, turned

    def _search(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        found, columns = self.index.search(vectors, len(self.plates))
        similarity = np.empty((len(vectors), len(self.plates)), np.float32)
        np.put_along_axis(similarity, columns, found.astype(np.float32), axis=1)
        return similarity

    def rank(self, sections: Sequence[Section], k: int) -> list[Identification]:
        calibration = read_calibration(self.encoder.name, self.encoder.identity)
        similarity, turned = self.similarity(sections, calibration.turn_below)
        scores = calibration.scores(similarity)
        confidence = calibration.confidence(scores)
        none = calibration.none_of_these(similarity)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return [
            Identification(
                file=section.source_uri or "",
                none_of_these=float(none[i]),
                candidates=tuple(
                    Candidate(
                        int(self.plates[j]),
                        rank,
                        float(scores[i, j]),
                        float(confidence[i, j]),
                        float(self.positions_um[j]),
                    )
                    for rank, j in enumerate(order[i])
                ),
                turned_deg=int(turned[i]),
            )
            for i, section in enumerate(sections)
        ]


@lru_cache(maxsize=4)
def _ranker(atlas: str, encoder: str | None) -> _Ranker:
    _check_atlas(atlas)
    name = encoder or encoder_for(atlas)
    gallery = load_gallery(name)
    if gallery.atlas != atlas:
        raise BrainseekError(
            f"The encoder '{name}' was released with the plates of {gallery.atlas}, not of "
            f"{atlas}: choose the atlas {gallery.atlas} or another encoder."
        )
    return _Ranker(
        load_encoder(name), ExactIndex(gallery.vectors), gallery.plates, gallery.position_um
    )
