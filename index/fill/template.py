"""The template of an atlas as rows of patches on a regular grid in space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import cut_upright, tissue_grid
from brainseek.catalog.pairs.section_pair import PairedImage
from brainseek.catalog.pairs.transforms import plane_map
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.preprocessing.section_gray import tissue_mask
from brainseek.index.table.schema import Row
from brainseek.index.writing.collection_writer import CollectionWriter, Written
from brainseek.index.writing.patch_row import patch_row, upright_window
from brainseek.index.writing.places import places_at

AUTOFLUORESCENCE = "autofluorescence"
MODALITIES = {"mouse-ccf": AUTOFLUORESCENCE}
"""Modality of the template, by atlas."""
LEAST_FILLED = 0.02
"""Cuts with less tissue than this share of their area are left out."""
PIXEL_UM = 25.0
SMALLEST_PIECE = 0.02
"""Pieces smaller than this share of the largest are no tissue."""
_TISSUE = 0.12


@dataclass(frozen=True)
class TemplateGrid:
    """Where patches of a template lie.

    Attributes
    ----------
    cut_um : float
        Distance of the cuts along the cutting axis.
    every_um : float
        Distance of patches along rows and columns of a cut.
    least_tissue : float
        Share of a patch that must be tissue.

    Raises
    ------
    BrainseekError
        If a distance is not positive or the share not within 0 to 1.
    """

    cut_um: float = 200.0
    every_um: float = 350.0
    least_tissue: float = 0.5

    def __post_init__(self) -> None:
        """Refuse grids without points."""
        if not (self.cut_um > 0 and self.every_um > 0 and 0 <= self.least_tissue <= 1):
            raise BrainseekError(
                f"a grid of cuts every {self.cut_um} µm with patches every {self.every_um} µm and "
                f"{self.least_tissue} tissue is impossible; give positive distances and a share "
                "of 0 to 1."
            )

    @property
    def stamp(self) -> str:
        """Text that differs for different grids."""
        return f"{self.cut_um:g}-{self.every_um:g}-{self.least_tissue:g}"


def template_modality(atlas: str) -> str:
    """Return the modality of an atlas' template; `BrainseekError` where it is not known."""
    if atlas not in MODALITIES:
        raise BrainseekError(
            f"the modality of the template of {atlas} is not known; choose from "
            f"{', '.join(MODALITIES)}."
        )
    return MODALITIES[atlas]


def index_template(
    atlas: str,
    collection: Path | str,
    encoder: MultimodalEncoder,
    grid: TemplateGrid | None = None,
    *,
    progress: bool = True,
) -> Written:
    """Write patches of an atlas' template on a regular grid to a collection.

    Rows are as those of `brainseek.index.fill.pairs.index_pairs`, with the source
    ``atlas://NAME/patches/POSITION`` and windows in the pixels of that cut. The same call again
    replaces equal rows, so a run may be stopped at any time.

    Parameters
    ----------
    atlas : str
        One of `MODALITIES`.
    collection : path or str
        Folder of the collection, or ``s3://bucket/key``; it is made if there is none.
    encoder : MultimodalEncoder
    grid : TemplateGrid, optional
    progress : bool
        Show a progress bar.

    Raises
    ------
    BrainseekError
        If the atlas is not here or has no known template, the encoder does not know the template's
        modality or did not write the collection, or nothing can be written.
    """
    modality = template_modality(atlas)
    encoder.check_modality(modality)
    writer = CollectionWriter(collection, encoder.identity)
    batches = template_rows(load_atlas(atlas), encoder, grid or TemplateGrid(), progress)
    written = writer.write(batches, encoder.dim)
    return Written(writer.ready(encoder.dim), written)


def template_rows(
    atlas: Atlas, encoder: MultimodalEncoder, grid: TemplateGrid, progress: bool
) -> Iterator[list[Row]]:
    """Yield the embedded patches of every cut that shows tissue."""
    modality, volume = template_modality(atlas.name), atlas.volume
    assert volume is not None
    frame = encoder.card.frame
    for position in tqdm(
        cut_positions(volume, grid.cut_um), desc="embedding template", unit="cut",
        disable=not progress,
    ):  # fmt: skip
        cut = volume.cut(position, pixel_size_um=PIXEL_UM)
        image = template_image(volume, cut)
        centres = tissue_grid(image, frame, grid.every_um, grid.least_tissue)
        if not len(centres):
            continue
        rows, columns = image.image.shape
        plane = volume.plane_of_cut(position, (0.0, 0.0), (rows, columns), PIXEL_UM)
        places = places_at(atlas, plane_map(plane, (rows, columns))(centres))
        patches = cut_upright(image, centres, frame)
        vectors = encoder.embed(patches, modality)
        uri = f"atlas://{atlas.name}/patches/{position:g}"
        yield [
            patch_row(
                vector,
                patch,
                source_uri=uri,
                window=upright_window(centre, frame, PIXEL_UM),
                pixel_um=PIXEL_UM,
                modality=modality,
                atlas=atlas.name,
                place=place,
            )
            for vector, patch, centre, place in zip(vectors, patches, centres, places, strict=True)
        ]


def cut_positions(volume: Volume, cut_um: float) -> list[float]:
    """Return the positions of cuts in µm along the cutting axis that show tissue."""
    step, count = volume.step_um[0], volume.data.shape[0]
    ends = sorted((volume.origin_um[0], volume.origin_um[0] + step * (count - 1)))
    filled = _filled(volume)
    return [
        float(position)
        for position in np.arange(ends[0], ends[1] + 1e-6, cut_um)
        if filled[round((position - volume.origin_um[0]) / step)] > LEAST_FILLED
    ]


def tissue_level(volume: Volume) -> float:
    """Return the gray value above which a template is taken for tissue."""
    return _TISSUE * float(np.percentile(volume.data, 99.5))


def _filled(volume: Volume) -> NDArray[np.float64]:
    """Share of tissue in every slice of a volume."""
    return np.asarray((volume.data > tissue_level(volume)).mean((1, 2)))


def template_image(volume: Volume, cut: NDArray[np.generic]) -> PairedImage:
    """Return a cut of the template as an image of a pair, in gray of the whole volume."""
    gray = template_gray(volume, cut)
    return PairedImage(gray, PIXEL_UM, AUTOFLUORESCENCE, tissue_mask(gray, SMALLEST_PIECE))


def template_gray(volume: Volume, cut: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale a cut to 8-bit gray by the 99.9th percentile of its volume."""
    top = float(np.percentile(volume.data, 99.9))
    return np.clip(np.asarray(cut, np.float32) * (255.0 / top) + 0.5, 0, 255).astype(np.uint8)
