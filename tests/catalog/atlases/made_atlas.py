"""A small made volume with labels, in which every direction differs."""

from dataclasses import dataclass

import numpy as np

from brainseek.catalog.atlases.volume_atlas import VolumeAtlas
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.volume import Volume

AXES, SPACE = ("y", "z", "x"), ("x", "y", "z")
MEANINGS = ("x in µm, positive = right", "y in µm, positive = front", "z in µm, positive = up")
SHAPE, STEP = (24, 18, 20), (-100.0, -100.0, 100.0)
ORIGIN = (1500.0, 700.0, -950.0)
"""The middle of x lies at 0; y falls from the front, z from the top."""


@dataclass(frozen=True)
class Volumes:
    """A `brainseek.catalog.atlases.volume_atlas.VolumeSource` in memory."""

    volume: Volume
    annotation_volume: Volume | None
    structures: StructureTree
    remarks: tuple[str, ...] = ()


def made_template() -> Volume:
    """An ellipsoid, float32, brighter towards the back, the top and the right."""
    i, j, k = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    inside = ((i - 11.5) / 11) ** 2 + ((j - 8.5) / 8) ** 2 + ((k - 9.5) / 9) ** 2 < 1
    grey = 50 + 2 * i + 3 * (SHAPE[1] - j) + 4 * k
    return Volume(np.where(inside, grey, 0).astype(np.float32), STEP, ORIGIN, AXES, SPACE)


def made_labels() -> Volume:
    """Random labels 1 to 40 in the ellipsoid, on voxels of half the size, as compact numbers."""
    fine = np.kron(made_template().data > 0, np.ones((2, 2, 2), bool))
    values = np.random.default_rng(3).integers(1, 41, fine.shape)
    ids = np.concatenate([[0], 7 * np.arange(1, 41)]).astype(np.int32)
    step = tuple(s / 2 for s in STEP)
    origin = tuple(o - s / 4 for o, s in zip(ORIGIN, STEP, strict=True))
    data = np.where(fine, values, 0).astype(np.uint16)
    return Volume(data, step, origin, AXES, SPACE, ids)  # type: ignore[arg-type]


def made_tree() -> StructureTree:
    rows = [Structure(7 * n, f"s{n}", f"structure {n}", 1000, (n, n, n)) for n in range(1, 41)]
    return StructureTree([Structure(1000, "root", "root", None, (255, 255, 255)), *rows])


def made_atlas(orientation: str = "coronal", labels: bool = True, **more) -> VolumeAtlas:
    source = Volumes(made_template(), made_labels() if labels else None, made_tree())
    return VolumeAtlas(
        "made",
        "made ellipsoid",
        source,
        coordinates=MEANINGS,
        spacing_um=200.0,
        space_axes=SPACE,
        orientation=orientation,
        annotation_sources=("volume",) if labels else (),
        **more,
    )


def label_at(point_um: tuple[float, ...], labels: Volume) -> int:
    """The label at a point (x, y, z), by index arithmetic alone."""
    index = []
    for name, step, origin, n in zip(
        labels.axes, labels.step_um, labels.origin_um, labels.data.shape, strict=True
    ):
        i = int(np.floor((point_um[SPACE.index(name)] - origin) / step + 0.5))
        if not 0 <= i < n:
            return 0
        index.append(i)
    value = int(labels.data[tuple(index)])
    return value if labels.ids is None else int(labels.ids[value])
