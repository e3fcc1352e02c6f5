"""What neighbours in a gallery say about the place of a patch on the cortex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.t1_volumes import cortex_volume_remark
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.surface import SIDES
from brainseek.catalog.surfaces.vertex_labels import VertexLabels, known_labels
from brainseek.registration.cortex.gallery import CortexGallery


@dataclass(frozen=True, eq=False)
class CortexPlace:
    """Where on the cortex a patch could come from: its nearest neighbours in a gallery.

    Attributes
    ----------
    vertices : ndarray, (k,), int64
        Vertices of the gallery's surface, best first. They may lie side by side.
    scores : ndarray, (k,), float64
        Cosine similarities.
    points_um : ndarray, (k, 3), float64
        Their places x, y, z in µm, MNI152 RAS.
    hemispheres : tuple of str
        left or right for each.
    spread_um : float
        How far the hits lie apart: of the hits in the hemisphere of the best one, the mean
        distance along the surface from their medoid (the hit with the smallest such mean),
        weighted by score.
    hit_areas : tuple of (str or None)
        Area of each hit; None where it has none or areas are not known.
    areas : tuple of (str, float)
        Areas with their share of the votes of all hits, weighted by score, likeliest first. What
        is missing to 1 belongs to hits without an area.
    encoder, surface : str
        Identity of the encoder, name of the surface.
    remarks : tuple of str
        Sentences that every reader should know.
    """

    vertices: NDArray[np.int64]
    scores: NDArray[np.float64]
    points_um: NDArray[np.float64]
    hemispheres: tuple[str, ...]
    spread_um: float
    hit_areas: tuple[str | None, ...]
    areas: tuple[tuple[str, float], ...]
    encoder: str
    surface: str
    remarks: tuple[str, ...]

    @property
    def hemisphere_shares(self) -> Mapping[str, float]:
        """Share of the hits in each hemisphere."""
        return {side: self.hemispheres.count(side) / len(self.hemispheres) for side in SIDES}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; lengths in µm, ranks from 0."""
        hits = [
            {
                "rank": rank,
                "vertex": int(vertex),
                "score": float(score),
                "hemisphere": side,
                "point_um": [float(c) for c in point],
                "area": area,
            }
            for rank, (vertex, score, side, point, area) in enumerate(
                zip(
                    self.vertices,
                    self.scores,
                    self.hemispheres,
                    self.points_um,
                    self.hit_areas,
                    strict=True,
                )
            )
        ]
        return {
            "encoder": self.encoder,
            "surface": self.surface,
            "hits": hits,
            "spread_um": self.spread_um,
            "hemispheres": dict(self.hemisphere_shares),
            "areas": [{"area": name, "share": share} for name, share in self.areas],
            "remarks": list(self.remarks),
        }


def places_of(
    gallery: CortexGallery, vectors: NDArray[np.float32], k: int, labels: str | None
) -> list[CortexPlace]:
    """Return the answer for each of some embeddings.

    Parameters
    ----------
    gallery : CortexGallery
    vectors : ndarray, (n, d), float32
        Unit vectors of the gallery's encoder.
    k : int
        Neighbours that are asked.
    labels : str, optional
        As in `brainseek.registration.cortex.locate.locate_cortex`.

    Raises
    ------
    BrainseekError
        If k is out of range, or labels that were named are not here.
    """
    if not 1 <= k <= len(gallery.vertices):
        raise BrainseekError(
            f"k = {k} is out of range: the gallery of {gallery.encoder} has "
            f"{len(gallery.vertices)} places."
        )
    known, reason = known_labels(gallery.surface.name, labels)
    remarks: tuple[str, ...] = (f"{gallery.data}: {cortex_volume_remark(gallery.data)}.",)
    if known is None:
        remarks = (*remarks, f"Areas are not named: {reason}")
    scores, numbers = gallery.index.search(vectors, k)
    return [
        _place(gallery, found, gallery.vertices[which], known, remarks)
        for found, which in zip(scores, numbers, strict=True)
    ]


def _place(
    gallery: CortexGallery,
    scores: NDArray[np.float64],
    vertices: NDArray[np.int64],
    labels: VertexLabels | None,
    remarks: tuple[str, ...],
) -> CortexPlace:
    weights = vote_weights(scores)
    sides = tuple(gallery.side_of(int(v)) for v in vertices)
    beside = np.array([side == sides[0] for side in sides])
    names: list[str | None] = [None] * len(vertices)
    if labels is not None:
        names = [labels.names.get(int(labels.ids[v])) for v in vertices]
    return CortexPlace(
        vertices=vertices,
        scores=scores,
        points_um=gallery.surface.vertices_um[vertices],
        hemispheres=sides,
        spread_um=spread_um(gallery.geodesics, vertices[beside], weights[beside]),
        hit_areas=tuple(names),
        areas=votes(names, weights),
        encoder=gallery.encoder,
        surface=gallery.surface.name,
        remarks=remarks,
    )


def vote_weights(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much each hit counts: its score from 0 up; all the same where none is above."""
    weights = np.maximum(scores, 0.0)
    return weights if weights.any() else np.ones(len(scores))


def spread_um(
    geodesics: Geodesics, vertices: NDArray[np.int64], weights: NDArray[np.float64]
) -> float:
    """Return the weighted mean distance of vertices of one hemisphere from their medoid, in µm."""
    total = weights.sum()
    if total == 0 or len(vertices) == 1:
        return 0.0
    means = geodesics.between(vertices, vertices).astype(np.float64) @ weights / total
    return float(means.min())


def votes(names: list[str | None], weights: NDArray[np.float64]) -> tuple[tuple[str, float], ...]:
    """Return the names with their share of all weights, the largest first, then by name."""
    shares: dict[str, float] = {}
    for name, weight in zip(names, weights, strict=True):
        if name is not None:
            shares[name] = shares.get(name, 0.0) + float(weight) / float(weights.sum())
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
