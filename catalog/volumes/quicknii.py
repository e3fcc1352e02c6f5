"""QuickNII anchorings: the plane of an image in the CCFv3 25 µm volume.

An anchoring is three 3-vectors o, u, v in voxels of 25 µm, axes x left to right (456), y posterior
to anterior (528), z inferior to superior (320). The image point at the fractions (s, t) of width
and height lies at o + s u + t v.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Plane

VOXEL_UM = 25.0
FRONT_VOXEL = 528
"""Anterior end of the volume: micrometres from the front are (528 - y) 25."""
TOP_VOXEL = 320
"""Superior end of the volume: micrometres from the top are (320 - z) 25."""
COMPONENTS = ("ox", "oy", "oz", "ux", "uy", "uz", "vx", "vy", "vz")


def read_slices(path: Path) -> dict[str, dict[str, Any]]:
    """Return the slices of a QuickNII JSON file by the stem of their file name."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {Path(s["filename"]).stem: s for s in content["slices"]}


def anchoring(plane: Plane) -> list[float]:
    """Return ox, oy, oz, ux, uy, uz, vx, vy, vz in voxels of a plane in CCFv3 µm."""
    (ap, dv, ml), u, v = plane.o, plane.u, plane.v
    o = (ml / VOXEL_UM, FRONT_VOXEL - ap / VOXEL_UM, TOP_VOXEL - dv / VOXEL_UM)
    edges = [(x[2] / VOXEL_UM, -x[0] / VOXEL_UM, -x[1] / VOXEL_UM) for x in (u, v)]
    return [round(float(value), 6) for vector in (o, *edges) for value in vector]


def plane_of(numbers: Sequence[float]) -> Plane:
    """Return the plane in CCFv3 µm of an anchoring; the inverse of `anchoring`.

    Raises
    ------
    BrainseekError
        If there are not nine numbers.
    """
    if len(numbers) != 9:
        raise BrainseekError(
            f"an anchoring has 9 numbers, this one {len(numbers)}; correct the QuickNII file."
        )
    (ox, oy, oz), (ux, uy, uz), (vx, vy, vz) = (numbers[i : i + 3] for i in (0, 3, 6))
    return Plane(
        o=((FRONT_VOXEL - oy) * VOXEL_UM, (TOP_VOXEL - oz) * VOXEL_UM, ox * VOXEL_UM),
        u=(-uy * VOXEL_UM, -uz * VOXEL_UM, ux * VOXEL_UM),
        v=(-vy * VOXEL_UM, -vz * VOXEL_UM, vx * VOXEL_UM),
    )


def restrict(anchoring: np.ndarray[Any, Any], left: float, top: float, right: float, bottom: float
             ) -> np.ndarray[Any, Any]:  # fmt: skip
    """Return the anchoring (9,) of the crop between the given fractions of width and height."""
    o, u, v = anchoring[:3], anchoring[3:6], anchoring[6:]
    return np.concatenate([o + left * u + top * v, (right - left) * u, (bottom - top) * v])


def centre_voxel(anchoring: np.ndarray[Any, Any]) -> float:
    """Return y of the image centre in 25 µm voxels."""
    return float(anchoring[1] + 0.5 * anchoring[4] + 0.5 * anchoring[7])


def um_from_front(voxel: float) -> float:
    """Return the AP position in µm from the front for y in 25 µm voxels."""
    return (FRONT_VOXEL - voxel) * VOXEL_UM


def cut_labels(
    volume: np.ndarray[Any, Any], anchoring: np.ndarray[Any, Any], height: int, width: int
) -> np.ndarray[Any, Any]:
    """Sample a label volume (456, 528, 320) on a plane; int32 (height, width), 0 outside.

    The value at a pixel is that of the voxel (floor) that holds the pixel's centre.
    """
    s = (np.arange(width) + 0.5) / width
    t = (np.arange(height) + 0.5) / height
    o, u, v = anchoring[:3], anchoring[3:6], anchoring[6:]
    index = [
        np.floor(o[a] + s[None, :] * u[a] + t[:, None] * v[a]).astype(np.int64) for a in range(3)
    ]
    inside = np.ones((height, width), dtype=bool)
    for a in range(3):
        inside &= (index[a] >= 0) & (index[a] < volume.shape[a])
    labels = np.zeros((height, width), dtype=np.int32)
    labels[inside] = volume[index[0][inside], index[1][inside], index[2][inside]]
    return labels
