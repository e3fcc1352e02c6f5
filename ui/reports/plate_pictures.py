"""Plate images for display, or the reason why they are not here."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError


class PlatePictures:
    """The plate images of an atlas, which may not have been downloaded yet.

    Identification needs none of them, so a missing data set is not an error here: `picture`
    returns None and `missing` holds the sentence that says how to get the images.

    Attributes
    ----------
    atlas : str
        Name of the atlas.
    missing : str or None
        Why there is no picture, once that is known.
    """

    def __init__(self, atlas: str) -> None:
        self.atlas = atlas
        self.missing: str | None = None
        self._picture = lru_cache(maxsize=256)(self._read)

    def picture(self, plate: int) -> NDArray[np.uint8] | None:
        """Return the image of a plate, uint8 (rows, columns), or None."""
        return None if self.missing is not None else self._picture(plate)

    def _read(self, plate: int) -> NDArray[np.uint8] | None:
        try:
            return load_atlas(self.atlas).plate_image(plate)
        except BrainseekError as error:
            self.missing = str(error)
            return None


def stretched(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Stretch a gray picture to the full range, so that dim tissue can be seen.

    The darkest and the brightest 0.2 % are clipped; colour pictures are returned as they are.
    """
    if picture.ndim == 3:
        return picture
    return np.asarray(ImageOps.autocontrast(Image.fromarray(picture), cutoff=0.2))
