"""A cortical surface: a triangle mesh in µm with hemispheres and a medial wall."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.mesh import connected_parts, face_normals, sum_at_vertices
from brainseek.catalog.surfaces.mesh_checks import check_mesh

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Side = Literal["left", "right"]
Kind = Literal["pial", "mid", "white", "unknown"]

SIDES: tuple[Side, Side] = ("left", "right")
"""Hemispheres in the order of their numbers, 0 and 1."""
_FLAT = 1e-6
"""Share of area^1.5 below which a part encloses nothing, so that it has no outside."""


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh of the cortex, one or both hemispheres.

    Attributes
    ----------
    name : str
    vertices_um : ndarray of float64, (n, 3)
        Coordinates in µm, in the axes of ``space``.
    faces : ndarray of int32, (m, 3)
        Vertices of the triangles, from 0; seen from outside counter-clockwise.
    hemisphere : ndarray of int8, (n,)
        0 left, 1 right.
    cortex : ndarray of bool, (n,)
        False on the medial wall and wherever else there is no cortex.
    space : str
        Coordinate system and direction of the axes, e.g. "MNI152 RAS".
    inner_um : ndarray of float64, (n, 3), optional
        The white surface of the same vertices, where it is known.
    kind : {"pial", "mid", "white", "unknown"}
        What ``vertices_um`` follows.
    remarks : tuple of str
        Sentences that every user should read.

    Raises
    ------
    BrainseekError
        Shapes that don't fit, values that are not finite, triangles that name a vertex that is
        absent or name one twice, vertices in no triangle or in the same place, a triangle between
        the hemispheres, or an extent under 1 mm or over 1 m, which means that units are mixed up.
    """

    name: str
    vertices_um: NDArray[np.float64]
    faces: NDArray[np.int32]
    hemisphere: NDArray[np.int8]
    cortex: NDArray[np.bool_]
    space: str
    inner_um: NDArray[np.float64] | None = None
    kind: Kind = "unknown"
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that can't be a surface, and bring them to their types."""
        check_mesh(self.name, self.vertices_um, self.faces)
        n = len(self.vertices_um)
        for what, array, shape in (
            ("hemisphere", self.hemisphere, (n,)),
            ("cortex", self.cortex, (n,)),
            ("inner_um", self.inner_um, (n, 3)),
        ):
            if array is not None and np.shape(array) != shape:
                raise BrainseekError(
                    f"{what} of {self.name} has the shape {np.shape(array)}; give {shape}, one "
                    "entry for each vertex."
                )
        if self.inner_um is not None and not np.isfinite(self.inner_um).all():
            raise BrainseekError(f"inner_um of {self.name} is not finite everywhere; remove NaN.")
        if not np.isin(self.hemisphere, (0, 1)).all():
            raise BrainseekError(
                f"hemisphere of {self.name} holds {np.unique(self.hemisphere)[:5].tolist()}; "
                "write 0 for left and 1 for right."
            )
        if np.ptp(np.asarray(self.hemisphere)[self.faces], axis=1).any():
            raise BrainseekError(
                f"a triangle of {self.name} has corners in both hemispheres; separate them, or "
                "correct hemisphere."
            )
        types = {"vertices_um": np.float64, "faces": np.int32, "hemisphere": np.int8,
                 "cortex": np.bool_, "inner_um": np.float64}  # fmt: skip
        for field, kind in types.items():
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, np.ascontiguousarray(value, kind))

    def __len__(self) -> int:
        """Return the number of vertices."""
        return len(self.vertices_um)

    @property
    def mid_um(self) -> NDArray[np.float64]:
        """The middle of the cortex, (n, 3) in µm: half way between ``inner_um`` and the pia.

        Raises
        ------
        BrainseekError
            When the white surface is not known, or ``vertices_um`` is not the pial one.
        """
        if self.inner_um is None or self.kind != "pial":
            raise BrainseekError(
                f"{self.name} has no pair of pial and white surface, so the middle of its cortex "
                "is not known; use vertices_um."
            )
        return (self.vertices_um + self.inner_um) / 2

    def areas_um2(self) -> NDArray[np.float64]:
        """Return the area of each vertex in µm², (n,): a third of its triangles; read-only."""
        return self._areas

    def normals(self) -> NDArray[np.float64]:
        """Return outward unit normals, (n, 3), the mean of the triangles weighted by area.

        Outward is decided for each connected part by the volume it encloses; a part that encloses
        none, like a flat sheet, keeps the side from which its triangles run counter-clockwise. A
        vertex whose triangles cancel or have no area has the normal 0.
        """
        faces, vertices = self.faces, self.vertices_um
        normal = face_normals(vertices, faces)
        summed = np.stack([sum_at_vertices(c, faces, len(self)) for c in normal.T], axis=1)
        part_of_face = self.parts[faces[:, 0]]
        for part in range(int(self.parts.max()) + 1):
            here = part_of_face == part
            members = self.parts == part
            centred = vertices[faces[here, 0]] - vertices[members].mean(axis=0)
            volume = (centred * normal[here]).sum() / 6
            area = np.linalg.norm(normal[here], axis=1).sum() / 2
            if volume < -_FLAT * area**1.5:
                summed[members] *= -1
        length = np.linalg.norm(summed, axis=1, keepdims=True)
        return np.divide(summed, length, out=np.zeros_like(summed), where=length > 0)

    def nearest(
        self,
        points_um: ArrayLike,
        max_um: float = 5000.0,
        mask: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the nearest vertex of each point; returns vertices and distances in µm, (k,) each.

        Parameters
        ----------
        points_um : array_like, (k, 3)
            In µm, in the axes of ``space``.
        max_um : float
            Largest distance that is accepted.
        mask : ndarray of bool, (n_vertices,), optional
            Look among these only, e.g. one `side`.

        Raises
        ------
        BrainseekError
            When a point is further off than ``max_um`` (the worst is named) or not finite.
        """
        points = np.asarray(points_um, np.float64)
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise BrainseekError(
                f"points of shape {points.shape} can't be looked up; give finite numbers (k, 3)."
            )
        if not len(points):
            return np.zeros(0, np.int64), np.zeros(0)
        if mask is None:
            distances, indices = self._tree.query(points)
        else:
            from scipy.spatial import cKDTree

            allowed = np.flatnonzero(mask)
            distances, found = cKDTree(self.vertices_um[allowed]).query(points)
            indices = allowed[found]
        worst = int(np.argmax(distances))
        if distances[worst] > max_um:
            place = ", ".join(f"{c:.0f}" for c in points[worst])
            raise BrainseekError(
                f"point {worst}, ({place}) µm, lies {distances[worst]:.0f} µm from the surface "
                f"{self.name} in {self.space}, more than {max_um:.0f} µm; check its space and that "
                "it is in µm, not mm."
            )
        return np.asarray(indices, np.int64), np.asarray(distances, np.float64)

    def sample(
        self, n: int, rng: np.random.Generator, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Draw vertices (n,) of the cortex, evenly by area and with replacement.

        Parameters
        ----------
        n : int
            How many.
        rng : numpy.random.Generator
        mask : ndarray of bool, (n_vertices,), optional
            Draw only from these, e.g. `side` or the vertices of one area.

        Raises
        ------
        BrainseekError
            When there is nothing to draw from, or the mask does not fit.
        """
        allowed = self.cortex
        if mask is not None:
            if np.shape(mask) != allowed.shape or np.asarray(mask).dtype != bool:
                raise BrainseekError(
                    f"the mask has the shape {np.shape(mask)} of {np.asarray(mask).dtype}; give "
                    f"{len(self)} values of bool, one for each vertex of {self.name}."
                )
            allowed = allowed & mask
        weights = np.where(allowed, self._areas, 0.0)
        total = weights.sum()
        if n < 0 or total <= 0:
            raise BrainseekError(
                f"{n} vertices can't be drawn from {int(allowed.sum())} vertices of the cortex of "
                f"{self.name}; give a number from 0 and a mask that meets the cortex."
            )
        return np.asarray(rng.choice(len(self), n, p=weights / total), np.int64)

    def side(self, hemisphere: Side) -> NDArray[np.bool_]:
        """Return which vertices belong to a hemisphere, (n,)."""
        if hemisphere not in SIDES:
            raise BrainseekError(f"hemisphere {hemisphere!r} is not known; write left or right.")
        return self.hemisphere == SIDES.index(hemisphere)

    @cached_property
    def parts(self) -> NDArray[np.int32]:
        """Number of the connected part of each vertex, (n,)."""
        return connected_parts(self.faces, len(self))

    @cached_property
    def _areas(self) -> NDArray[np.float64]:
        third = np.linalg.norm(face_normals(self.vertices_um, self.faces), axis=1) / 6
        areas = sum_at_vertices(third, self.faces, len(self))
        areas.flags.writeable = False
        return areas

    @cached_property
    def _tree(self) -> "cKDTree":
        from scipy.spatial import cKDTree

        return cKDTree(self.vertices_um)
