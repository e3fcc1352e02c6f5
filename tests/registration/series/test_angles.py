"""Shared angles of a series of cuts through a made-up brain with a known answer."""

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.sections.section import section_from_array
from brainseek.catalog.volumes.volume import Volume
from brainseek.registration.series.angles import SeriesAngles, series_angles, shared_angles
from brainseek.registration.series.placed_series import Member, PlacedSeries


def made_brain() -> Volume:
    """An ellipsoid of 200 µm voxels with smooth insides."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    shape = (50, 36, 50)
    i, j, k = (np.indices(shape) - (np.array(shape)[:, None, None, None] - 1) / 2) / 1.0
    inside = (i / 23) ** 2 + (j / 14) ** 2 + (k / 20) ** 2 < 1
    texture = gaussian_filter(rng.normal(0, 1, shape), 2)
    data = np.where(inside, 120 + 60 * texture / texture.std(), 0).clip(0, 255)
    names = ("AP", "DV", "ML")
    return Volume(data.astype(np.float32), (200.0,) * 3, (100.0,) * 3, names, names)


@pytest.mark.parametrize(("pitch", "yaw"), [(5.0, -6.0)])
def test_the_angles_of_a_tilted_series_are_found(pitch, yaw):
    brain = made_brain()
    places = np.linspace(3500, 6500, 4)
    cuts = []
    for number, place in enumerate(places):
        cut = brain.cut(float(place), (pitch, yaw)).clip(0, 255).astype(np.uint8)
        if number == 1:
            cut[:, :20] = 0
        cuts.append(section_from_array(cut, 200.0))
    found = shared_angles(cuts, places + np.array([150.0, -150, 150, 150]), brain)
    assert abs(found.pitch_deg - pitch) < 1
    assert abs(found.yaw_deg - yaw) < 1
    assert abs(found.shift_um + 150) < 60
    assert found.plane(1000.0)[0] == 1000 + found.shift_um


def test_sections_that_disagree_are_told():
    steady = SeriesAngles(1.0, 2.0, (0.5, 0.5), 0.0, 8)
    assert len(steady.sentences()) == 1
    assert "1.0 ± 0.5°" in steady.sentences()[0]
    doubtful = SeriesAngles(1.0, 2.0, (0.5, 4.0), 0.0, 8)
    assert "disagree" in doubtful.sentences()[1]


class _MadeAtlas:
    name = "made"
    positions_um = np.linspace(0, 10_000, 50)

    def __init__(self, volume: Volume | None) -> None:
        self.volume = volume


def test_too_few_sections_and_atlases_without_a_volume_are_refused():
    members = tuple(Member(f"{n}", n, n, 4000.0 + n, 4000.0 + n, 0.9, bad=n > 1) for n in range(4))
    answer = PlacedSeries(members, (0, 1, 2, 3), False, 100.0)
    read = [section_from_array(np.eye(20, dtype=np.uint8))] * 4
    with pytest.raises(BrainseekError, match="at least 3 good sections"):
        series_angles(read.__getitem__, answer, _MadeAtlas(made_brain()))  # type: ignore[arg-type]
    with pytest.raises(BrainseekError, match="no volume"):
        series_angles(read.__getitem__, answer, _MadeAtlas(None))  # type: ignore[arg-type]
