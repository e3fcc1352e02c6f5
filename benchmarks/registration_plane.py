"""How well is the plane of one section found? Cuts of the CCFv3 template at known planes.

The cuts come from the very volume that the estimate compares with, so this measures the search,
not what another stain or another brain costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.damage import inverted_tissue, without_half_plane
from catalog.section import section_from_array

CONDITIONS = ("whole", "40 % missing", "tissue inverted")


@dataclass(frozen=True)
class PlaneError:
    """Error of one estimate.

    Attributes
    ----------
    condition : str
    position_um, pitch_deg, yaw_deg : float
        Absolute errors.
    sd_um : float
        What the estimate said of its position.
    """

    condition: str
    position_um: float
    pitch_deg: float
    yaw_deg: float
    sd_um: float


def measure_planes(
    n: int, seed: int, *, refine: bool = True, widest: float = 12.0
) -> list[PlaneError]:
    """Estimate ``n`` random planes, 2.5 to 11 mm from the front, conditions in turn.

    Parameters
    ----------
    n : int
    seed : int
        Settings were chosen on seed 100.
    refine : bool
        Compare with the volume, or believe the gallery alone.
    widest : float
        Both angles are drawn between minus and plus this, in degrees.
    """
    from catalog.atlas import load_atlas
    from registration.plane import estimate_plane
    from registration.plane_gallery import volume_of

    atlas = load_atlas("mouse-nissl")
    volume = volume_of(atlas)
    top = float(np.percentile(volume.data, 99.9))
    rng = np.random.default_rng(seed)
    errors = []
    for i in range(n):
        position = float(rng.uniform(2_500, 11_000))
        pitch, yaw = (float(angle) for angle in rng.uniform(-widest, widest, 2))
        cut = volume.cut(position, (pitch, yaw), pixel_size_um=50.0)
        picture = np.clip(cut / top * 255, 0, 255).astype(np.uint8)
        condition = CONDITIONS[i % len(CONDITIONS)]
        if condition == "40 % missing":
            picture = without_half_plane(picture, 0.4, rng.uniform(0, 2 * np.pi))
        elif condition == "tissue inverted":
            picture = inverted_tissue(picture)
        found = estimate_plane(section_from_array(picture, 50.0), atlas, refine=refine)
        errors.append(
            PlaneError(
                condition,
                abs(found.position_um - position),
                abs(found.tilt_deg[0] - pitch),
                abs(found.tilt_deg[1] - yaw),
                found.sd_um,
            )
        )
    return errors
