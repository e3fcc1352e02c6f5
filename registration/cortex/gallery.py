"""The cortex of a template as an encoder sees it: similar places, a map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import SIDES, Surface
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.registry import home_of, read_card
from brainseek.index.vector_cache.exact import ExactIndex


@dataclass(frozen=True)
class SimilarPlace:
    """A vertex that looks like another one.

    Attributes
    ----------
    vertex : int
    score : float
        Cosine similarity.
    point_um : tuple of three floats
        x, y, z in the space of the surface.
    hemisphere : str
        left or right.
    distance_um : float
        Along the surface; infinite in the other hemisphere.
    """

    vertex: int
    score: float
    point_um: tuple[float, float, float]
    hemisphere: str
    distance_um: float


@dataclass(frozen=True, eq=False)
class CortexGallery:
    """A surface with an embedding at every vertex of its cortex.

    Attributes
    ----------
    surface : Surface
    vertices : ndarray, (m,), int64
        Vertices that have a vector, rising.
    vectors : ndarray, (m, d), float32
        Their embeddings, of unit length.
    encoder : str
        Identity of the encoder.
    data : str
        Volume that the patches were cut from, see `brainseek.catalog.cortex.t1_volumes`.
    """

    surface: Surface
    vertices: NDArray[np.int64]
    vectors: NDArray[np.float32]
    encoder: str
    data: str

    @cached_property
    def index(self) -> ExactIndex:
        """The vectors, ready to be searched; numbers are places in ``vertices``."""
        return ExactIndex(self.vectors)

    @cached_property
    def geodesics(self) -> Geodesics:
        """Distances along the surface; needs ``pip install "brainseek[surface]"``."""
        return Geodesics(self.surface)

    def similarity(self, vertex: int) -> NDArray[np.float32]:
        """Return the cosine similarity of a vertex to all, (n_vertices,); NaN without a vector.

        Raises
        ------
        BrainseekError
            When the vertex does not exist or has no vector.
        """
        scores, numbers = self._ranked(vertex)
        found = np.full(len(self.surface), np.nan, np.float32)
        found[self.vertices[numbers]] = scores
        return found

    def nearest(self, vertex: int, k: int, apart_um: float = 10_000.0) -> list[SimilarPlace]:
        """Return places that look like a vertex and don't lie beside it, best first.

        Parameters
        ----------
        vertex : int
        k : int
            How many; fewer come back when there is no room for more.
        apart_um : float
            Smallest straight distance from the vertex and from each other in µm.

        Raises
        ------
        BrainseekError
            When the vertex does not exist or has no vector, or a number is impossible.
        """
        if k < 1 or not apart_um >= 0:
            raise BrainseekError(
                f"{k} places {apart_um} µm apart can't be found; give at least 1 place and a "
                "distance from 0."
            )
        scores, numbers = self._ranked(vertex)
        points = self.surface.vertices_um
        free = self.vertices[numbers] != vertex
        free &= np.linalg.norm(points[self.vertices[numbers]] - points[vertex], axis=1) >= apart_um
        taken: list[int] = []
        while free.any() and len(taken) < k:
            place = int(free.argmax())
            taken.append(place)
            here = points[self.vertices[numbers[place]]]
            free[place] = False
            free &= np.linalg.norm(points[self.vertices[numbers]] - here, axis=1) >= apart_um
        chosen = self.vertices[numbers[taken]]
        along = self.geodesics.between(np.array([vertex]), chosen)[0]
        return [
            SimilarPlace(
                int(v), float(scores[place]), self.point_um(int(v)), self.side_of(int(v)), float(d)
            )
            for v, place, d in zip(chosen, taken, along, strict=True)
        ]

    def flat(self) -> NDArray[np.float32]:
        """Return the first two principal components of the vectors, (m, 2)."""
        return self._flat

    def point_um(self, vertex: int) -> tuple[float, float, float]:
        """Return the place x, y, z of a vertex in µm."""
        x, y, z = (float(c) for c in self.surface.vertices_um[vertex])
        return x, y, z

    def side_of(self, vertex: int) -> str:
        """Return the hemisphere of a vertex, left or right."""
        return SIDES[int(self.surface.hemisphere[vertex])]

    def _ranked(self, vertex: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return all scores of a vertex and the places they belong to, best first."""
        n = len(self.surface)
        if not 0 <= vertex < n:
            raise BrainseekError(
                f"{self.surface.name} has no vertex {vertex}; its vertices are 0 to {n - 1}."
            )
        place = int(np.searchsorted(self.vertices, vertex))
        if place == len(self.vertices) or self.vertices[place] != vertex:
            raise BrainseekError(
                f"vertex {vertex} of {self.surface.name} has no embedding because it is no cortex; "
                "choose one outside the medial wall."
            )
        scores, numbers = self.index.search(self.vectors[place][None], len(self.vertices))
        return scores[0], numbers[0]

    @cached_property
    def _flat(self) -> NDArray[np.float32]:
        centred = self.vectors - self.vectors.mean(axis=0)
        _, directions = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
        first = directions[:, ::-1][:, :2]
        largest = np.abs(first).argmax(axis=0)
        return (centred @ (first * np.sign(first[largest, [0, 1]]))).astype(np.float32)


def cortex_gallery(encoder: str | None = None, folder: Path | None = None) -> CortexGallery:
    """Open the gallery of an encoder of the cortex; the last few are kept.

    Parameters
    ----------
    encoder : str, optional
        Its name; by default see `brainseek.embedder.defaults.encoder_of_cortex`.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/``.

    Raises
    ------
    BrainseekError
        If there is no such encoder, or its files don't match its card.
    """
    card = read_card(encoder or encoder_of_cortex(folder=folder), folder, kind=CortexCard)
    return _kept_gallery(card.name, home_of(card.name, folder), _state(card))


@lru_cache(maxsize=2)
def _kept_gallery(name: str, folder: Path, state: str) -> CortexGallery:
    card, found = read_card(name, folder, kind=CortexCard), load_gallery(name, folder)
    return CortexGallery(
        load_surface(card.surface), found.numbers, found.vectors, found.encoder, card.data
    )


def _state(card: CortexCard) -> str:
    """Return what changes when an encoder is released again."""
    return card.weights_sha256 + card.gallery_sha256
