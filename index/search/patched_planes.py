"""Which sections the patches of a collection were cut from, and where in them they lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.index.search.view import View, plain

if TYPE_CHECKING:
    import pyarrow as pa

_SIDES = ("window_row", "window_column", "window_height", "window_width")


@dataclass(frozen=True)
class PatchedPlane:
    """One plane of an image file that patches of a collection were cut from.

    Attributes
    ----------
    uri : str
        The file.
    index, axis : int or None
        Which plane of a stack or volume, as in `catalog.read_section`.
    """

    uri: str
    index: int | None
    axis: int | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "PatchedPlane | None":
        """Return the plane of a row; None when it is no window of a file."""
        if row["window_row"] is None or "://" in row["source_uri"]:
            return None
        return cls(row["source_uri"], row["source_plane"], row["source_axis"])

    @property
    def label(self) -> str:
        """What tells it from the other planes of its file."""
        index = "-" if self.index is None else str(self.index)
        return index if self.axis in (None, 1) else f"{index} (axis {self.axis})"


@dataclass(frozen=True, eq=False)
class Patches:
    """The patches of a plane.

    Attributes
    ----------
    ids : list of str
    boxes : ndarray of int32, (n, 4)
        Row, column, height and width of each in pixels of the whole plane.
    """

    ids: list[str]
    boxes: NDArray[np.int32]

    def nearest(self, row: float, column: float) -> str:
        """Return the id of the patch whose centre is nearest to a point, in pixels."""
        centres = self.boxes[:, :2] + self.boxes[:, 2:] / 2
        away = ((centres - (row, column)) ** 2).sum(axis=1)
        return self.ids[int(away.argmin())]

    def places(self, ids: "list[str]") -> dict[str, list[int]]:
        """Return the boxes of those of some rows that lie here."""
        wanted = set(ids)
        return {
            name: box.tolist()
            for name, box in zip(self.ids, self.boxes, strict=True)
            if name in wanted
        }


def patched_planes(view: View) -> list[PatchedPlane]:
    """Return the planes that patches were cut from, by file and number."""
    names = ["source_uri", "source_plane", "source_axis", "window_row"]
    planes = _windows(view, names).group_by(names[:3]).aggregate([]).to_pylist()
    found = [PatchedPlane(*(plane[name] for name in names[:3])) for plane in planes]
    local = [plane for plane in found if "://" not in plane.uri]
    return sorted(local, key=lambda p: (p.uri, p.axis or 0, -1 if p.index is None else p.index))


def patches_of(view: View, plane: PatchedPlane) -> Patches:
    """Return the patches that were cut from a plane."""
    import pyarrow.compute as pc

    table = _windows(view, ["id", "source_uri", "source_plane", "source_axis", *_SIDES])
    mine = pc.equal(table["source_uri"], plane.uri)
    for name, value in (("source_plane", plane.index), ("source_axis", plane.axis)):
        column = table[name]
        mine = pc.and_(mine, pc.is_null(column) if value is None else pc.equal(column, value))
    table = table.filter(mine)
    boxes = np.stack([table[side].to_numpy() for side in _SIDES], axis=1)
    return Patches(table["id"].to_pylist(), boxes.astype(np.int32))


def _windows(view: View, names: list[str]) -> "pa.Table":
    """Return columns of the rows that are windows."""
    import pyarrow.compute as pc

    table = plain(view.take(view.numbers(), names))
    return table.filter(pc.is_valid(table["window_row"]))
