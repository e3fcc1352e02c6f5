"""Where on the cortex does a patch come from?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.t1_volumes import open_volume
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.registry import load_encoder
from brainseek.registration.cortex.cortex_place import CortexPlace, places_of
from brainseek.registration.cortex.gallery import cortex_gallery
from brainseek.registration.cortex.patch_input import PatchLike, read_patch


def locate_cortex(
    patch: PatchLike,
    *,
    pixel_um: float | None = None,
    encoder: str | None = None,
    k: int = 10,
    labels: str | None = None,
    folder: Path | None = None,
) -> CortexPlace:
    """Find the places on the cortex that look most like a patch.

    Parameters
    ----------
    patch : ndarray or path
        (side, side): rows against the outward normal, from outside through the grey into the
        white matter, columns towards anterior. (side, side, 3): that, the patch along the other
        tangent, and the plane at right angles to the normal. (side, side, side): a block, whose
        three middle planes are taken; see `catalog.cortex.patches.CortexPatches`. A path is an
        image (one plane) or a .npy file of such an array.
    pixel_um : float, optional
        Side of its pixels in µm; by default what an image file states, or else the encoder's.
    encoder : str, optional
        Name of a encoder of the cortex; by default the first one for so many planes.
    k : int
        Neighbours that are asked: plainly the k best, also where they lie side by side.
    labels : str, optional
        Labels of the gallery's surface that name the areas. By default its first ones where their
        data set is on this machine; a remark says so where it is not.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/``.

    Returns
    -------
    CortexPlace

    Raises
    ------
    BrainseekError
        If the patch can't be read, is even, has another scale or number of planes than the
        encoder; if encoder or k is unknown, or labels that were named are missing; or if the
        package for distances along the surface is not installed.
    """
    planes, size = read_patch(patch, pixel_um)
    count = 1 if planes.ndim == 2 else 3
    name = encoder or encoder_of_cortex(count, folder)
    loaded = load_encoder(name, folder=folder, kind=CortexEncoder)
    vectors = loaded.embed(planes[None], pixel_um=size)
    return places_of(cortex_gallery(loaded.name, folder), vectors, k, labels)[0]


def locate_cortex_vertices(
    volume: Volume | Path | str,
    surface: Surface,
    vertices: ArrayLike,
    *,
    encoder: str | None = None,
    k: int = 10,
    labels: str | None = None,
    folder: Path | None = None,
) -> list[CortexPlace]:
    """Find the places that look like those of your own volume and mesh.

    Parameters
    ----------
    volume : Volume, path or str
        A T1 volume, in x, y, z (right, anterior, superior): as
        `catalog.cortex.t1_volumes.open_volume` opens it.
    surface : Surface
        Your mesh in the space of the volume, best the pial one.
    vertices : array_like of int, (n,)
        Its vertices whose patches are cut.
    encoder : str, optional
        By default the one that sees most planes.
    k, labels, folder
        As in :func:`locate_cortex`.

    Returns
    -------
    list of CortexPlace
        One for each vertex, in the space of the gallery.

    Raises
    ------
    BrainseekError
        As :func:`locate_cortex`; or if a vertex does not exist, lies on the medial wall or outside
        the volume.
    """
    wanted = _checked_vertices(surface, vertices)
    name = encoder or encoder_of_cortex(folder=folder)
    loaded = load_encoder(name, folder=folder, kind=CortexEncoder)
    opened = volume if isinstance(volume, Volume) else open_volume(volume)
    vectors = loaded.embed_vertices(opened, surface, wanted)
    return places_of(cortex_gallery(loaded.name, folder), vectors, k, labels)


def _checked_vertices(surface: Surface, vertices: ArrayLike) -> NDArray[np.int64]:
    given = np.asarray(vertices)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise BrainseekError(
            f"vertices of shape {given.shape} of {given.dtype} can't be cut; give a list of whole "
            "numbers."
        )
    outside = given[(given < 0) | (given >= len(surface))]
    if outside.size:
        raise BrainseekError(
            f"{surface.name} has no vertex {outside[0]}; its vertices are 0 to {len(surface) - 1}."
        )
    wall = given[~surface.cortex[given]] if given.size else given
    if wall.size:
        raise BrainseekError(
            f"vertex {wall[0]} of {surface.name} lies on the medial wall, which is no cortex; "
            "choose another one."
        )
    return given.astype(np.int64)
