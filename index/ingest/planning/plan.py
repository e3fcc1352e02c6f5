"""What is to be embedded: the windows of every plane, with ids that never change."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.pixels import without_alpha
from brainseek.catalog.sections.readers.reader import RawImage, ReadRequest
from brainseek.catalog.sections.readers.registry import read_raw
from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    tissue_mask,
    to_gray_uint8,
)
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.atlas_position import AtlasPlaces
from brainseek.index.ingest.planning.grid import grid_origins, tissue_share
from brainseek.index.ingest.planning.jobs import PlanePlan, SourcePlane
from brainseek.index.ingest.planning.sources import Source
from brainseek.index.ingest.summary import Failures

MIN_COMPONENT = 0.01
"""Pieces of tissue smaller than this share of the largest are dirt."""

OVERVIEW_SIDE = 512
"""Longest side of the small picture in which tissue is looked for, in pixels."""


def plan_sources(
    sources: Iterable[Source],
    options: EmbedOptions,
    failures: Failures,
    places: AtlasPlaces | None = None,
) -> Iterator[PlanePlan]:
    """Walk through the planes of files in a fixed order and find their windows.

    Every file is read twice in passing: once for its digest, once for a small picture in which
    the tissue is found. A file whose content came before in the same run is left out.

    Parameters
    ----------
    sources : iterable of Source
    options : EmbedOptions
    failures : Failures
        Files and planes that can't be planned are noted here, and the rest goes on.
    places : AtlasPlaces, optional
        Finds the positions in the atlas.
    """
    seen: set[str] = set()
    for source in sources:
        try:
            if places is not None:
                places.check(source)
            sha256 = source.sha256()
        except BrainseekError as error:
            failures.add(source.uri, str(error))
            continue
        if sha256 in seen:
            continue
        seen.add(sha256)
        for index in range(0, source.planes.count, options.every):
            try:
                yield plan_plane(source, sha256, index, options, places)
            except BrainseekError as error:
                failures.add(source.uri, str(error))


def plan_plane(
    source: Source,
    sha256: str,
    index: int,
    options: EmbedOptions,
    places: AtlasPlaces | None = None,
) -> PlanePlan:
    """Find the windows of one plane that hold enough tissue.

    A plane with the same value everywhere has none, whatever ``options.min_tissue`` is.

    Raises
    ------
    BrainseekError
        The plane can't be read, its pixel size is needed and not known, or it is smaller than
        one window.
    """
    chosen = index if source.planes.stacked else None
    raw = read_raw(source.path, ReadRequest(OVERVIEW_SIDE, chosen, source.planes.axis))
    given = options.pixel_size_um
    pixel_um = raw.full_pixel_size_um if given is None else (given, given)
    plane = SourcePlane(
        uri=source.uri,
        sha256=sha256,
        index=chosen,
        axis=source.planes.axis,
        pixel_size_um=None if pixel_um is None else min(pixel_um),
        given_size_um=given,
    )
    tissue = tissue_of(_picture(raw, source.path.name))
    if options.whole:
        origins = np.zeros((1 if tissue.any() else 0, 2), np.int32)
        return PlanePlan(plane, raw.full_shape, None, origins, places)
    window = options.window_px(pixel_um, source.path.name)
    stride = options.stride(window, pixel_um, source.path.name)
    origins = grid_origins(raw.full_shape, window, stride)
    if len(origins) == 0:
        raise BrainseekError(
            f"{source.path.name} has {raw.full_shape[1]} x {raw.full_shape[0]} pixels, less than "
            f"one patch of {window[1]} x {window[0]}; give a smaller patch or --whole."
        )
    if not tissue.any():
        return PlanePlan(plane, raw.full_shape, window, origins[:0], places)
    share = tissue_share(tissue, raw.full_shape, origins, window)
    # A share of 1/3 of a window may come out as 0.33333333333.
    kept = origins[share >= options.min_tissue - 1e-9]
    return PlanePlan(plane, raw.full_shape, window, kept, places)


def tissue_of(picture: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return the tissue of a picture, bright- or dark-field.

    Parameters
    ----------
    picture : ndarray, (height, width) or (height, width, 3)
        Any real type.

    Returns
    -------
    ndarray of bool, (height, width)
        Where nothing stands out, everything is tissue; a picture with one value everywhere has
        none.

    Raises
    ------
    BrainseekError
        When it holds NaN or infinite values.
    """
    gray = to_gray_uint8(picture)
    if picture.min() == picture.max():
        return np.zeros(gray.shape, bool)
    return tissue_mask(dark_background(gray), MIN_COMPONENT)


def _picture(raw: RawImage, what: str) -> NDArray[np.generic]:
    """Return the small picture as gray or RGB."""
    if raw.pixels.ndim == 3 and raw.pixels.shape[2] in (2, 4):
        return without_alpha(raw.pixels, what)
    return raw.pixels
