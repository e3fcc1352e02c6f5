"""The answer to the question which plates of an atlas a section may come from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


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
