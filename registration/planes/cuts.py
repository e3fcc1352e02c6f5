"""Tilted cuts of an atlas' volume as a collection of embeddings, kept in the cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import cached_collection
from brainseek.index.table.schema import Row

_LEAST_TISSUE = 0.03
_TISSUE = 0.12


@dataclass(frozen=True)
class CutSettings:
    """Which cuts the gallery holds.

    The volumes are close to symmetric and the encoders see each picture mirrored too, so only
    yaws that are not negative are embedded.

    Attributes
    ----------
    step_um : float
        Distance of cuts along the axis.
    widest_deg, angle_step_deg : float
        Pitch runs from -widest to widest, yaw from 0 to widest.
    """

    step_um: float = 250.0
    widest_deg: float = 15.0
    angle_step_deg: float = 5.0

    @property
    def stamp(self) -> str:
        """Text that differs for different settings."""
        return f"{self.step_um:g}-{self.widest_deg:g}-{self.angle_step_deg:g}"


def volume_of(atlas: Atlas) -> Volume:
    """Return the volume of an atlas; `BrainseekError` where it has none."""
    volume = atlas.volume
    if volume is None:
        raise BrainseekError(
            f"{atlas.name} has no volume to cut, so no plane can be estimated: use its plates."
        )
    return volume


def tilted_cuts(volume: Volume, settings: CutSettings) -> NDArray[np.float64]:
    """Return position (µm), pitch and yaw (degrees) of every cut that shows tissue, (n, 3)."""
    step, count = volume.step_um[0], volume.data.shape[0]
    ends = sorted((volume.origin_um[0], volume.origin_um[0] + step * (count - 1)))
    positions = np.arange(ends[0], ends[1], settings.step_um)
    angles = np.arange(-settings.widest_deg, settings.widest_deg + 1e-6, settings.angle_step_deg)
    level = _TISSUE * float(np.percentile(volume.data, 99.5))
    filled = (volume.data > level).mean((1, 2))
    planes = [
        (position, pitch, yaw)
        for position in positions
        if filled[round((position - volume.origin_um[0]) / step)] > _LEAST_TISSUE
        for pitch in angles
        for yaw in angles[angles >= 0]
    ]
    return np.array(planes)


def cut_gallery(
    atlas: Atlas,
    encoder: PlateEncoder,
    settings: CutSettings | None = None,
    *,
    progress: bool = True,
) -> Collection:
    """Open the gallery of tilted cuts of an atlas; embed them first where there is none.

    Raises
    ------
    BrainseekError
        The atlas has no volume, or the cache can't be written.
    """
    chosen = settings or CutSettings()

    def rows() -> Iterator[Row]:
        volume = volume_of(atlas)
        planes = tilted_cuts(volume, chosen)
        images = [
            volume.cut(p, (pitch, yaw), pixel_size_um=_pixel_um(volume)) for p, pitch, yaw in planes
        ]
        vectors = encoder.embed(images, progress=progress)
        for vector, (position, pitch, yaw) in zip(vectors, planes.tolist(), strict=True):
            yield Row(
                vector=vector,
                kind="section",
                source_uri=f"atlas://{atlas.name}/cut/{position:g}/{pitch:g}/{yaw:g}",
                atlas=atlas.name,
                position_um=float(position),
                note=json.dumps({"pitch_deg": pitch, "yaw_deg": yaw}),
            )

    return cached_collection(f"{atlas.name}__cuts-{chosen.stamp}", encoder, "", rows)


def _pixel_um(volume: Volume) -> float:
    return min(volume.voxel_size_um[1:]) / 2
