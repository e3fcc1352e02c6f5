"""Where every pixel of a section lies in the atlas, and back, kept in one small file."""

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.exports.coordinates.full_resolution import from_full
from brainseek.registration.exports.coordinates.grid_inverse import bilinear, inverse_on_grid

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment

FORMAT = "brainseek-coordinates-1"
INTERVALS = 128
"""Grid cells along the longer side of the section; between grid points the map is bilinear."""

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoordinateMap:
    """Atlas positions on a grid over a section.

    Points on the section are (row, column) in pixels of the *full-resolution file*, with pixel
    centres at integers. Points in the atlas are in µm, in the order of ``space_axes``.

    Attributes
    ----------
    atlas : str
        Name of the atlas.
    space_axes : tuple of three str
        Names of the atlas coordinates.
    plane : Plane
        Plane of the atlas in which all positions lie, µm.
    full_shape : (height, width)
        Size of the file.
    grid_um : ndarray, (grid rows, grid columns, 3)
        Atlas positions of the grid points, spread evenly from one outer edge of the image to
        the other.
    labels : ndarray of int32, (height, width)
        Structure ids of the shrunk section.
    structure_ids, acronyms : ndarray, (n,)
        What the ids stand for.
    """

    atlas: str
    space_axes: tuple[str, str, str]
    plane: Plane
    full_shape: tuple[int, int]
    grid_um: NDArray[np.float32]
    labels: NDArray[np.int32]
    structure_ids: NDArray[np.int64]
    acronyms: NDArray[np.str_]

    def to_atlas(self, points: Points) -> Points:
        """Return atlas positions, (n, 3) in µm, of section points, (n, 2); NaN off the image."""
        grid = self._to_grid(np.asarray(points, float))
        found = bilinear(self.grid_um, grid)
        found[~self._on_grid(grid)] = np.nan
        return found

    def to_section(self, points_um: Points) -> tuple[Points, NDArray[np.float64]]:
        """Return section points (n, 2) of atlas positions (n, 3) in µm, and their distance.

        The position is first dropped onto the atlas plane of the section.

        Returns
        -------
        points : ndarray, (n, 2)
            (row, column); NaN where nothing of the image lies there.
        out_of_plane_um : ndarray, (n,)
            Signed distance to the plane, positive on the side of u x v.
        """
        positions, distance = self._in_plane(np.asarray(points_um, float))
        grid = inverse_on_grid(self._grid_in_plane, positions)
        grid[~self._on_grid(grid)] = np.nan
        return self._from_grid(grid), distance

    def structures_at(self, points: Points) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
        """Return structure id and acronym at section points (n, 2); 0 and "" where none is."""
        shrunk = from_full(np.asarray(points, float), self.labels.shape[:2], self.full_shape)
        height, width = self.labels.shape
        known = np.asarray(np.isfinite(shrunk).all(axis=1), np.bool_)
        index = np.round(np.where(known[:, None], shrunk, -1)).astype(int)
        known &= ((index >= 0) & (index < (height, width))).all(axis=1)
        ids = np.zeros(len(shrunk), np.int64)
        ids[known] = self.labels[tuple(index[known].T)]
        names = dict(zip(self.structure_ids.tolist(), self.acronyms.tolist(), strict=True))
        return ids, np.array([names.get(id_, "") for id_ in ids.tolist()], np.str_)

    def pixel_area_um2(self) -> NDArray[np.float64]:
        """Return the atlas area of every pixel of the shrunk section in µm², (height, width)."""
        import cv2

        grid = self.grid_um.astype(float)
        down, across = np.gradient(grid, axis=(0, 1))
        per_cell = np.linalg.norm(np.cross(down, across), axis=2)
        height, width = self.labels.shape
        cells = (grid.shape[0] - 1) * (grid.shape[1] - 1)
        rows = np.linspace(-0.5, grid.shape[0] - 1.5, height * 2 + 1)[1::2] + 0.5
        columns = np.linspace(-0.5, grid.shape[1] - 1.5, width * 2 + 1)[1::2] + 0.5
        across_map, down_map = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
        sampled = cv2.remap(per_cell, across_map, down_map, interpolation=cv2.INTER_LINEAR)
        return np.asarray(sampled, float) * cells / (height * width)

    def to_bytes(self) -> bytes:
        """Return the content of an ``.npz`` file; see `read_coordinate_map`."""
        rows, columns = self._grid_places
        arrays: dict[str, Any] = {
            "format": np.array(FORMAT),
            "atlas": np.array(self.atlas),
            "space_axes": np.array(self.space_axes),
            "plane_um": np.array([self.plane.o, self.plane.u, self.plane.v]),
            "full_shape": np.array(self.full_shape),
            "row": rows,
            "column": columns,
            "labels": self.labels,
            "structure_ids": self.structure_ids,
            "acronyms": self.acronyms,
        }
        arrays |= {f"{axis}_um": self.grid_um[..., i] for i, axis in enumerate(self.space_axes)}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @property
    def _grid_shape(self) -> NDArray[np.int64]:
        return np.array(self.grid_um.shape[:2])

    @property
    def _grid_places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rows and columns of the grid in pixels of the file."""
        (height, width), (n, m) = self.full_shape, self.grid_um.shape[:2]
        return np.linspace(-0.5, height - 0.5, n), np.linspace(-0.5, width - 0.5, m)

    def _to_grid(self, points: Points) -> Points:
        return np.asarray((points + 0.5) / np.array(self.full_shape) * (self._grid_shape - 1))

    def _from_grid(self, grid: Points) -> Points:
        return np.asarray(grid / (self._grid_shape - 1) * np.array(self.full_shape) - 0.5)

    def _on_grid(self, grid: Points) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            near = (grid >= -1e-6) & (grid <= self._grid_shape - 1 + 1e-6)
        return np.asarray(near.all(1))

    def _in_plane(self, points_um: Points) -> tuple[Points, NDArray[np.float64]]:
        """Split positions into (s, t) on the plane and the distance from it in µm."""
        o, u, v = (np.array(vector, float) for vector in (self.plane.o, self.plane.u, self.plane.v))
        normal = np.cross(u, v)
        offset = points_um - o
        distance = offset @ (normal / np.linalg.norm(normal))
        return offset @ np.linalg.pinv(np.column_stack([u, v])).T, distance

    @cached_property
    def _grid_in_plane(self) -> NDArray[np.float64]:
        flat, _ = self._in_plane(self.grid_um.reshape(-1, 3).astype(float))
        return flat.reshape(*self.grid_um.shape[:2], 2)


def coordinate_map(
    alignment: "Alignment",
    full: tuple[int, int],
    space_axes: tuple[str, str, str],
    names: dict[int, str],
) -> CoordinateMap:
    """Sample an alignment on a grid.

    Parameters
    ----------
    alignment : Alignment
        Of the section.
    full : (height, width)
        Size of the section's file in pixels.
    space_axes : tuple of three str
        Names of the atlas coordinates.
    names : dict of int to str
        Acronyms of structure ids.
    """
    height, width = alignment.section.image.shape[:2]
    cell = max(height, width) / INTERVALS
    n, m = (max(2, int(np.ceil(side / cell)) + 1) for side in (height, width))
    rows, columns = np.meshgrid(
        np.linspace(-0.5, height - 0.5, n), np.linspace(-0.5, width - 0.5, m), indexing="ij"
    )
    grid = alignment.to_atlas_um(np.column_stack([rows.ravel(), columns.ravel()]))
    labels = np.asarray(alignment.labels(), np.int32)
    ids = np.setdiff1d(np.unique(labels), 0).astype(np.int64)
    return CoordinateMap(
        atlas=alignment.target.atlas,
        space_axes=space_axes,
        plane=alignment.target.plane,
        full_shape=full,
        grid_um=grid.reshape(n, m, 3).astype(np.float32),
        labels=labels,
        structure_ids=ids,
        acronyms=np.array([names.get(id_, f"id{id_}") for id_ in ids.tolist()], np.str_),
    )


def read_coordinate_map(path: Path | str) -> CoordinateMap:
    """Read the ``.npz`` file of a registered section.

    Raises
    ------
    BrainseekError
        When the file is missing or is no coordinate map.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise BrainseekError(
            f"{path} does not exist; name the .npz file that `brainseek register` wrote."
        )
    try:
        with np.load(path, allow_pickle=False) as held:
            if str(held["format"]) != FORMAT:
                raise ValueError(f"format {held['format']}")
            x, y, z = (str(axis) for axis in held["space_axes"])
            o, u, v = (tuple(float(n) for n in vector) for vector in held["plane_um"])
            height, width = (int(n) for n in held["full_shape"])
            return CoordinateMap(
                atlas=str(held["atlas"]),
                space_axes=(x, y, z),
                plane=Plane(o, u, v),  # type: ignore[arg-type]  # three numbers each
                full_shape=(height, width),
                grid_um=np.stack([held[f"{axis}_um"] for axis in (x, y, z)], axis=-1),
                labels=held["labels"],
                structure_ids=held["structure_ids"],
                acronyms=held["acronyms"],
            )
    except Exception as error:  # zipfile, numpy and zlib raise whatever they like
        raise BrainseekError(
            f"{path.name} is not a coordinate map of `brainseek register` "
            f"({' '.join(str(error).split())[:100]}); name its .npz file or register again."
        ) from error


def transform_points(
    mapping: CoordinateMap | Path | str, points: NDArray[np.floating], to: str = "atlas"
) -> Points:
    """Carry points from a section into the atlas or back.

    Parameters
    ----------
    mapping : CoordinateMap or path
        The map of the section, or the ``.npz`` file that holds it.
    points : ndarray, (n, 2) or (n, 3)
        To the atlas: (row, column) in pixels of the full-resolution file, centres at integers.
        To the section: atlas positions in µm, in the order of the atlas' ``space_axes``.
    to : {"atlas", "section"}
        Where to.

    Returns
    -------
    ndarray, (n, 3)
        To the atlas: positions in µm. To the section: row, column, and the signed distance of
        the point from the section's plane in µm. Coordinates off the image are NaN.

    Raises
    ------
    BrainseekError
        When ``to`` is something else, the points have another shape, or the file is no map.
    """
    if to not in ("atlas", "section"):
        raise BrainseekError(f"points can't be carried to {to!r}; choose 'atlas' or 'section'.")
    found = mapping if isinstance(mapping, CoordinateMap) else read_coordinate_map(mapping)
    values = np.asarray(points, float)
    wanted = 2 if to == "atlas" else 3
    if values.ndim != 2 or values.shape[1] != wanted:
        raise BrainseekError(
            f"points of shape {values.shape} can't be carried to the {to}; "
            f"give {wanted} numbers for each point."
        )
    if to == "atlas":
        return found.to_atlas(values)
    places, distance = found.to_section(values)
    return np.column_stack([places, distance])
