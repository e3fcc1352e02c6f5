"""The place of a lone patch in an atlas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.index.search.hits import Hits

Place3 = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class PatchPlace:
    """A place in the atlas, from the coordinates of a patch's neighbours in the template.

    Attributes
    ----------
    point_um : tuple of three floats
        AP, DV, ML of the patch's middle in µm.
    sd_um : tuple of three floats
        Standard deviations of the neighbours about it along the three axes, with the step of the
        gallery's grid; see `brainseek.registration.patches.estimate.estimate_place`.
    likely_um : float
        Median error to expect at this agreement where the encoder is calibrated, or else the root
        mean square distance of the neighbours; see ``calibrated``.
    calibrated : bool
    agreement : float
        Share of the neighbours, by weight, that lie at this place.
    candidates_um : ndarray, (k, 3), float64
        Places of all neighbours, best first.
    scores : ndarray, (k,), float64
        Their cosine similarities.
    structure : str or None
        Acronym of the structure at the point.
    mirror_doubt : float
        Share of the neighbours, by weight, on the other side of the midline. The template is
        symmetric, so a patch that does not show its sides well can be mistaken.
    encoder, atlas, modality : str
    remarks : tuple of str
        Sentences that every reader should know.
    hits : Hits
        The neighbours themselves.
    """

    point_um: Place3
    sd_um: Place3
    likely_um: float
    calibrated: bool
    agreement: float
    candidates_um: NDArray[np.float64]
    scores: NDArray[np.float64]
    structure: str | None
    mirror_doubt: float
    encoder: str
    atlas: str
    modality: str
    remarks: tuple[str, ...]
    hits: Hits = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the hits as plain values for JSON; lengths in µm, ranks from 0."""
        candidates = [
            {"rank": rank, "point_um": [float(c) for c in point], "score": float(score)}
            for rank, (point, score) in enumerate(zip(self.candidates_um, self.scores, strict=True))
        ]
        names = ("likely_um", "calibrated", "agreement", "structure", "mirror_doubt")
        return {
            "encoder": self.encoder,
            "atlas": self.atlas,
            "modality": self.modality,
            "point_um": list(self.point_um),
            "sd_um": list(self.sd_um),
            **{name: getattr(self, name) for name in names},
            "candidates": candidates,
            "remarks": list(self.remarks),
        }
