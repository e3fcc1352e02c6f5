"""What a run validates on: labelled sections, or seeded oblique cuts of a volume atlas."""

from __future__ import annotations

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.trainers.augmentations.registry import build_augmentation
from brainseek.trainers.plates.pictures import (
    CutSource,
    Pictures,
    base_side,
    plate_pictures,
    section_pictures,
    series_places,
)
from brainseek.trainers.recipe import Recipe

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
