"""Sizes of the structures of a section, and what a label number stands for."""

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.structures.tree import Structure, StructureTree

if TYPE_CHECKING:
    from brainseek.registration.exports.coordinates.coordinate_map import CoordinateMap

COLUMNS = ("id", "acronym", "name", "path", "pixels", "area_um2", "atlas_area_um2")
UNKNOWN_COLOUR = (150, 150, 150)


@dataclass(frozen=True)
class StructureRow:
    """One structure of a section.

    Attributes
    ----------
    id : int
        Number of the structure.
    acronym, name, path : str
        Short and full name, and the acronyms from the root of the tree down to it.
    pixels : int
        Pixels of the label image.
    area_um2 : float or None
        Area on the slide in µm²; None when the pixel size is not known.
    atlas_area_um2 : float
        Area of the same pixels in the atlas in µm²; shrinkage of the tissue is undone.
    """

    id: int
    acronym: str
    name: str
    path: str
    pixels: int
    area_um2: float | None
    atlas_area_um2: float


def structure_rows(
    labels: NDArray[np.integer],
    tree: StructureTree,
    coordinates: "CoordinateMap",
    pixel_size_um: float | None,
) -> list[StructureRow]:
    """Measure the structures of a section, the largest first.

    Parameters
    ----------
    labels : ndarray of int, (height, width)
        Structure ids, 0 = none.
    tree : StructureTree
        Explains them.
    coordinates : CoordinateMap
        Where the pixels lie in the atlas.
    pixel_size_um : float or None
        Side of a pixel of ``labels`` in µm, if it was stated.
    """
    ids, members = np.unique(labels, return_inverse=True)
    counts = np.bincount(members.ravel(), minlength=len(ids))
    areas = np.bincount(
        members.ravel(), weights=coordinates.pixel_area_um2().ravel(), minlength=len(ids)
    )
    rows = []
    for id_, count, area in zip(ids.tolist(), counts.tolist(), areas.tolist(), strict=True):
        if id_ == 0:
            continue
        structure = region(tree, id_)
        rows.append(
            StructureRow(
                id=id_,
                acronym=structure.acronym,
                name=structure.name,
                path=path_of(tree, id_),
                pixels=count,
                area_um2=None if pixel_size_um is None else count * pixel_size_um**2,
                atlas_area_um2=area,
            )
        )
    return sorted(rows, key=lambda row: -row.pixels)


def structure_csv(rows: list[StructureRow]) -> bytes:
    """Return the table as CSV in UTF-8; ``area_um2`` is empty when it is not known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        area = "" if row.area_um2 is None else f"{row.area_um2:.1f}"
        writer.writerow(
            [row.id, row.acronym, row.name, row.path, row.pixels, area, f"{row.atlas_area_um2:.1f}"]
        )
    return text.getvalue().encode()


def region(tree: StructureTree, id_: int) -> Structure:
    """Return a structure, or a grey stand-in named after its number where the tree has none."""
    if id_ in tree:
        return tree[id_]
    return Structure(id_, f"id{id_}", f"structure {id_}", None, UNKNOWN_COLOUR)


def path_of(tree: StructureTree, id_: int) -> str:
    """Return the acronyms from the root down to a structure, joined by ``/``."""
    if id_ not in tree:
        return region(tree, id_).acronym
    return "/".join([*(above.acronym for above in tree.ancestors(id_)), tree[id_].acronym])
