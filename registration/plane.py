"""Which plane of a volume does one section show: its position, its two angles, how surely?"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from catalog.atlas import Atlas
from catalog.errors import BrainseekError
from catalog.section import Section
from embedder.encoder import Encoder, load_encoder
from registration.identify import encoder_name
from registration.plane_gallery import CutSettings, cut_gallery, volume_of
from registration.plane_refine import refine_planes

_LIKENESS_TEMPERATURE = 0.02
_FLOOR_UM, _FLOOR_DEG = 50.0, 0.5


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
    """

    position_um: float
    tilt_deg: tuple[float, float]
    sd_um: float
    sd_deg: tuple[float, float]
    similarity: float


def estimate_plane(
    section: Section,
    atlas: Atlas,
    *,
    k: int = 6,
    encoder: Encoder | None = None,
    refine: bool = True,
    settings: CutSettings | None = None,
) -> PlaneEstimate:
    """Estimate the plane of one section from tilted cuts of the atlas' volume.

    Parameters
    ----------
    section : Section
        Upright, left and right as in the atlas; parts may be missing.
    atlas : Atlas
        One with a volume.
    k : int
        Neighbours in the gallery that are followed up.
    encoder : Encoder, optional
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
    encoder = encoder or load_encoder(encoder_name(atlas.name, None))
    gallery = cut_gallery(atlas, encoder, settings)
    hits = gallery.search_batch(encoder.embed([section]), k)[0]
    planes, scores = [], []
    for hit in hits:
        angles = json.loads(hit.row["note"])
        planes.append((hit.row["position_um"], angles["pitch_deg"], angles["yaw_deg"]))
        scores.append(hit.score)
    found, likeness = np.array(planes), np.array(scores)
    weights = np.exp((likeness - likeness.max()) / _LIKENESS_TEMPERATURE)
    weights /= weights.sum()
    mean = weights @ found
    spread = np.sqrt(weights @ (found - mean) ** 2)
    if refine:
        starts = np.unique(np.vstack([mean[None], found[:2]]), axis=0)
        mirrored = starts[starts[:, 2] > 0] * (1.0, 1.0, -1.0)
        refined = refine_planes(section, volume, np.vstack([starts, mirrored]))
        best = refined[0]
        mean = np.array([best.position_um, best.pitch_deg, best.yaw_deg])
        second = refined[1] if len(refined) > 1 else best
        other = np.array([second.position_um, second.pitch_deg, second.yaw_deg])
        spread = np.abs(mean - other) / np.sqrt(2)
        likeness = np.array([best.similarity])
    spread = np.hypot(spread, (_FLOOR_UM, _FLOOR_DEG, _FLOOR_DEG))
    return PlaneEstimate(
        float(mean[0]),
        (float(mean[1]), float(mean[2])),
        float(spread[0]),
        (float(spread[1]), float(spread[2])),
        float(likeness.max()),
    )
