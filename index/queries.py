"""What can be searched for: an image, a row, a place in the atlas, a text, words.

A query only says what is wanted; :meth:`brainseek.index.collection.Collection.search` resolves it.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.readers.reader import Window
from brainseek.catalog.sections.section import Section, read_section, section_from_array
from brainseek.catalog.sections.window import read_window
from brainseek.embedder.preprocessing.section_gray import to_gray_uint8

if TYPE_CHECKING:
    from brainseek.embedder.encoder import Encoder

QueryImage = Section | NDArray[np.generic] | Path | str
"""A section, an array (rows, columns[, 3]) or the path of an image file."""


@dataclass(frozen=True, eq=False)
class ByImage:
    """What looks like an image.

    Attributes
    ----------
    image : Section, ndarray or path
    modality : str, optional
        Of the image; an encoder of several modalities must know it. Of a larger image it takes
        the middle.
    find : str, optional
        Only rows of this modality, for such an encoder.
    pixel_size_um : float, optional
        Side of the image's pixels in µm (of the file's where it is one); by default what the
        section or file states.
    bright_field : bool
        The stain is dark on a bright ground, as in Nissl seen in the microscope: an encoder of
        several modalities sees it inverted. Nothing guesses this, because a patch need not show
        any background.
    window : Window, optional
        The part of a file, in pixels of its full resolution.
    slice_index, axis : int, optional
        Which plane of a file, as in `brainseek.catalog.sections.section.read_section`.
    encoder : Encoder or str, optional
        It wrote the collection, or its name; by default it is loaded by the collection.
    """

    image: QueryImage
    modality: str | None = None
    find: str | None = None
    pixel_size_um: float | None = None
    bright_field: bool = False
    window: Window | None = None
    slice_index: int | None = None
    axis: int | None = None
    encoder: "Encoder | str | None" = None

    @cached_property
    def section(self) -> Section:
        """The image as a section; a file is read once.

        It is read at most 1024 pixels a side, or in full resolution where its modality is given.

        Raises
        ------
        BrainseekError
            The file can't be read, or the array is no image or even.
        """
        if isinstance(self.image, Section):
            size = self.pixel_size_um or self.image.pixel_size_um
            return replace(self.image, pixel_size_um=size)
        if isinstance(self.image, np.ndarray):
            return section_from_array(self.image, self.pixel_size_um)
        max_side = 1024 if self.modality is None else None
        if self.window is not None:
            return read_window(
                self.image,
                self.window,
                max_side=max_side,
                pixel_size_um=self.pixel_size_um,
                slice_index=self.slice_index,
                axis=self.axis,
            )
        return read_section(
            self.image,
            max_side=max_side,
            pixel_size_um=self.pixel_size_um,
            slice_index=self.slice_index,
            axis=self.axis,
        )

    def gray(self) -> Section:
        """Return the image as an encoder of several modalities takes it.

        Returns
        -------
        Section
            Gray (rows, columns) uint8 with a dark background.

        Raises
        ------
        BrainseekError
            The image can't be read or is even.
        """
        gray = to_gray_uint8(self.section.image)
        return replace(self.section, image=np.uint8(255) - gray if self.bright_field else gray)


@dataclass(frozen=True)
class ByRow:
    """More like this: the id of a row of the collection. The row itself is not a hit."""

    id: str


@dataclass(frozen=True)
class ByPosition:
    """What looks like the tissue at a place in atlas space, in µm.

    The row that lies nearest stands for the place; it is not a hit itself.
    """

    ap_um: float
    dv_um: float
    ml_um: float
    within_um: float = 1000.0


@dataclass(frozen=True)
class ByText:
    """A description, for an encoder that was trained with a text tower."""

    text: str
    encoder: "Encoder | str | None" = None


@dataclass(frozen=True)
class ByWords:
    """Up to 32 words in the metadata, in any order; case doesn't matter.

    The scores of the hits are relevance ("bm25"), not similarities.
    """

    words: str


Query = ByImage | ByRow | ByPosition | ByText | ByWords
"""Everything that :meth:`brainseek.index.collection.Collection.search` takes beside a vector."""
