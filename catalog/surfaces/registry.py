"""The surfaces that this project knows by name, and those of files."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.mesh import connected_parts
from brainseek.catalog.surfaces.mesh_checks import check_closed, check_mesh
from brainseek.catalog.surfaces.mesh_files import MeshFile, read_mesh
from brainseek.catalog.surfaces.named_surfaces import NAMED_SURFACES
from brainseek.catalog.surfaces.surface import SIDES, Side, Surface

Units = Literal["mm", "um"]
UM_PER_UNIT: dict[str, float] = {"mm": 1000.0, "um": 1.0}


def surface_names() -> tuple[str, ...]:
    """Return the names that `load_surface` knows without a file."""
    return tuple(NAMED_SURFACES)


def load_surface(
    name_or_path: str | Path,
    *,
    units: Units | None = None,
    hemisphere: Side | None = None,
    closed: bool = True,
    space: str | None = None,
    path: Path | str | None = None,
) -> Surface:
    """Open a cortical surface.

    Parameters
    ----------
    name_or_path : str or path
        One of `surface_names`, or a mesh file (see `catalog.surfaces.mesh_files.read_mesh`).
    units : {"mm", "um"}
        Unit of a file; needed for files, refused for names.
    hemisphere : {"left", "right"}, optional
        Of a file that does not say it; a mesh of two parts, one on either side of x = 0, is both.
    closed : bool
        Refuse a file with holes, pinched edges, turned triangles or several parts in a
        hemisphere; False takes them.
    space : str, optional
        Coordinate system of a file, for the record; by default "not stated".
    path : path, optional
        Folder of the data set behind a name, instead of the cache or the mirror.

    Returns
    -------
    Surface
        In µm.

    Raises
    ------
    BrainseekError
        When the surface is unknown, its files are missing or damaged, or an argument does not
        belong to it.
    """
    name = str(name_or_path)
    if name in NAMED_SURFACES:
        if units is not None or hemisphere is not None or space is not None or not closed:
            raise BrainseekError(
                f"{name} states its unit, hemispheres and space itself; leave units, hemisphere, "
                "space and closed away."
            )
        return NAMED_SURFACES[name](None if path is None else Path(path).expanduser())
    if path is not None:
        raise BrainseekError(
            f"{name!r} is none of {', '.join(NAMED_SURFACES)}, so it has no data set folder; leave "
            "path away."
        )
    file = Path(name).expanduser()
    if not file.exists() and not file.suffix and file.name == name:
        raise BrainseekError(
            f"surface {name!r} is not known; choose one of {', '.join(NAMED_SURFACES)} or give the "
            "path of a mesh."
        )
    if units not in UM_PER_UNIT:
        raise BrainseekError(
            f"units of {file.name} are {units!r}, but a mesh file does not say them; give "
            'units="mm" or units="um".'
        )
    return _from_file(file, UM_PER_UNIT[units], hemisphere, closed, space or "not stated")


def _from_file(
    file: Path, unit_um: float, hemisphere: Side | None, closed: bool, space: str
) -> Surface:
    mesh = read_mesh(file)
    vertices = mesh.vertices * unit_um
    check_mesh(file.name, vertices, mesh.faces)
    side = _sides(file.name, mesh, hemisphere)
    if closed:
        check_closed(file.name, mesh.faces, side, len(vertices))
    inner = mesh.arrays.get("inner")
    cortex = mesh.arrays.get("cortex")
    return Surface(
        name=file.name,
        vertices_um=vertices,
        faces=mesh.faces,
        hemisphere=side,
        cortex=np.ones(len(vertices), bool) if cortex is None else cortex.astype(bool),
        space=space,
        inner_um=None if inner is None else inner * unit_um,
        kind="unknown" if inner is None else "pial",
        remarks=() if cortex is not None else (f"{file.name} names no medial wall.",),
    )


def _sides(name: str, mesh: MeshFile, given: Side | None) -> NDArray[np.int8]:
    """Return the hemisphere of each vertex of a file."""
    n = len(mesh.vertices)
    if "hemisphere" in mesh.arrays:
        if given is not None:
            raise BrainseekError(f"{name} says its hemispheres itself; leave hemisphere away.")
        sides = np.asarray(mesh.arrays["hemisphere"])
        if sides.shape != (n,):
            raise BrainseekError(
                f"hemisphere of {name} has the shape {sides.shape}; give ({n},), one entry for "
                "each vertex."
            )
        return sides
    stated = None if given is None else _number(given)
    if None not in (stated, mesh.side) and stated != mesh.side:
        raise BrainseekError(
            f"{name} says that it is the {SIDES[mesh.side or 0]} hemisphere, not the {given} one; "
            "correct hemisphere or the file."
        )
    known = mesh.side if stated is None else stated
    if known is not None:
        return np.full(n, known, np.int8)
    part = connected_parts(mesh.faces, n)
    middle = [mesh.vertices[part == p, 0].mean() for p in range(int(part.max()) + 1)]
    if len(middle) != 2 or not min(middle) < 0 < max(middle):
        raise BrainseekError(
            f'{name} does not say which hemisphere it is; give hemisphere="left" or "right".'
        )
    return (part == int(np.argmax(middle))).astype(np.int8)


def _number(side: Side) -> int:
    if side not in SIDES:
        raise BrainseekError(f"hemisphere {side!r} is not known; write left or right.")
    return SIDES.index(side)
