"""The surfaces that this project knows by name: their files, spaces and medial walls."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.surfaces.mesh import connected_parts
from brainseek.catalog.surfaces.mesh_files import MeshFile, read_mesh
from brainseek.catalog.surfaces.surface import SIDES, Surface

MNI305_TO_MNI152 = np.array(
    [
        [0.9975, -0.0073, 0.0176, -0.0429],
        [0.0146, 1.0009, -0.0024, 1.5496],
        [-0.0130, -0.0093, 0.9971, 1.1840],
    ]
)
"""From fsaverage's space to MNI152, in mm; FreeSurfer wiki, page "CoordinateSystems"."""


def fsaverage5(path: Path | None) -> Surface:
    """Return FreeSurfer's average surface inside nilearn, moved from MNI305 to MNI152."""
    folder = dataset_path("fsaverage5", path)
    pial, white, faces, cortex = [], [], [], []
    for side in SIDES:
        outer = read_mesh(folder / f"pial_{side}.gii.gz")
        pial.append(outer.vertices)
        white.append(read_mesh(folder / f"white_{side}.gii.gz").vertices)
        faces.append(outer.faces)
        cortex.append(~_medial_wall(outer, read_mesh(folder / f"flat_{side}.gii.gz")))
    return _both_sides(
        "fsaverage5",
        [_to_mni152_um(side) for side in pial],
        [_to_mni152_um(side) for side in white],
        faces,
        np.concatenate(cortex),
        "MNI152 RAS",
        "fsaverage5 was moved from MNI305 to MNI152 by FreeSurfer's affine transform; its medial "
        "wall is what FreeSurfer's flat map leaves out.",
    )


def _medial_wall(mesh: MeshFile, flat: MeshFile) -> NDArray[np.bool_]:
    """Return the largest connected patch of vertices that a flat map leaves out, (n,).

    The smaller ones are the cuts that let the map lie flat; there is cortex.
    """
    left_out = np.ones(len(mesh.vertices), bool)
    left_out[flat.faces] = False
    inside = mesh.faces[left_out[mesh.faces].all(axis=1)]
    part = connected_parts(inside, len(mesh.vertices))
    return part == np.bincount(part[left_out]).argmax()


def _to_mni152_um(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1000.0 * (points_mm @ MNI305_TO_MNI152[:, :3].T + MNI305_TO_MNI152[:, 3])


def bigbrain(path: Path | None) -> Surface:
    """Return the BigBrain mesh of 10 242 vertices a hemisphere; no layers means medial wall."""
    folder = dataset_path("bigbrain-surface", path)
    with np.load(folder / "bigbrain_10k_compact.npz", allow_pickle=False) as archive:
        pial, white, faces, thickness = (
            [archive[f"{side}_{key}"] for side in "LR"]
            for key in ("vert_pial", "vert_white", "faces", "layer_thickness_mm")
        )
    return _both_sides(
        "bigbrain-10k",
        [1000.0 * side.astype(np.float64) for side in pial],
        [1000.0 * side.astype(np.float64) for side in white],
        faces,
        np.asarray(np.concatenate(thickness).any(axis=1)),
        "BigBrain histological RAS",
        "bigbrain-10k has a few edges that more than two triangles share, so exact distances are "
        "not offered on it.",
    )


def _both_sides(
    name: str,
    pial_um: list[NDArray[np.float64]],
    white_um: list[NDArray[np.float64]],
    faces: list[NDArray[np.int32]],
    cortex: NDArray[np.bool_],
    space: str,
    remark: str,
) -> Surface:
    """Join the pial and white surfaces of the left and of the right hemisphere."""
    n = len(pial_um[0])
    return Surface(
        name=name,
        vertices_um=np.concatenate(pial_um),
        faces=np.concatenate([faces[0], faces[1] + n]),
        hemisphere=np.repeat(np.array([0, 1], np.int8), [n, len(pial_um[1])]),
        cortex=cortex,
        space=space,
        inner_um=np.concatenate(white_um),
        kind="pial",
        remarks=(remark,),
    )


def colin27(vertices: int) -> Callable[[Path | None], Surface]:
    """Return what opens SPM's canonical mesh with so many vertices."""

    def load(path: Path | None) -> Surface:
        mesh = read_mesh(dataset_path("colin27", path) / f"cortex_{vertices}.surf.gii")
        vertices_um = 1000.0 * mesh.vertices
        name = f"colin27-{vertices}"
        template = fsaverage5(None)
        part = connected_parts(mesh.faces, len(vertices_um))
        side = (part == part[np.argmax(vertices_um[:, 0])]).astype(np.int8)
        cortex = np.ones(len(side), bool)
        for number in (0, 1):
            here, there = side == number, template.hemisphere == number
            cortex[here] = _nearest_value(
                template.mid_um[there], template.cortex[there], vertices_um[here]
            )
        return Surface(
            name=name,
            vertices_um=vertices_um,
            faces=mesh.faces,
            hemisphere=side,
            cortex=cortex,
            space="MNI152 RAS",
            remarks=(
                f"{name} states neither the depth of its vertices in the cortex nor a medial wall; "
                "the wall is that of fsaverage5, taken over from the nearest vertex.",
            ),
        )

    return load


def _nearest_value(
    known_um: NDArray[np.float64], values: NDArray[np.bool_], points_um: NDArray[np.float64]
) -> NDArray[np.bool_]:
    from scipy.spatial import cKDTree

    return values[cKDTree(known_um).query(points_um)[1]]


NAMED_SURFACES: dict[str, Callable[[Path | None], Surface]] = {
    "fsaverage5": fsaverage5,
    "bigbrain-10k": bigbrain,
    "colin27-5124": colin27(5124),
    "colin27-20484": colin27(20484),
}
"""Known surfaces and what opens each, given the folder of its data set or None."""
