"""An encoder with the plates of an atlas, ready to rank them for sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.registry import load_atlas, split_name
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, read_section, section_from_array
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.registration.plates.calibration import Calibration, read_calibration
from brainseek.registration.plates.encoder_choice import EncoderChoice, choose_encoder
from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.registration.plates.plate_gallery import plate_gallery

SectionLike = str | PathLike[str] | NDArray[np.generic] | Section
"""A path, an array (rows, columns) or (rows, columns, 3), or a section."""


@dataclass(frozen=True)
class PlateRanker:
    """An encoder with the plates it is to rank. The search is exact.

    Attributes
    ----------
    choice : EncoderChoice
        The names that were asked for, resolved.
    encoder : PlateEncoder
    index : ExactIndex
        Holds the vectors of the plates, in the order of ``plates``.
    plates : ndarray, (n,), int64
        Plate numbers, in the order of the series.
    positions_um : ndarray, (n,), float64
        Positions of the plates along the atlas' cutting axis, µm.
    """

    choice: EncoderChoice
    encoder: PlateEncoder
    index: ExactIndex
    plates: NDArray[np.int64]
    positions_um: NDArray[np.float64]

    @property
    def calibration(self) -> Calibration:
        """What the similarities of the encoder are worth; read anew from its file."""
        return read_calibration(self.encoder.name, self.encoder.identity)

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
            inputs = np.stack([self.encoder.prepare(sections[int(i)]) for i in doubtful])
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
        """Name the ``k`` likeliest plates of each section.

        Raises
        ------
        BrainseekError
            If there are not so many plates, or the encoder is not calibrated.
        """
        if not 1 <= k <= len(self.plates):
            raise BrainseekError(
                f"k = {k} is out of range: {self.choice.atlas} has {len(self.plates)} plates."
            )
        if not sections:
            return []
        calibration = self.calibration
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
                note=self.choice.calibration_note,
            )
            for i, section in enumerate(sections)
        ]


def plate_ranker(atlas: str, encoder: str | None = None) -> PlateRanker:
    """Return what ranks the plates of an atlas; the last few are kept.

    Where the plates come from the gallery beside the weights, nothing is downloaded or written.
    An atlas of one's own is opened anew when its YAML file has changed.

    Parameters
    ----------
    atlas, encoder : str
        As in `brainseek.registration.plates.identify.identify`.

    Raises
    ------
    BrainseekError
        If atlas or encoder is unknown, or the plates can't be read or embedded.
    """
    return kept_ranker(choose_encoder(atlas, encoder), _state(atlas))


@lru_cache(maxsize=4)
def kept_ranker(choice: EncoderChoice, state: tuple[str, int, int] | None) -> PlateRanker:
    """Return the ranker of an atlas whose description is in a state; see `plate_ranker`."""
    encoder = load_encoder(choice.name, kind=PlateEncoder)
    if choice.ships_plates:
        gallery = load_gallery(choice.name)
    else:
        gallery = plate_gallery(load_atlas(choice.atlas), encoder)
    return PlateRanker(
        choice, encoder, ExactIndex(gallery.vectors), gallery.numbers, gallery.position_um
    )


def _state(atlas: str) -> tuple[str, int, int] | None:
    """Return what changes when the YAML file of an atlas is edited; None for known atlases."""
    path = Path(split_name(atlas)[0]).expanduser()
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return None
    stat = path.stat()
    return str(path.resolve()), stat.st_mtime_ns, stat.st_size


def as_section(section: SectionLike) -> Section:
    """Return a section as it is, from an array, or read from a file."""
    if isinstance(section, Section):
        return section
    if isinstance(section, np.ndarray):
        return section_from_array(section)
    return read_section(Path(section))
