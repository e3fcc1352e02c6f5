"""From the options of ``brainseek search`` to the one query that they ask for."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.reader import Window
from brainseek.embedder.encoder import Encoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.collection import Collection
from brainseek.index.queries import ByImage, ByPosition, ByRow, ByText, ByWords, Query
from brainseek.ui.commands.options.settings import Decorator, with_settings
from brainseek.ui.commands.options.shared import (
    AXIS,
    BRIGHT_FIELD,
    MICROMETRES,
    NEW_FILE,
    SLICE,
    encoder_option,
    modality_option,
    pixel_size_option,
    weights_option,
)


@dataclass(frozen=True)
class QueryOptions:
    """What the options say to search for; None where an option was not given.

    Attributes
    ----------
    image : str
        File of an image.
    window : (row, column, height, width)
        Part of it, in pixels of the file.
    pixel_size_um : float
    slice_index, axis : int
    modality, find : str
        Stain of the image and of the hits, for encoders of several stains.
    bright_field : bool
        The image shows its stain dark on bright ground.
    encoder : str
        By default the one that wrote the collection.
    weights : Path
        Where it lies.
    row : str
        Id of a row.
    at : (AP, DV, ML)
        A place in µm.
    within_um : float
        How far from there the nearest row may be.
    text : str
    vector : Path
        A ``.npy`` file.
    match : str
        Words in the metadata; alone, or beside any of the others.

    Raises
    ------
    BrainseekError
        There is no query or more than one, or an option belongs to a query that is not there.
    """

    image: str | None = None
    window: tuple[int, int, int, int] | None = None
    pixel_size_um: float | None = None
    slice_index: int | None = None
    axis: int | None = None
    modality: str | None = None
    find: str | None = None
    bright_field: bool = False
    encoder: str | None = None
    weights: Path | None = None
    row: str | None = None
    at: tuple[float, float, float] | None = None
    within_um: float | None = None
    text: str | None = None
    vector: Path | None = None
    match: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no single query."""
        queries = {
            "IMAGE": self.image,
            "--row": self.row,
            "--at": self.at,
            "--text": self.text,
            "--vector": self.vector,
        }
        given = [name for name, value in queries.items() if value is not None]
        if len(given) > 1:
            raise BrainseekError(f"{' and '.join(given)} are {len(given)} queries; give one.")
        if not given and self.match is None:
            raise BrainseekError(
                f"nothing to search for was given; give one of {', '.join(queries)}, or --match."
            )
        parts = {
            "--window": ("IMAGE", self.window),
            "--pixel-size": ("IMAGE", self.pixel_size_um),
            "--slice": ("IMAGE", self.slice_index),
            "--axis": ("IMAGE", self.axis),
            "--modality": ("IMAGE", self.modality),
            "--find": ("IMAGE", self.find),
            "--bright-field": ("IMAGE", self.bright_field or None),
            "--within": ("--at", self.within_um),
        }
        for name, (owner, value) in parts.items():
            if value is not None and queries[owner] is None:
                raise BrainseekError(
                    f"{name} says more about {owner}, which was not given; add it."
                )

    def described(self) -> dict[str, Any]:
        """Return what was given, for the JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {name: v for name, v in values.items() if v is not None and v is not False}
        return {k: str(v) if isinstance(v, Path) else v for k, v in given.items()}

    def query(self, collection: Collection) -> Query | NDArray[np.float32]:
        """Return what a collection is asked; an embedding as it is.

        Raises
        ------
        BrainseekError
            A file can't be read, or the encoder is not here.
        """
        if self.image is not None:
            return ByImage(
                self.image,
                modality=self.modality,
                find=self.find,
                pixel_size_um=self.pixel_size_um,
                bright_field=self.bright_field,
                window=None if self.window is None else Window(*self.window),
                slice_index=self.slice_index,
                axis=self.axis,
                encoder=self._encoder(collection),
            )
        if self.row is not None:
            return ByRow(self.row)
        if self.at is not None:
            if not np.isfinite(self.at).all():
                raise BrainseekError(f"--at {self.at} is no place; give three numbers in µm.")
            return ByPosition(*self.at, within_um=self.within_um or 1000.0)
        if self.text is not None:
            return ByText(self.text, self._encoder(collection))
        return ByWords(self.match or "") if self.vector is None else _vector(self.vector)

    def _encoder(self, collection: Collection) -> Encoder | None:
        """Return the encoder that was named; None leaves the choice to the collection."""
        if self.encoder is None and self.weights is None:
            return None
        return load_encoder(
            self.encoder or collection.encoder.partition("@")[0], folder=self.weights
        )


def query_options() -> Decorator[Any]:
    """Add IMAGE and what else can be searched for; a command gets `QueryOptions`, ``asked``."""
    return with_settings(
        "asked",
        QueryOptions,
        click.argument("image", required=False),
        click.option(
            "--window",
            type=int,
            nargs=4,
            metavar="ROW COLUMN HEIGHT WIDTH",
            help="Only this part of IMAGE, in its pixels.",
        ),
        pixel_size_option("IMAGE"),
        SLICE,
        AXIS,
        modality_option(required=False),
        click.option(
            "--find", metavar="NAME", help="Stain of the hits, with an encoder of several stains."
        ),
        BRIGHT_FIELD,
        encoder_option("the one that wrote the collection"),
        weights_option("two-modality"),
        click.option("--row", metavar="ID", help="More like this row (--json shows ids)."),
        click.option(
            "--at",
            type=float,
            nargs=3,
            metavar="AP DV ML",
            help="What looks like the tissue at this place of the atlas, in µm.",
        ),
        click.option(
            "--within",
            "within_um",
            type=MICROMETRES,
            metavar="UM",
            help="How far from --at the nearest row may lie.  [default: 1000]",
        ),
        click.option("--text", metavar="WORDS", help="A description, for encoders that know text."),
        click.option(
            "--vector",
            type=NEW_FILE,
            metavar="FILE.npy",
            help="An embedding of length 1, (d,).",
        ),
        click.option(
            "--match",
            metavar="WORDS",
            help="Words in structure, stain, species, specimen, note or source: such rows move "
            "up. Without another query: the rows that hold them.",
        ),
    )


def _vector(path: Path) -> NDArray[np.float32]:
    """Read one vector (d,) or (1, d); nothing pickled."""
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        why = getattr(error, "strerror", None) or "it is no .npy file of numbers"
        raise BrainseekError(f"{path} can't be read ({why}); write it with numpy.save.") from error
    if isinstance(array, np.ndarray) and array.ndim == 2 and len(array) == 1:
        array = array[0]
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.kind not in "fiu":
        raise BrainseekError(
            f"{path} doesn't hold one vector of numbers but {_what(array)}; give shape (d,)."
        )
    return array.astype(np.float32)


def _what(array: Any) -> str:
    return f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else "several arrays"
