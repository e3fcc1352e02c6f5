"""From the options of ``brainseek search`` to the one query that they ask for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.reader import Window

if TYPE_CHECKING:
    from brainseek.index.queries import Query


@dataclass(frozen=True)
class Asked:
    """What the options say to search for; None where an option was not given.

    Attributes
    ----------
    image : str
        File of an image.
    window : (row, column, height, width)
        Part of it, in pixels of the file.
    pixel_size_um : float
    slice_index, axis : int
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
    """

    image: str | None = None
    window: tuple[int, int, int, int] | None = None
    pixel_size_um: float | None = None
    slice_index: int | None = None
    axis: int | None = None
    row: str | None = None
    at: tuple[float, float, float] | None = None
    within_um: float | None = None
    text: str | None = None
    vector: Path | None = None
    match: str | None = None

    def described(self) -> dict[str, Any]:
        """Return what was given, for the JSON."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return {k: str(v) if isinstance(v, Path) else v for k, v in given.items()}


def query_of(asked: Asked) -> "Query | NDArray[np.float32]":
    """Return the one query that was asked for; an embedding as it is.

    Raises
    ------
    BrainseekError
        There is no query or more than one, an option belongs to a query that is not there, or
        the file of an embedding can't be read.
    """
    from brainseek.index.queries import ByImage, ByPosition, ByRow, ByText, ByWords

    _check(asked)
    if asked.image is not None:
        return ByImage(
            asked.image,
            pixel_size_um=asked.pixel_size_um,
            window=None if asked.window is None else Window(*asked.window),
            slice_index=asked.slice_index,
            axis=asked.axis,
        )
    if asked.row is not None:
        return ByRow(asked.row)
    if asked.at is not None:
        if not np.isfinite(asked.at).all():
            raise BrainseekError(f"--at {asked.at} is no place; give three numbers in µm.")
        return ByPosition(*asked.at, within_um=asked.within_um or 1000.0)
    if asked.text is not None:
        return ByText(asked.text)
    if asked.vector is not None:
        return _vector(asked.vector)
    return ByWords(asked.match or "")


def _check(asked: Asked) -> None:
    queries = {
        "IMAGE": asked.image,
        "--row": asked.row,
        "--at": asked.at,
        "--text": asked.text,
        "--vector": asked.vector,
    }
    given = [name for name, value in queries.items() if value is not None]
    if len(given) > 1:
        raise BrainseekError(f"{' and '.join(given)} are {len(given)} queries; give one.")
    if not given and asked.match is None:
        raise BrainseekError(
            f"nothing to search for was given; give one of {', '.join(queries)}, or --match."
        )
    parts = {
        "--window": ("IMAGE", asked.window),
        "--pixel-size": ("IMAGE", asked.pixel_size_um),
        "--slice": ("IMAGE", asked.slice_index),
        "--axis": ("IMAGE", asked.axis),
        "--within": ("--at", asked.within_um),
    }
    for name, (owner, value) in parts.items():
        if value is not None and queries[owner] is None:
            raise BrainseekError(f"{name} says more about {owner}, which was not given; add it.")


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
