"""The picture of a cortex: what every pixel shows, from which side, and in which colours."""

import time

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.registration.cortex.shape import CortexShape, cortex_shape
from brainseek.ui.widgets.cortex.colours import (
    COLOUR_MAPS,
    SULCUS,
    WALL,
    Scale,
    colour_table,
    fold_colours,
    painted,
    scale_of,
)
from brainseek.ui.widgets.cortex.raster import EMPTY, rasterise
from brainseek.ui.widgets.cortex.sides import FOUR, SIX, ViewSide
from brainseek.ui.widgets.cortex.view import NO_VERTEX, SEEN_UM, CortexView, cortex_view

SIDE = 21


def cube() -> tuple[np.ndarray, np.ndarray]:
    """The eight corners of a cube and its twelve triangles."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)


def sphere() -> tuple[np.ndarray, np.ndarray]:
    """Random points on a sphere and their convex hull."""
    from scipy.spatial import ConvexHull

    points = np.random.default_rng(3).normal(size=(120, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points, ConvexHull(points).simplices.astype(np.int32)


def turned(points: np.ndarray) -> np.ndarray:
    """Points in general position within the picture, pixel units."""
    matrix, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    return points @ matrix * (SIDE * 0.29) + (SIDE / 2, SIDE / 2, 0)


def front(points: np.ndarray, faces: np.ndarray, row: int, column: int):
    """The nearest of all triangles that a ray through a pixel meets."""
    met = []
    for number, (face, to_weights) in enumerate(faces):
        weights = to_weights @ (row, column, 1.0)
        if (weights >= 0).all():
            met.append((weights @ points[face, 2], number, weights))
    return max(met, key=lambda hit: hit[0]) if met else None


@pytest.mark.parametrize("solid", [cube, sphere])
def test_every_pixel_shows_the_triangle_in_front(solid) -> None:
    points, faces = solid()
    points = turned(points)
    raster = rasterise(points, faces, SIDE, SIDE)
    solved = [(f, np.linalg.inv(np.vstack([points[f, :2].T, np.ones(3)]))) for f in faces]
    filled = 0
    for row in range(SIDE):
        for column in range(SIDE):
            hit = front(points, solved, row, column)
            if hit is None:
                assert raster.face[row, column] == EMPTY
                assert not raster.weights[row, column].any()
                continue
            filled += 1
            assert raster.face[row, column] == hit[1]
            assert raster.weights[row, column] == pytest.approx(hit[2], abs=1e-5)
    assert SIDE < filled < SIDE * SIDE


def test_triangles_beside_the_picture_and_seen_edge_on_show_nothing() -> None:
    points = np.array([[50.0, 50, 0], [60, 50, 0], [50, 60, 0], [2, 2, 0], [4, 4, 1], [6, 6, 2]])
    raster = rasterise(points, np.array([[0, 1, 2], [3, 4, 5]], np.int32), 9, 9)
    assert (raster.face == EMPTY).all()
    assert (rasterise(points, np.zeros((0, 3), np.int32), 4, 5).face == EMPTY).all()


def test_axes_are_right_handed_and_look_at_the_named_side() -> None:
    for look in SIX:
        up, right, eye = look.axes
        assert np.allclose(np.cross(right, up), eye)
    eyes = {look.title: look.axes[2].tolist() for look in FOUR}
    assert eyes == {
        "left lateral": [-1, 0, 0], "left medial": [1, 0, 0],
        "right lateral": [1, 0, 0], "right medial": [-1, 0, 0],
    }  # fmt: skip
    assert ViewSide("dorsal", None, (0, 0)).axes[1].tolist() == [1, 0, 0], "left is left"
    assert ViewSide("ventral", None, (0, 0)).axes[1].tolist() == [-1, 0, 0], "left is right"


@pytest.fixture(scope="module")
def surface():
    return load_surface("fsaverage5")


@pytest.fixture(scope="module")
def shape(surface) -> CortexShape:
    return cortex_shape(surface, smooth=True)


@pytest.fixture(scope="module")
def view(surface, shape) -> CortexView:
    return cortex_view(surface, shape, SIX, scale=0.5)


def test_views_show_their_hemisphere_and_only_the_medial_ones_the_wall(surface, view) -> None:
    for look, tile in zip(view.looks, view.places, strict=True):
        part = view.vertex[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
        shown = part[part != NO_VERTEX]
        assert 0.35 * part.size < len(shown) < 0.9 * part.size
        if look.side is not None:
            assert set(surface.hemisphere[shown]) == {look.side}
            wall = (~surface.cortex[shown]).mean()
            assert wall > 0.1 if look.kind == "medial" else wall == 0
            # Lateral means away from the middle: the vertex with the largest |x| is seen.
            outermost = np.abs(
                np.where(surface.hemisphere == look.side, surface.vertices_um[:, 0], 0)
            )
            assert (int(outermost.argmax()) in shown) == (look.kind == "lateral")


def test_front_and_top_of_the_brain_lie_where_the_views_say(surface, view) -> None:
    front_pole, top = (
        int(np.where(surface.hemisphere == 0, surface.vertices_um[:, axis], -1e9).argmax())
        for axis in (1, 2)
    )
    column = {
        look.title: spots[front_pole, 1] - tile.left - tile.width / 2
        for look, tile, spots in zip(view.looks, view.places, view.spots, strict=True)
    }
    assert column["left lateral"] < 0 < column["left medial"]
    assert np.isnan(column["right lateral"])
    row = view.spots[0, top, 0]
    assert row < view.places[0].height / 2
    right = np.flatnonzero(surface.hemisphere == 1)
    left = np.flatnonzero(surface.hemisphere == 0)
    dorsal, ventral = 4, 5
    assert view.spots[dorsal, left, 1].max() < view.spots[dorsal, right, 1].min()
    assert view.spots[ventral, left, 1].min() > view.spots[ventral, right, 1].max()


def test_a_click_finds_the_vertex_that_is_drawn_there(surface, view) -> None:
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(view.vertex != NO_VERTEX)
    for number in rng.choice(len(rows), 50):
        row, column = rows[number], columns[number]
        vertex = view.vertex_at(row + 0.4, column + 0.4)
        assert vertex == view.vertex[row, column]
        near = min(np.hypot(s.row - row, s.column - column) for s in view.spots_of(vertex))
        assert near < 12, "the mark of that vertex lies there, too"
    height, width = view.vertex.shape
    for row, column in ((0, 0), (-1, 5), (5, -0.1), (height, 5), (5, width), (1e9, 1e9)):
        assert view.vertex_at(row, column) is None


def test_marks_are_hidden_only_where_something_lies_before_them(surface, view) -> None:
    hidden = [v for v in range(0, len(surface), 7) if view.spots_of(v)[0].hidden]
    assert 0 < len(hidden) < 0.05 * len(surface) / 7
    for vertex in hidden[:20]:
        (spot,) = view.spots_of(vertex)
        which = int(np.nanargmin(view.behind_um[:, vertex]))
        assert (spot.row, spot.column) == tuple(view.spots[which, vertex])
        assert view.behind_um[which, vertex] > SEEN_UM


def test_colours_are_interpolated_shaded_and_fast(surface, shape, view) -> None:
    ones = np.ones((len(surface), 3), np.float32)
    white = view.paint(ones)
    assert ((white[..., 3] == 255) == (view.vertex != NO_VERTEX)).all()
    assert (white[..., 0] == white[..., 2]).all()
    shade = white[view.vertex != NO_VERTEX][:, 0]
    assert 60 < shade.min() < 130 < shade.max() <= 255
    red = view.paint(ones * np.array([1, 0, 0], np.float32))
    assert (red[..., 0] == white[..., 0]).all()
    assert not red[..., 1:3].any()
    full = cortex_view(surface, shape, FOUR)
    seconds = []
    for _ in range(4):
        start = time.process_time()
        full.paint(ones)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.2


def test_folds_are_gray_and_values_below_the_scale_leave_them(surface, shape) -> None:
    folds = fold_colours(shape.sulcus, surface.cortex)
    assert set(folds[~surface.cortex].ravel()) == {np.float32(WALL)}
    values = np.linspace(0, 1, len(surface), dtype=np.float32)
    values[~surface.cortex] = np.nan
    scale = scale_of(values, (50, 100), "cividis")
    assert scale.low == pytest.approx(np.nanmedian(values))
    assert scale.high == pytest.approx(np.nanmax(values))
    colours = painted(folds, shape.sulcus, values, scale)
    left_gray = (colours == folds).all(axis=1)
    assert (left_gray == ~(values >= scale.low)).all()
    top = int(np.nanargmax(values))
    own = colour_table("cividis")[255] * (0.86 if shape.sulcus[top] else 1)
    assert colours[top] == pytest.approx(own, abs=1e-6)
    assert SULCUS in np.round(folds[shape.sulcus & surface.cortex], 4)


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_colour_maps_grow_lighter_evenly(name) -> None:
    """Lightness (CIE L*) rises in nearly equal steps, so order survives colour blindness."""
    table = colour_table(name).astype(float)
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    dark = luminance <= 0.008856
    lightness = np.where(dark, 903.3 * luminance, 116 * np.cbrt(luminance) - 16)
    steps = np.diff(lightness[::16])
    assert steps.min() > 0
    assert steps.max() < 2 * np.median(steps)
    assert lightness[-1] - lightness[0] > 60


def test_scales_of_nothing_and_of_one_value() -> None:
    with pytest.raises(BrainseekError, match="no vertex has a value"):
        scale_of(np.full(3, np.nan, np.float32), (0, 100), "viridis")
    with pytest.raises(BrainseekError, match="'jet' is not known"):
        colour_table("jet")
    even = scale_of(np.full(3, 0.5, np.float32), (0, 100), "viridis")
    assert np.isfinite(even.colours(np.full(3, 0.5, np.float32))).all()
    legend = Scale("viridis", 0, 1).legend()
    assert legend[0] == "#440154"
    assert legend[-1] == "#fde725"
