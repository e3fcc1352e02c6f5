"""Simulated cortex: borders, staining, cells and seeds; the made anatomy and the real one."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.measured_tissue import CortexTissue, load_cortex_tissue
from brainseek.catalog.cortex.simulated_histology import CortexRenderer, RenderSettings

THICKNESS_UM = np.array([200.0, 150.0, 500.0, 120.0, 400.0, 600.0])
FLAT = RenderSettings(size=256, pixel_um=10.0, outside_um=200.0, bend_um=0.0, noise=0.0)


def made_tissue() -> CortexTissue:
    """Three vertices: usable, medial wall, layers without a parcel; clear layers, one size each."""
    return CortexTissue(
        thickness_um=np.stack([THICKNESS_UM, np.zeros(6), THICKNESS_UM]),
        parcel=np.array([1, 0, -1]),
        darkness=np.stack([np.linspace(0.1, 0.3, 50), np.full(50, 0.3)], axis=1),
        areas_um2=tuple(np.array([10.0 + number, 30.0 + number]) for number in range(1, 8)),
        per_mm2=np.array([100.0, 2000.0, 400.0, 3000.0, 600.0, 1500.0, 300.0]),
    )


@pytest.fixture(scope="module")
def real(shared_data) -> CortexTissue:
    return load_cortex_tissue(shared_data / "bigbrain-surface")


def test_cells_lie_between_the_borders_of_their_layer():
    renderer = CortexRenderer(made_tissue(), FLAT)
    borders = np.concatenate([[0.0], np.cumsum(THICKNESS_UM), [np.inf]])
    patch = renderer(0, np.random.default_rng(0))
    depth = (patch.rows + 0.5) * FLAT.pixel_um - FLAT.outside_um
    for layer in range(1, 8):
        inside = depth[patch.layers == layer]
        assert len(inside) > 50
        assert inside.min() >= borders[layer - 1] - FLAT.pixel_um / 4
        assert inside.max() <= borders[layer] + FLAT.pixel_um / 4


def test_the_number_of_cells_is_what_density_and_stain_say():
    tissue, counts = made_tissue(), np.zeros(8)
    renderer = CortexRenderer(tissue, FLAT)
    for seed in range(20):
        patch = renderer(0, np.random.default_rng(seed))
        counts += np.bincount(patch.layers, minlength=8)
    width_um = FLAT.size * FLAT.pixel_um
    total = THICKNESS_UM.sum()
    for layer in range(6):
        start = THICKNESS_UM[:layer].sum()
        expected = 0.0
        for depth in np.arange(start + 0.5, start + THICKNESS_UM[layer]):
            usual = (0.1 + 0.2 * depth / total + 0.3) / 2
            expected += tissue.per_mm2[layer] * 1e-6 * width_um * 0.3 / usual
        assert counts[layer + 1] / 20 == pytest.approx(expected, abs=4 * (expected / 20) ** 0.5 + 5)


def test_the_picture_jumps_where_the_thickness_says():
    # Only cells are dark: the even stain is taken away with the profile.
    tissue = replace(made_tissue(), darkness=np.full((50, 2), 0.3))
    renderer = CortexRenderer(tissue, replace(FLAT, blur=1.0))
    rows = np.mean(
        [255.0 - renderer(0, np.random.default_rng(seed)).image.mean(1) for seed in range(30)],
        axis=0,
    )
    borders = (FLAT.outside_um + np.concatenate([[0.0], np.cumsum(THICKNESS_UM)])) / FLAT.pixel_um
    assert rows[: int(borders[0]) - 1].max() == 0.0  # no more than the rim of a cell
    denser = np.diff(tissue.coverage) > 0
    for border, rises in zip(borders[1:], denser, strict=True):
        above, below = (rows[int(border) + k : int(border) + k + 8] for k in (-9, 2))
        noise = np.hypot(above.std(), below.std()) / 8**0.5
        step = (below.mean() - above.mean()) * (1 if rises else -1)
        assert step > 3 * noise


def test_the_drawn_area_is_that_of_the_cells():
    settings = replace(FLAT, cell_darkness=1.0)
    renderer = CortexRenderer(made_tissue(), settings)
    rng = np.random.default_rng(1)
    rows, columns = rng.uniform(20, 230, (2, 400))
    for pixel_um in (1.0, 4.0, 30.0):
        renderer = CortexRenderer(made_tissue(), replace(settings, pixel_um=pixel_um))
        areas = rng.uniform(5, 900, 400)
        cover = renderer._cover(rows, columns, areas)
        assert cover.sum() * pixel_um**2 == pytest.approx(areas.sum(), rel=1e-4)


def test_a_drawn_cell_is_a_disc_at_its_place():
    renderer = CortexRenderer(made_tissue(), replace(FLAT, pixel_um=1.0))
    cover = renderer._cover(np.array([100.3]), np.array([60.8]), np.array([314.159]))
    r, c = np.mgrid[:256, :256]
    distance = np.hypot(r - 100.3, c - 60.8)
    assert cover[distance < 9.0] == pytest.approx(1.0, abs=0.02)
    assert not cover[distance > 11.0].any()
    assert (r * cover).sum() / cover.sum() == pytest.approx(100.3, abs=0.02)
    assert (c * cover).sum() / cover.sum() == pytest.approx(60.8, abs=0.02)


def test_cells_at_the_edge_do_not_come_in_on_the_other_side():
    renderer = CortexRenderer(made_tissue(), replace(FLAT, pixel_um=1.0))
    cover = renderer._cover(np.array([50.0]), np.array([255.4]), np.array([300.0]))
    assert cover[:, 240:].any()
    assert not cover[:, :200].any()


def test_the_bend_moves_the_pia_and_all_layers_with_it():
    settings = replace(FLAT, bend_um=120.0)
    patch = CortexRenderer(made_tissue(), settings)(0, np.random.default_rng(5))
    pia = (patch.image < 250).argmax(0)
    assert np.ptp(pia) * settings.pixel_um > 60.0
    column = np.clip(np.rint(patch.columns).astype(int), 0, 255)
    depth = (patch.rows - pia[column]) * settings.pixel_um
    second = depth[patch.layers == 2]
    assert np.abs(np.clip(second, 200.0, 350.0) - second).max() < 2.5 * settings.pixel_um


def test_equal_seeds_give_equal_pictures_and_others_do_not():
    renderer = CortexRenderer(made_tissue())
    first, again, other = (renderer(0, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.rows, again.rows)
    assert not np.array_equal(first.image, other.image)
    assert first.image.shape == (256, 256)
    assert first.image.dtype == np.uint8


@pytest.mark.parametrize("vertex", [1, 2, 3, -1])
def test_vertices_without_layers_or_profile_are_refused(vertex):
    with pytest.raises(BrainseekError, match=f"vertex {vertex} has no layers .* one of the 1 of 3"):
        CortexRenderer(made_tissue())(vertex, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [({"size": 0}, "a picture of 0 pixels"), ({"pixel_um": -1.0}, r"pixel size -1\.0 must be")],
)
def test_impossible_settings_are_refused(settings, problem):
    with pytest.raises(BrainseekError, match=problem):
        RenderSettings(**settings)


def test_real_layers_and_profiles_are_those_of_the_files(real, shared_data):
    data = np.load(shared_data / "bigbrain-surface" / "bigbrain_10k_compact.npz")
    n = len(data["L_schaefer400"])
    assert len(real.thickness_um) == 2 * n
    for vertex in (3, 700, n + 12, n + 9000):
        side, row = ("L", vertex) if vertex < n else ("R", vertex - n)
        assert np.allclose(
            real.thickness_um[vertex], 1000 * data[f"{side}_layer_thickness_mm"][row]
        )
        value = int(data[f"{side}_schaefer400"][row])
        expected = -1 if value == 0 else value - 1 + (200 if side == "R" else 0)
        assert real.parcel[vertex] == expected
    assert np.allclose(real.darkness, 1 - data["schaefer400_profiles_50x400"] / 65535, atol=1e-6)


def test_real_cells_are_counted_by_layer(real, shared_data):
    cells = np.loadtxt(shared_data / "bigbrain-surface" / "segments.txt")
    assert [len(areas) for areas in real.areas_um2] == np.bincount(cells[:, 3].astype(int))[
        1:
    ].tolist()
    # All layers together hold all cells: densities times heights give the count back.
    assert real.per_mm2.min() > 200
    assert real.per_mm2.max() < 2000
    overall = len(cells) / (np.ptp(cells[:, 0]) * cells[:, 1].max()) * 1e6
    assert real.per_mm2.min() < overall < real.per_mm2.max()
    assert real.per_mm2.argmin() == 0  # layer 1 is poor in cells


def test_mean_darkness_follows_the_real_profile(real):
    settings = RenderSettings(size=256, pixel_um=12.0, bend_um=0.0)
    renderer = CortexRenderer(real, settings)
    found = []
    for vertex in np.flatnonzero(real.usable)[500::3200]:
        dark = np.mean(
            [
                1 - renderer(int(vertex), np.random.default_rng(k)).image.mean(1) / 255
                for k in range(4)
            ],
            axis=0,
        )
        depth = (np.arange(256) + 0.5) * settings.pixel_um - settings.outside_um
        total = real.thickness_um[vertex].sum()
        inside = (depth > 0) & (depth < total)
        known = real.darkness[:, real.parcel[vertex]]
        expected = np.interp(depth[inside], np.linspace(0, total, 50), known)
        found.append(np.corrcoef(dark[inside], expected)[0, 1])
        assert dark[inside].mean() == pytest.approx(expected.mean(), abs=0.01)
    assert len(found) >= 6
    assert min(found) > 0.8


def test_drawn_cells_have_the_real_sizes(real):
    from scipy.stats import ks_2samp

    renderer = CortexRenderer(real, RenderSettings())
    patch = renderer(int(np.flatnonzero(real.usable)[4000]), np.random.default_rng(0))
    for layer in (2, 3, 5, 6):
        drawn = patch.areas_um2[patch.layers == layer]
        known = real.areas_um2[layer - 1]
        assert np.isin(drawn, known).all()
        assert ks_2samp(drawn, known).pvalue > 1e-3
    assert ks_2samp(patch.areas_um2[patch.layers == 2], real.areas_um2[4]).pvalue < 1e-3
