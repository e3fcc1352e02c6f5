"""Mesh files: GIFTI, FreeSurfer geometry and NumPy archives, as they are stored."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

NPZ_KEYS = ("vertices", "faces", "inner", "hemisphere", "cortex")
"""What an archive may hold; the first two are needed."""
_FREESURFER_PREFIXES = {"lh.": 0, "rh.": 1}
_GIFTI_SIDES = {"CortexLeft": 0, "CortexRight": 1}


@dataclass(frozen=True)
class MeshFile:
    """What a mesh file says, lengths in the unit of the file.

    Attributes
    ----------
    vertices : ndarray of float64, (n, 3)
    faces : ndarray of int32, (m, 3)
    side : int or None
        Hemisphere of the whole file, 0 left or 1 right, where the file says so.
    arrays : dict
        ``inner``, ``hemisphere`` and ``cortex`` of a NumPy archive, as far as it has them.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    side: int | None
    arrays: dict[str, NDArray[Any]]


def read_mesh(path: Path) -> MeshFile:
    """Read a mesh file; its kind is told by its name.

    Parameters
    ----------
    path : Path
        ``*.gii`` or ``*.gii.gz`` (arrays are found by intent, coordinates taken as stored),
        ``*.npz`` with the arrays `NPZ_KEYS`, or a FreeSurfer geometry called ``lh.…`` or ``rh.…``
        (surface RAS, without the offset of the volume's centre).

    Raises
    ------
    BrainseekError
        When the file is missing, damaged, of another kind or lacks an array.
    """
    if not path.is_file():
        raise BrainseekError(f"the mesh {path} is missing; check its name.")
    lower = path.name.lower()
    if lower.endswith((".gii", ".gii.gz")):
        reader = _read_gifti
    elif lower.endswith(".npz"):
        reader = _read_npz
    elif lower.startswith(tuple(_FREESURFER_PREFIXES)):
        reader = _read_freesurfer
    else:
        raise BrainseekError(
            f"{path.name} is no mesh that brainseek reads; give a .gii, an .npz or a FreeSurfer "
            "surface called lh.… or rh.…."
        )
    try:
        return reader(path)
    except BrainseekError:
        raise
    except Exception as error:  # every reader raises its own type on a damaged file
        raise BrainseekError(
            f"{path} can't be read as a mesh ({' '.join(str(error).split())}); get the file again."
        ) from error


def _read_gifti(path: Path) -> MeshFile:
    import nibabel

    image: Any = nibabel.load(path)
    found = []
    for intent in ("NIFTI_INTENT_POINTSET", "NIFTI_INTENT_TRIANGLE"):
        arrays = image.get_arrays_from_intent(intent)
        if len(arrays) != 1:
            raise BrainseekError(
                f"{path.name} has {len(arrays)} arrays of {intent}, but a mesh has one; is it a "
                "map of values? Give the .surf.gii."
            )
        found.append(arrays[0])
    points, triangles = found
    side = _GIFTI_SIDES.get(points.meta.get("AnatomicalStructurePrimary", ""))
    return MeshFile(_floats(points.data), _whole(triangles.data, path.name), side, {})


def _read_freesurfer(path: Path) -> MeshFile:
    from nibabel.freesurfer.io import read_geometry

    vertices, faces, *_ = read_geometry(path)
    side = _FREESURFER_PREFIXES[path.name[:3].lower()]
    return MeshFile(_floats(vertices), _whole(faces, path.name), side, {})


def _read_npz(path: Path) -> MeshFile:
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    unknown = sorted(set(arrays) - set(NPZ_KEYS))
    missing = [name for name in NPZ_KEYS[:2] if name not in arrays]
    if unknown or missing:
        said = f"has the unknown array {unknown[0]!r}" if unknown else f"lacks {missing[0]!r}"
        raise BrainseekError(
            f"{path.name} {said}; a mesh archive holds {', '.join(NPZ_KEYS)}, of which the first "
            "two are needed."
        )
    vertices, faces = _floats(arrays.pop("vertices")), _whole(arrays.pop("faces"), path.name)
    return MeshFile(vertices, faces, None, arrays)


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _whole(values: NDArray[Any], name: str) -> NDArray[np.int32]:
    if np.asarray(values).dtype.kind not in "iu":
        raise BrainseekError(
            f"the triangles of {name} are stored as {np.asarray(values).dtype}; they must be whole "
            "numbers."
        )
    return np.asarray(values, np.int32)
