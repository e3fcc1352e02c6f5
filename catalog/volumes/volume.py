"""A 3-D image that can be cut along any plane."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from brainseek.catalog.core.errors import BrainseekError

ORIENTATIONS = {"coronal": (0, 1, 2), "sagittal": (2, 1, 0), "horizontal": (1, 0, 2)}
"""Index of the coronal order behind each index of the other orders, by the name of the plane."""


@dataclass(frozen=True)
class Plane:
    """An image plane in atlas space: the pixel at fractions (s, t) lies at o + s·u + t·v.

    Attributes
    ----------
    o, u, v : tuple of three floats
        Corner of the image, its width vector and its height vector in µm, in the order of the
        atlas' ``space_axes``. ``s`` runs over the width (columns), ``t`` over the height (rows),
        both from 0 to 1 between the outer edges of the image.
    """

    o: tuple[float, float, float]
    u: tuple[float, float, float]
    v: tuple[float, float, float]

    @classmethod
    def of_arrays(cls, o: np.ndarray, u: np.ndarray, v: np.ndarray) -> "Plane":
        """Return the plane of three arrays (3,) in µm."""
        triples = ((float(x), float(y), float(z)) for x, y, z in (o, u, v))
        return cls(*triples)

    def point(self, s: float, t: float) -> tuple[float, float, float]:
        """Return the atlas point (µm) at fraction ``s`` of the width and ``t`` of the height."""
        x, y, z = (o + s * u + t * v for o, u, v in zip(self.o, self.u, self.v, strict=True))
        return x, y, z


@dataclass(frozen=True)
class Volume:
    """A volume stored as (cutting axis, rows, columns) with its place in atlas space.

    In coronal order index 0 walks from anterior to posterior, index 1 from superior (dorsal) to
    inferior (ventral) and index 2 from the left to the right of the subject; `oriented` makes
    the other orders from it. The centre of voxel ``(i, j, k)`` lies at
    ``origin_um + (i, j, k) * step_um``; a negative step means that the coordinate falls while
    the index rises.

    Attributes
    ----------
    data : ndarray, (n_cut, n_rows, n_columns)
        Grey values or labels.
    step_um : tuple of three floats
        Signed voxel size in µm along the three indices.
    origin_um : tuple of three floats
        Coordinate of the centre of voxel (0, 0, 0) in µm along the three indices.
    axes : tuple of three str
        Names of the coordinates behind the three indices, e.g. ``("y", "z", "x")``.
    space_axes : tuple of three str
        The same names in the order in which the atlas writes its points.
    ids : ndarray, (n,), optional
        Label that each value of ``data`` stands for, where labels are stored as small numbers.
        Cuts of order 0 return these labels; there are no cuts of order 1.
    """

    data: np.ndarray
    step_um: tuple[float, float, float]
    origin_um: tuple[float, float, float]
    axes: tuple[str, str, str]
    space_axes: tuple[str, str, str]
    ids: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse arrays and geometry that cannot be a volume."""
        if self.data.ndim != 3:
            raise BrainseekError(
                f"a volume has 3 dimensions, this array has {self.data.ndim}; "
                "give it as (cutting axis, rows, columns)."
            )
        if not all(math.isfinite(s) and s != 0 for s in self.step_um):
            raise BrainseekError(
                f"voxel steps {self.step_um} must be finite and not 0; give them in µm."
            )
        if sorted(self.axes) != sorted(self.space_axes):
            raise BrainseekError(
                f"axes {self.axes} and space_axes {self.space_axes} name different axes; "
                "they must be the same names in two orders."
            )

    @property
    def voxel_size_um(self) -> tuple[float, float, float]:
        """Voxel size in µm along the three indices, without sign."""
        a, b, c = self.step_um
        return abs(a), abs(b), abs(c)

    @property
    def centre_um(self) -> tuple[float, float, float]:
        """Centre of the volume in µm, in the order of ``axes``."""
        a, b, c = (
            o + s * (n - 1) / 2
            for o, s, n in zip(self.origin_um, self.step_um, self.data.shape, strict=True)
        )
        return a, b, c

    def oriented(self, orientation: str) -> "Volume":
        """Return a volume in coronal order as one that is cut along another plane.

        Rows and columns of the cuts: ``sagittal`` superior to inferior and anterior to posterior
        (index 0 from left to right), ``horizontal`` anterior to posterior and left to right
        (index 0 from superior to inferior). The data are a view, and every voxel keeps its place
        in atlas space.

        Raises
        ------
        BrainseekError
            When the orientation is not known.
        """
        if orientation not in ORIENTATIONS:
            raise BrainseekError(
                f"the plane {orientation!r} is not known; choose one of {', '.join(ORIENTATIONS)}."
            )
        a, b, c = ORIENTATIONS[orientation]
        return replace(
            self,
            data=self.data.transpose(a, b, c),
            step_um=(self.step_um[a], self.step_um[b], self.step_um[c]),
            origin_um=(self.origin_um[a], self.origin_um[b], self.origin_um[c]),
            axes=(self.axes[a], self.axes[b], self.axes[c]),
        )

    def plane_of_cut(
        self,
        position_um: float,
        tilt_deg: tuple[float, float],
        shape: tuple[int, int],
        pixel_size_um: float,
    ) -> Plane:
        """Return the plane of the image that `cut` takes, in the order of ``space_axes``.

        Parameters
        ----------
        position_um, tilt_deg, shape, pixel_size_um
            As in `cut`; ``shape`` is (rows, columns).
        """
        pitch, yaw = (math.radians(angle) for angle in tilt_deg)
        down, right = _directions(pitch, yaw)
        signs = np.sign(self.step_um)
        v, u = down * signs * shape[0] * pixel_size_um, right * signs * shape[1] * pixel_size_um
        centre = np.array([position_um, *self.centre_um[1:]])
        order = [self.axes.index(name) for name in self.space_axes]
        corner = (centre - (u + v) / 2)[order]
        return Plane.of_arrays(corner, u[order], v[order])

    def cut(
        self,
        position_um: float,
        tilt_deg: tuple[float, float] = (0.0, 0.0),
        out_shape: tuple[int, int] | None = None,
        pixel_size_um: float | None = None,
        order: int = 1,
    ) -> np.ndarray:
        """Cut the volume along a plane that may be tilted about both in-plane axes.

        With unit vectors e0 (rising index 0), e1 (down) and e2 (right), pitch a and yaw b, the
        image axes are ::

            down  = cos a · e1 + sin a · e0
            right = cos b · e2 + sin b · (cos a · e0 - sin a · e1)

        They stay orthonormal, so lengths in the image are true lengths. The pivot, which is the
        centre of the image, is the centre of the volume at ``position_um``. A positive pitch
        moves the lower edge towards higher index 0 (posterior in a coronal order), a positive
        yaw the right edge.

        Parameters
        ----------
        position_um : float
            Coordinate of the pivot along the cutting axis, in µm.
        tilt_deg : (pitch, yaw)
            Rotation about the left-right axis and about the up-down axis, in degrees.
        out_shape : (rows, columns), optional
            Size of the image; by default it spans the volume at ``pixel_size_um``.
        pixel_size_um : float, optional
            Side of an image pixel in µm; by default the smaller in-plane voxel size.
        order : {0, 1}
            0 takes the nearest voxel and keeps the data type (labels), 1 interpolates linearly.

        Returns
        -------
        ndarray, (rows, columns)
            float32 for order 1, the type of ``data`` for order 0. Outside the volume it is 0.

        Raises
        ------
        BrainseekError
            When a number is not finite, or the order or pixel size is impossible.
        """
        size = min(self.voxel_size_um[1:]) if pixel_size_um is None else pixel_size_um
        if not (math.isfinite(size) and size > 0):
            raise BrainseekError(f"pixel size {size} must be a positive number of µm.")
        if not all(math.isfinite(x) for x in (position_um, *tilt_deg)):
            raise BrainseekError(
                f"position {position_um} µm and tilt {tilt_deg}° must be finite numbers."
            )
        _, n_rows, n_columns = self.data.shape
        _, row_um, column_um = self.voxel_size_um
        shape = out_shape or (round(n_rows * row_um / size), round(n_columns * column_um / size))
        pitch, yaw = (math.radians(angle) for angle in tilt_deg)
        down, right = _directions(pitch, yaw)
        per_voxel = size / np.array(self.voxel_size_um)
        down, right = down * per_voxel, right * per_voxel
        pivot = np.array(
            [
                (position_um - self.origin_um[0]) / self.step_um[0],
                (n_rows - 1) / 2,
                (n_columns - 1) / 2,
            ]
        )
        corner = pivot - down * (shape[0] - 1) / 2 - right * (shape[1] - 1) / 2
        return self._sample(corner, down, right, shape, order)

    def cut_plane(self, plane: Plane, out_shape: tuple[int, int], order: int = 1) -> np.ndarray:
        """Cut the volume along a plane given by its corner and two edge vectors.

        Parameters
        ----------
        plane : Plane
            Corner and edges in µm, in the order of ``space_axes``; it may be sheared or scaled.
        out_shape : (rows, columns)
            Size of the image; pixel centres lie at fractions (column + 0.5) / columns of the
            width and (row + 0.5) / rows of the height.
        order : {0, 1}
            As in `cut`.

        Returns
        -------
        ndarray, (rows, columns)
            As in `cut`.
        """
        permutation = [self.space_axes.index(name) for name in self.axes]
        o, u, v = (np.array(vector)[permutation] for vector in (plane.o, plane.u, plane.v))
        step = np.array(self.step_um)
        right, down = u / out_shape[1] / step, v / out_shape[0] / step
        corner = (o - np.array(self.origin_um)) / step + (right + down) / 2
        return self._sample(corner, down, right, out_shape, order)

    def _sample(
        self,
        corner: np.ndarray,
        down: np.ndarray,
        right: np.ndarray,
        shape: Sequence[int],
        order: int,
    ) -> np.ndarray:
        """Sample at corner + row·down + column·right, all in voxel indices."""
        from scipy.ndimage import affine_transform

        if order not in (0, 1):
            raise BrainseekError(
                f"interpolation order {order} is not known; use 0 (nearest) or 1 (linear)."
            )
        if len(shape) != 2 or min(shape) < 1:
            raise BrainseekError(f"image shape {tuple(shape)} must be two positive numbers.")
        if order == 1 and self.ids is not None:
            raise BrainseekError(
                "labels can't be interpolated (order 1); cut this volume with order 0."
            )
        matrix = np.stack([np.zeros(3), down, right], axis=1)
        sampled: np.ndarray = affine_transform(
            self.data,
            matrix,
            offset=corner,
            output_shape=(1, *shape),
            output=self.data.dtype if order == 0 else np.float32,
            order=order,
            mode="grid-constant",
            cval=0,
            prefilter=False,
        )
        return np.asarray(sampled[0] if self.ids is None else self.ids[sampled[0]])


def _directions(pitch: float, yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit vectors down and right of a cut along (index 0, 1, 2); angles in radians."""
    down = np.array([math.sin(pitch), math.cos(pitch), 0.0])
    right = np.array(
        [math.sin(yaw) * math.cos(pitch), -math.sin(yaw) * math.sin(pitch), math.cos(yaw)]
    )
    return down, right
