"""Which plane of a volume does one section show: its position, its two angles, how surely?"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.search.hits import Hits
from brainseek.registration.alignment.section_flip import HALF_TURN, flip_section
from brainseek.registration.planes.cuts import CutSettings, cut_gallery, volume_of
from brainseek.registration.planes.refine import refine_planes
from brainseek.registration.plates.encoder_choice import choose_encoder

_LIKENESS_TEMPERATURE = 0.02
_FLOOR_UM, _FLOOR_DEG = 100.0, 3.0
"""Least standard deviations: refinements from near starts agree better than they are right."""
_CLEARLY = 0.1
"""Where upright and upside down differ by less in similarity, both are refined and compared."""

_LEAST_GAIN = 0.01
"""By how much the refined similarity must be higher upside down then."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PlaneEstimate:
    """The plane of a section.

    Attributes
    ----------
    position_um : float
        Coordinate of the pivot (see `Volume.cut`) along the cutting axis, µm.
    tilt_deg : (float, float)
        Pitch and yaw as in `Volume.cut`.
    sd_um : float
        Standard deviation of the position, from how far the candidates disagree.
    sd_deg : (float, float)
        The same of the angles.
    similarity : float
        Normalised mutual information (1 … 2) of section and cut; for an estimate without
        refinement the best cosine similarity to a cut of the gallery.
    turned_deg : int
        180 for a section that lies upside down, else 0. The angles are those of the section
        after it was turned upright.
    """

    position_um: float
    tilt_deg: tuple[float, float]
    sd_um: float
    sd_deg: tuple[float, float]
    similarity: float
    turned_deg: int = 0


def estimate_plane(
    section: Section,
    atlas: Atlas,
    *,
    k: int = 6,
    encoder: PlateEncoder | None = None,
    refine: bool = True,
    settings: CutSettings | None = None,
) -> PlaneEstimate:
    """Estimate the plane of one section from tilted cuts of the atlas' volume.

    Parameters
    ----------
    section : Section
        Upright or upside down, left and right as in the atlas; parts may be missing.
    atlas : Atlas
        One with a volume.
    k : int
        Neighbours in the gallery that are followed up.
    encoder : PlateEncoder, optional
        By default the one released for the atlas.
    refine : bool
        Compare with the volume itself. Without it the sign of the yaw is not known: the
        encoders can't tell left from right, and a yaw of 0 or more is returned.
    settings : CutSettings, optional
        Of the gallery, which is embedded on first use.

    Raises
    ------
    BrainseekError
        The atlas has no volume, or ``k`` is below 1.
    """
    if k < 1:
        raise BrainseekError(f"k = {k} neighbours are too few: give 1 or more.")
    volume = volume_of(atlas)
    encoder = encoder or load_encoder(choose_encoder(atlas.name).name, kind=PlateEncoder)
    gallery = cut_gallery(atlas, encoder, settings)
    lying = [section, flip_section(section, HALF_TURN)]
    found = gallery.search_batch(encoder.embed(lying), k)
    best = [hits[0].score for hits in found]
    doubtful = refine and abs(best[1] - best[0]) < _CLEARLY
    tried = [0, 1] if doubtful else [int(best[1] > best[0])]
    estimates = [
        _refined(lying[way], volume, found[way], 180 * way)
        if refine
        else _voted(found[way], 180 * way)
        for way in tried
    ]
    upright, over = estimates[0], estimates[-1]
    return over if over.similarity > upright.similarity + _LEAST_GAIN else upright


def _voted(hits: Hits, turned_deg: int) -> PlaneEstimate:
    """Mean of the neighbours' planes, weighted by their similarity."""
    planes, scores = _planes(hits)
    mean = _mean(planes, scores)
    weights = _weights(scores)
    return _estimate(mean, np.sqrt(weights @ (planes - mean) ** 2), float(scores.max()), turned_deg)


def _refined(section: Section, volume: Volume, hits: Hits, turned_deg: int) -> PlaneEstimate:
    """Best plane after refinement from the neighbours' mean and the two nearest of them."""
    planes, scores = _planes(hits)
    starts = np.unique(np.vstack([_mean(planes, scores)[None], planes[:2]]), axis=0)
    mirrored = starts[starts[:, 2] > 0] * (1.0, 1.0, -1.0)
    refined = refine_planes(section, volume, np.vstack([starts, mirrored]))
    first, second = (
        np.array([one.position_um, one.pitch_deg, one.yaw_deg])
        for one in (refined[0], refined[min(1, len(refined) - 1)])
    )
    spread = np.abs(first - second) / np.sqrt(2)
    return _estimate(first, spread, refined[0].similarity, turned_deg)


def _planes(hits: Hits) -> tuple[Floats, Floats]:
    """Position, pitch and yaw of each neighbour, (k, 3), and its similarity, (k,)."""
    angles = [json.loads(hit.row["note"]) for hit in hits]
    planes = [
        (hit.row["position_um"], angle["pitch_deg"], angle["yaw_deg"])
        for hit, angle in zip(hits, angles, strict=True)
    ]
    return np.array(planes), np.array([hit.score for hit in hits])


def _weights(scores: Floats) -> Floats:
    weights = np.exp((scores - scores.max()) / _LIKENESS_TEMPERATURE)
    return np.asarray(weights / weights.sum())


def _mean(planes: Floats, scores: Floats) -> Floats:
    return np.asarray(_weights(scores) @ planes)


def _estimate(plane: Floats, spread: Floats, similarity: float, turned_deg: int) -> PlaneEstimate:
    sd = np.hypot(spread, (_FLOOR_UM, _FLOOR_DEG, _FLOOR_DEG))
    return PlaneEstimate(
        float(plane[0]),
        (float(plane[1]), float(plane[2])),
        float(sd[0]),
        (float(sd[1]), float(sd[2])),
        similarity,
        turned_deg,
    )
