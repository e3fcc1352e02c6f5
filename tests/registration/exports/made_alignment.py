"""An alignment made by hand: affine, with a smooth bend on top if wanted."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from brainseek.catalog.sections.section import section_from_array
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.alignment.alignment import Alignment, Quality, Target

TREE = StructureTree(
    [
        Structure(1, "root", "root", None, (200, 200, 200)),
        Structure(2, "CTX", "cortex", 1, (176, 240, 255)),
        Structure(312782546, "VISa1", "Anterior area, layer 1", 2, (0, 159, 172)),
        Structure(4, "TH", "thalamus", 1, (255, 144, 159)),
    ]
)
ATLAS = SimpleNamespace(
    name="mouse-nissl", space_axes=("AP", "DV", "ML"), structures=TREE, volume=None
)
OTHER_ATLAS = SimpleNamespace(
    name="mni152", space_axes=("x", "y", "z"), structures=TREE, volume=None
)
SHAPE = (110, 150)
MATRIX, SHIFT = np.array([[0.9, 0.12], [-0.1, 0.8]]), np.array([6.0, 11.0])


@dataclass(frozen=True)
class MadeWarp:
    """target = matrix @ section + shift, plus ``bend`` pixels of a slow sine."""

    bend: float = 0.0

    def forward(self, points):
        return points @ MATRIX.T + SHIFT + np.sin(points[:, ::-1] / 40) * self.bend

    def backward(self, points):
        inverse = np.linalg.inv(MATRIX)
        found = (points - SHIFT) @ inverse.T
        for _ in range(200):
            found = found + (points - self.forward(found)) @ inverse.T
        return found

    def dense(self):
        rows, columns = np.indices(SHAPE)
        there = self.forward(np.column_stack([rows.ravel(), columns.ravel()]).astype(float))
        return tuple(there[:, i].reshape(SHAPE).astype(np.float32) for i in range(2))


def made_target() -> Target:
    """A mouse-like target of 120 x 160 pixels of 70 µm with four regions, one with a hole."""
    labels = np.zeros((120, 160), np.int32)
    labels[20:100, 20:140] = 2
    labels[40:80, 50:110] = 4
    labels[50:60, 60:80] = 2
    labels[20:30, 20:140] = 312782546
    labels[90, 30] = 0
    plane = Plane(o=(5000.0, 200.0, 300.0), u=(150.0, -40.0, 11200.0), v=(300.0, 8400.0, 60.0))
    return Target("mouse-nissl", 41, plane, (labels % 251).astype(np.uint8), labels, 70.0)


def made_alignment(
    bend: float = 0.0, pixel_size_um: float | None = 60.0, warning: str | None = None
) -> Alignment:
    rng = np.random.default_rng(4)
    image = rng.integers(0, 255, (*SHAPE, 3), dtype=np.uint8)
    return Alignment(
        section=section_from_array(image, pixel_size_um, source_uri="made.png"),
        target=made_target(),
        warp=MadeWarp(bend),
        quality=Quality(0.31, 0.93, 0.0, warning is None, warning),
        seconds=0.5,
        method="affine+bspline" if bend else "affine",
        versions={"made-elastix": "1.2.3"},
    )
