"""Embeddings of real patches: the shared mouse sections, cut up and embedded once, then kept."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.datasets.store import dataset_path
from brainseek.embedder.encoder import Encoder
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.collection import Collection
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
from brainseek.index.table.schema import table_vectors

ENCODER = "plates-mouse-nissl"


@dataclass(frozen=True)
class PatchSet:
    """A data set and how it is cut. Its files do not state a pixel size, so sizes are in pixels.

    Attributes
    ----------
    name : str
        Data set of the manifest.
    pattern : str
        Its images.
    patch_px, stride_px : int
        Side of the patches and the step between them.
    parts : int
        Share of all patches that comes from it, in tenths.
    text : str
        What it is, for the label.
    """

    name: str
    pattern: str
    patch_px: int
    stride_px: int
    parts: int
    text: str


SETS = (
    PatchSet(
        "mouse-nissl-plates", "plates/*.jpg", 96, 48, 5, "Nissl plates (96 pixels, about 500 µm)"
    ),
    PatchSet(
        "mouse-confocal-sections", "*/*.jpg", 96, 48, 3, "confocal sections (96 pixels, no scale)"
    ),
    PatchSet(
        "mouse-serial-nissl",
        "sections/*.jpg",
        32,
        16,
        2,
        "serial Nissl sections (32 pixels, 1.9 mm)",
    ),
)


def patch_vectors(
    limit: int, sets: Sequence[PatchSet] = SETS, encoder: Encoder | None = None
) -> tuple[NDArray[np.float32], str]:
    """Return embeddings of real patches; only the first call for so many takes long.

    The rows of each data set are kept in a collection in the cache folder. A call that was
    interrupted goes on where it stopped, and fewer patches are the first ones of more.

    Parameters
    ----------
    limit : int
        How many patches; fewer come back when the data sets hold fewer.
    sets : sequence of PatchSet
        What is cut.
    encoder : Encoder, optional
        By default the released `ENCODER`.

    Returns
    -------
    vectors : ndarray of float32, (n, d)
        Unit vectors, data set by data set, neighbours in a section beside each other.
    label : str
        How many of which patches, and the encoder, for titles.

    Raises
    ------
    BrainseekError
        ``limit`` is too small, a data set or the encoder is missing, or an image can't be read.
    """
    if limit < len(sets):
        raise BrainseekError(
            f"{limit} patches are too few for {len(sets)} data sets; ask for some hundreds."
        )
    images = [image_files(part) for part in sets]
    encoder = encoder or load_encoder(ENCODER, kind=PlateEncoder)
    folder = cache_dir() / "benchmarks" / f"patches-{encoder.identity}"
    counts = shares(limit, [part.parts for part in sets])
    found = [
        _embedded(part, files, folder / part.name, encoder, count)
        for part, files, count in zip(sets, images, counts, strict=True)
    ]
    vectors = np.concatenate(found)
    texts = [f"{len(some):,} of {part.text}" for some, part in zip(found, sets, strict=True)]
    return vectors, f"{', '.join(texts)}; half overlapping; {encoder.identity}"


def shares(limit: int, parts: Sequence[int]) -> list[int]:
    """Divide a number of patches by ``parts``; the last one takes what rounding leaves."""
    counts = [limit * part // sum(parts) for part in parts[:-1]]
    return [*counts, limit - sum(counts)]


def image_files(part: PatchSet) -> list[Path]:
    """Return the images of a data set in a shuffled order that never changes.

    So the first patches already come from all over the brain.

    Raises
    ------
    BrainseekError
        The data set is not on this machine, or it holds no image.
    """
    files = sorted(dataset_path(part.name).glob(part.pattern))
    if not files:
        raise BrainseekError(
            f"the data set '{part.name}' holds no {part.pattern}; get it anew with "
            f"`brainseek data get {part.name}`."
        )
    random.Random(0).shuffle(files)
    return files


def _embedded(
    part: PatchSet, files: list[Path], place: Path, encoder: Encoder, count: int
) -> NDArray[np.float32]:
    """Return the first vectors (count, d) of a data set; embed those that are not there yet."""
    if not place.is_dir() or len(Collection.open(place)) < count:
        options = EmbedOptions(patch_px=part.patch_px, stride_px=part.stride_px, limit=count)
        summary = embed_paths(files, place, encoder, options, progress=True)
        if summary.failed:
            name, sentence = summary.failed[0]
            raise BrainseekError(
                f"{Path(name).name} of '{part.name}' can't be embedded ({sentence}); get the data "
                f"set anew with `brainseek data get {part.name}`."
            )
    # Rows lie in the order in which they were added, and that is the order of the plan.
    table = Collection.open(place).table.read(["vector"])
    return table_vectors(table.slice(0, count))
