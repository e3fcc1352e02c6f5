"""Mirrored places of a lopsided pair of hemispheres that is known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from benchmarks.cortex.places import mirrored_places
from brainseek.catalog.surfaces.registry import load_surface
from tests.catalog.surfaces.made_surface import icosphere, surface


@pytest.fixture(scope="module")
def lopsided():
    """The right side is the left one mirrored, stretched, turned and moved."""
    vertices, faces = icosphere(3, 30_000.0)
    direction = vertices / 30_000.0
    bumps = 1 + 0.25 * np.sin(4 * direction[:, 0] + 1) * np.cos(5 * direction[:, 1] - 2)
    left = vertices * bumps[:, None] * (0.6, 1.4, 1.0) - (40_000, 0, 0)
    turn = Rotation.from_euler("xz", [6, -8], degrees=True).as_matrix()
    right = (left * (-1, 1, 1) * (1.1, 0.95, 1.05)) @ turn.T + (9_000, 5_000, 3_000)
    n = len(left)
    return surface(
        np.concatenate([left, right]),
        np.concatenate([faces, faces[:, ::-1] + n]),
        hemisphere=np.repeat([0, 1], n),
    )


def test_the_affine_map_between_the_sides_is_found(lopsided):
    n = len(lopsided) // 2
    right = np.arange(n, 2 * n)
    found = mirrored_places(lopsided, right)
    assert (found == right - n).mean() > 0.99
    plain = lopsided.nearest(lopsided.vertices_um[right] * (-1, 1, 1), 1e6, lopsided.side("left"))[
        0
    ]
    assert (plain == right - n).mean() < 0.3


def test_only_cortex_is_a_mirrored_place():
    whole = load_surface("fsaverage5")
    some = np.flatnonzero(whole.side("right") & whole.cortex)[::400]
    found = mirrored_places(whole, some)
    assert (whole.side("left") & whole.cortex)[found].all()
    apart = np.linalg.norm(whole.vertices_um[found] - whole.vertices_um[some] * (-1, 1, 1), axis=1)
    assert np.median(apart) < 5000
