"""Structure ids as a TIFF image, and the table that explains them."""

import csv
import io

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.structures.tree import StructureTree
from brainseek.registration.exports.structure_table import region

_UM_PER_CM = 10_000


def label_tiff(
    labels: NDArray[np.integer], tree: StructureTree, pixel_size_um: float | None
) -> bytes:
    """Return the label image as TIFF.

    It is uint16 where every id of the atlas fits, else uint32, so that all sections of an atlas
    have the same type. The resolution tags hold the pixel size where it is known.

    Parameters
    ----------
    labels : ndarray of int, (height, width)
        Structure ids, 0 = none.
    tree : StructureTree
        All structures of the atlas.
    pixel_size_um : float or None
        Side of a pixel in µm.
    """
    import tifffile

    largest = max([int(labels.max(initial=0)), *(structure.id for structure in tree)])
    kind = np.uint16 if largest <= np.iinfo(np.uint16).max else np.uint32
    buffer = io.BytesIO()
    if pixel_size_um is None:
        tifffile.imwrite(buffer, labels.astype(kind), compression="zlib", photometric="minisblack")
    else:
        per_cm = _UM_PER_CM / pixel_size_um
        tifffile.imwrite(
            buffer,
            labels.astype(kind),
            compression="zlib",
            photometric="minisblack",
            resolution=(per_cm, per_cm),
            resolutionunit="CENTIMETER",
        )
    return buffer.getvalue()


def label_lookup_csv(labels: NDArray[np.integer], tree: StructureTree) -> bytes:
    """Return a table of the ids that occur: id, acronym, name, red, green, blue."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "acronym", "name", "red", "green", "blue"])
    for id_ in np.unique(labels).tolist():
        if id_ != 0:
            structure = region(tree, id_)
            writer.writerow([id_, structure.acronym, structure.name, *structure.colour])
    return text.getvalue().encode()
