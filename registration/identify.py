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

from catalog.atlas import encoder_named_by, load_atlas, split_name
from catalog.errors import BrainseekError
from catalog.section import Section, read_section, section_from_array
from embedder.card import encoder_for, read_card
from embedder.encoder import Encoder, load_encoder
from embedder.gallery import load_gallery
from index.exact import ExactIndex
from registration.calibration import read_calibration
from registration.plate_gallery import plate_gallery

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
    note : str or None
        On which atlas the confidences were calibrated, where it is not this one.
    """

    file: str
    none_of_these: float
    candidates: tuple[Candidate, ...]
    error: str | None = None
    turned_deg: int = 0
    note: str | None = None

    @property
    def calibrated(self) -> bool:
        """Whether the confidences were calibrated on sections of this atlas."""
        return self.note is None

    def to_dict(self) -> dict[str, Any]:
        """Dictionary of the JSON contract; a file that could not be read has only its error.

        There is a ``note`` only where the confidences were calibrated on another atlas.
        """
        if self.error is not None:
            return {"file": self.file, "error": self.error}
        return {
            "file": self.file,
            "none_of_these": self.none_of_these,
            "candidates": [dataclasses.asdict(candidate) for candidate in self.candidates],
            **({} if self.note is None else {"note": self.note}),
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
        Name of the atlas, as for `catalog.atlas.load_atlas`. Plates that did not ship beside the
        encoder are embedded on first use and kept in the cache.
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
    ranker = _ranker(atlas, encoder)
    if not 1 <= k <= len(ranker.plates):
        raise BrainseekError(f"k = {k} is out of range: {atlas} has {len(ranker.plates)} plates.")
    read = [_as_section(section) for section in sections]
    return ranker.rank(read, k) if read else []


def encoder_identity(atlas: str, encoder: str | None = None) -> str:
    """Identity ``name@hash`` of the encoder that :func:`identify` would use."""
    return read_card(encoder_name(atlas, encoder)).identity


def calibration_note(atlas: str, encoder: str | None = None) -> str | None:
    """Say on which atlas confidences were calibrated, or None where it is this one.

    Parameters
    ----------
    atlas, encoder : str
        As in :func:`identify`.
    """
    name = encoder_name(atlas, encoder)
    card = read_card(name)
    if _is_shipped(atlas, card.atlas):
        return None
    return f"Confidences of {name} were calibrated on {card.atlas}, not on {atlas}."


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


def encoder_name(atlas: str, encoder: str | None) -> str:
    """Return the encoder that was asked for, that the atlas names, or that was released for it."""
    base, _ = split_name(atlas)
    return encoder or encoder_named_by(atlas) or encoder_for(base)


def _is_shipped(atlas: str, released_with: str) -> bool:
    """Tell whether an atlas' plates are those that an encoder was released with."""
    base, orientation = split_name(atlas)
    return base == released_with and orientation in (None, "coronal")


@dataclass(frozen=True)
class _Ranker:
    """An encoder with the plates it is to rank, kept between calls.

    Where the plates come from the gallery beside the weights, nothing is downloaded or written.
    The search is exact.
    """

    encoder: Encoder
    index: ExactIndex
    plates: NDArray[np.int64]
    positions_um: NDArray[np.float64]
    note: str | None

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
                note=self.note,
            )
            for i, section in enumerate(sections)
        ]


@lru_cache(maxsize=4)
def _ranker(atlas: str, encoder: str | None) -> _Ranker:
    name = encoder_name(atlas, encoder)
    gallery, loaded = load_gallery(name), load_encoder(name)
    if not _is_shipped(atlas, gallery.atlas):
        gallery = plate_gallery(load_atlas(atlas), loaded)
    return _Ranker(
        loaded,
        ExactIndex(gallery.vectors),
        gallery.plates,
        gallery.position_um,
        calibration_note(atlas, name),
    )
