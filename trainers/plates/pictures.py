"""Pictures with their places, to train and validate on: plates, labelled sections and cuts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import read_section
from brainseek.embedder.preprocessing.section_gray import Preprocessing
from brainseek.trainers.augmentations.registry import build_augmentation
from brainseek.trainers.recipe import Recipe


def base_side(size: int) -> int:
    """Side of the pictures that augmentation starts from, for networks that see ``size`` pixels.

    Large enough that a window of about a third of the tissue still fills the network's input.
    """
    return round(size * 8 / 3)


@dataclass(frozen=True)
class Pictures:
    """Base pictures, all of one side, with the plate and the place of each.

    Attributes
    ----------
    images : ndarray, (n, side, side), uint8
    plates : ndarray, (n,), int
    positions_um : ndarray, (n,), float
        Place along the series of plates, µm (see :func:`series_places`).
    """

    images: NDArray[np.uint8]
    plates: NDArray[np.int64]
    positions_um: NDArray[np.float64]


def series_places(atlas: Atlas) -> NDArray[np.float64]:
    """Place of every plate along the series in µm: its index times the median spacing.

    Plate distance is what the loss needs; single positions may be wrong by more than the spacing
    (badly anchored plates), the order of the plates is not.
    """
    spacing = float(np.median(np.abs(np.diff(np.asarray(atlas.positions_um)))))
    return np.arange(len(atlas.plates), dtype=np.float64) * spacing


def plate_pictures(atlas: Atlas, preprocessing: Preprocessing, side: int) -> Pictures:
    """All plates of an atlas as base pictures."""
    numbers = [plate.number for plate in atlas.plates]
    images = [preprocessing.square(atlas.plate_image(number), side) for number in numbers]
    return Pictures(np.stack(images), np.array(numbers), series_places(atlas))


def section_pictures(
    data_set: str, split: str, atlas: Atlas, preprocessing: Preprocessing, side: int
) -> Pictures:
    """Labelled sections of one split (``sections.csv`` with file, split, plate)."""
    folder = dataset_path(data_set)
    labelled = read_rows(folder / "sections.csv")
    rows = [row for row in labelled if row["split"] == split]
    if not rows:
        known = sorted({row["split"] for row in labelled})
        raise BrainseekError(f"'{data_set}' has no split '{split}': choose from {known}.")
    place = dict(zip((plate.number for plate in atlas.plates), series_places(atlas), strict=True))
    numbers = [int(row["plate"]) for row in rows]
    images = [preprocessing.square(read_section(folder / row["file"]).image, side) for row in rows]
    places = np.array([place[number] for number in numbers])
    return Pictures(np.stack(images), np.array(numbers), places)


@dataclass(frozen=True)
class CutSource:
    """Oblique cuts of an atlas' volume at random places between its first and last plate."""

    atlas: Atlas
    preprocessing: Preprocessing
    tilt_deg: float
    side: int

    def __call__(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], float]:
        """One random cut as a base picture, and its place along the series in µm."""
        volume = self.atlas.volume
        if volume is None:
            raise BrainseekError(f"The atlas '{self.atlas.name}' has no volume to cut.")
        places = np.asarray(self.atlas.positions_um)
        place = float(rng.uniform(places.min(), places.max()))
        tilt = np.clip(rng.normal(0, self.tilt_deg / 2, 2), -self.tilt_deg, self.tilt_deg)
        cut = volume.cut(place, (float(tilt[0]), float(tilt[1])))
        order = np.argsort(places)
        series = float(np.interp(place, places[order], series_places(self.atlas)[order]))
        return self.preprocessing.square(cut, self.side), series


CUT_SEED = 20_001


def validation_sets(recipe: Recipe, atlas: Atlas) -> tuple[Pictures, list[tuple[str, Pictures]]]:
    """The gallery of plates and the named query sets of a recipe, at network size."""
    size = recipe.preprocessing.size
    gallery = plate_pictures(atlas, recipe.preprocessing, size)
    queries = []
    if recipe.sections:
        for split in recipe.validation.splits:
            pictures = section_pictures(recipe.sections, split, atlas, recipe.preprocessing, size)
            queries.append((split, pictures))
    if recipe.validation.cuts:
        queries.append(("cuts", _cuts(recipe, atlas, gallery)))
    return gallery, queries


def _cuts(recipe: Recipe, atlas: Atlas, gallery: Pictures) -> Pictures:
    """Seeded, augmented cuts; the truth is the nearest plate."""
    rng = np.random.default_rng(CUT_SEED)
    draw = CutSource(
        atlas, recipe.preprocessing, recipe.batch.tilt_deg, base_side(recipe.preprocessing.size)
    )
    augmentation = build_augmentation(recipe.augmentation)
    images, places = [], []
    for _ in range(recipe.validation.cuts):
        picture, place = draw(rng)
        view = augmentation(picture, recipe.preprocessing.size, rng)
        images.append((view * 255).astype(np.uint8))
        places.append(place)
    series = series_places(atlas)
    nearest = np.abs(np.array(places)[:, None] - series).argmin(1)
    return Pictures(np.stack(images), gallery.plates[nearest], np.array(places))
