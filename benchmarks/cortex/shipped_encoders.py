"""Shipped encoders of cortical places on hemispheres that they were not trained on."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.cortex.scores import place_errors_um
from benchmarks.report.table import Table
from brainseek.catalog.cortex.t1_volumes import (
    CortexVolume,
    cortex_volume_names,
    load_cortex_volume,
)
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.surface import SIDES, Side, Surface
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.registry import encoder_names, load_encoder
from brainseek.trainers.cortex.scores import distance_spearman

COLUMNS = (
    "encoder", "brain", "hemisphere", "n", "Spearman ≤ 60 mm", "place, best mm",
    "place, best of 5 mm", "best within 10 mm", "chance, best mm",
)  # fmt: skip
SEED = 53
PLACES = 1000
FARTHEST_UM = 25_000.0


def table() -> Table:
    """Score every shipped encoder on every hemisphere that it has not seen."""
    rows = []
    for name in encoder_names("cortex"):
        encoder = load_encoder(name, kind=CortexEncoder)
        training = encoder.card.training
        for brain in cortex_volume_names():
            if brain == encoder.card.data:  # the gallery itself
                continue
            seen = training["settings"]["cortex"]["train"] if brain in training["data"] else None
            place = load_cortex_volume(brain)
            rows += [_row(encoder, place, side) for side in SIDES if side != seen]
    notes = (
        "The gallery is every cortical vertex of the encoder's own volume, both hemispheres. "
        "Place: median distance along the gallery's surface from the vertex nearest to the "
        "query's MNI coordinates; the mirrored place counts as right, because the trained "
        "template is symmetric and says nothing about sides.",
        "Colin27's left hemisphere taught and is left out. ICBM 2009 averages the same 152 people "
        "as the trained MNI152 template and is no new brain.",
        "Chance: hits drawn at random. Coordinates of two brains agree by affine alignment only, "
        "which is part of the errors.",
    )
    return Table("Shipped encoders on unseen hemispheres", COLUMNS, tuple(rows), notes)


def _row(encoder: CortexEncoder, place: CortexVolume, side: Side) -> tuple[str, ...]:
    rng = np.random.default_rng(SEED)
    queries = np.unique(place.surface.sample(PLACES, rng, place.surface.side(side)))
    vectors = encoder.embed_vertices(place.volume, place.surface, queries)
    gallery = load_gallery(encoder.name)
    home = load_cortex_volume(encoder.card.data).surface
    apart = folded_distances(home, place.surface.vertices_um[queries], gallery.numbers)
    errors = [place_errors_um(gallery.vectors, vectors, apart, best) / 1000 for best in (1, 5)]
    within = Geodesics(place.surface).between(queries, queries)
    chance = np.median(
        apart[np.arange(len(queries)), rng.integers(0, apart.shape[1], len(queries))]
    )
    return (
        encoder.identity, place.name, side, str(len(queries)),
        f"{distance_spearman(vectors, within):.3f}",
        f"{np.median(errors[0]):.1f}", f"{np.median(errors[1]):.1f}",
        f"{np.mean(errors[0] <= 10):.0%}", f"{chance / 1000:.1f}",
    )  # fmt: skip


def folded_distances(
    home: Surface, points_um: NDArray[np.float64], vertices: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Distance along a surface from points to vertices, or from the points' mirror images.

    Parameters
    ----------
    home : Surface
        In the space of the points, which is symmetric about x = 0.
    points_um : ndarray, (n, 3)
    vertices : ndarray, (m,)
        Of ``home``.

    Returns
    -------
    ndarray, (n, m), float32
        The smaller of both, in µm.
    """
    geodesics = Geodesics(home)
    found = []
    for side, sign in zip(SIDES, (-1.0, 1.0), strict=True):
        turned = points_um.copy()
        turned[:, 0] = sign * np.abs(points_um[:, 0])
        nearest, _ = home.nearest(turned, FARTHEST_UM, home.side(side) & home.cortex)
        found.append(geodesics.between(nearest, vertices))
    return np.minimum(*found)
