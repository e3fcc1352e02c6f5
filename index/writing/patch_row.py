"""Patches for two-modality encoders as rows: window, place in the atlas, modality, picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.pairs.patches import PairFrame
from brainseek.index.table.schema import Row, Window, row_id
from brainseek.index.writing.places import Place
from brainseek.index.writing.thumbnails import patch_png


def upright_window(centre: NDArray[np.float64], frame: PairFrame, pixel_um: float) -> Window:
    """Return the upright square around a pixel (row, column); it may reach beyond the image.

    Parameters
    ----------
    centre : ndarray, (2,)
        Row and column in the image.
    frame : PairFrame
    pixel_um : float
        Side of the image's pixels.
    """
    side = max(1, round(frame.side_um / pixel_um))
    row, column = (int(np.floor(x - (side - 1) / 2 + 0.5)) for x in centre)
    return Window(row, column, side, side)


def patch_row(
    vector: NDArray[np.float32],
    patch: NDArray[np.uint8],
    *,
    source_uri: str,
    window: Window,
    pixel_um: float,
    modality: str,
    atlas: str | None = None,
    place: Place | None = None,
    note: str | None = None,
) -> Row:
    """Return the row of a patch; its id follows from source and window.

    Parameters
    ----------
    vector : ndarray of float32, (dim,)
    patch : ndarray of uint8, (side, side)
        It becomes the thumbnail, without loss.
    source_uri : str
    window : Window
        In pixels of the source.
    pixel_um : float
        Side of these pixels.
    modality : str
    atlas, place : optional
        Where the middle of the patch lies.
    note : str, optional
    """
    return Row(
        vector=vector,
        kind="patch",
        source_uri=source_uri,
        id=row_id("patch", source_uri, window=window),
        window=window,
        pixel_size_um=pixel_um,
        atlas=atlas,
        ap_um=None if place is None else place.ap_um,
        dv_um=None if place is None else place.dv_um,
        ml_um=None if place is None else place.ml_um,
        structure_id=None if place is None else place.structure_id,
        structure=None if place is None else place.structure,
        modality=modality,
        note=note,
        thumbnail=patch_png(patch),
    )
