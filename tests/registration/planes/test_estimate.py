"""The plane of one section: made-up volumes with a known answer, and the gallery of cuts."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from brainseek import BrainseekError
from brainseek.catalog.sections.section import section_from_array
from brainseek.catalog.volumes.volume import Volume
from brainseek.registration.planes.cuts import CutSettings, tilted_cuts, volume_of
from brainseek.registration.planes.estimate import estimate_plane
from brainseek.registration.planes.refine import refine_planes


@pytest.fixture(scope="module")
def volume() -> Volume:
    """A textured ellipsoid, 60 by 44 by 52 voxels of 200 µm."""
    rng = np.random.default_rng(0)
    shape = (60, 44, 52)
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    inside = sum(x**2 for x in grid) < 0.8
    texture = gaussian_filter(rng.normal(size=shape), 2.5)
    data = np.where(inside, 300 + 150 * texture / np.abs(texture).max(), 0).astype(np.float32)
    step = (200.0,) * 3
    return Volume(data, step, (100.0,) * 3, ("AP", "DV", "ML"), ("AP", "DV", "ML"))


def picture(volume: Volume, plane: tuple[float, float, float]) -> np.ndarray:
    cut = volume.cut(plane[0], plane[1:], pixel_size_um=100.0)
    return np.clip(cut / 450 * 255, 0, 255).astype(np.uint8)


def check(found, plane: tuple[float, float, float]) -> None:
    assert abs(found.position_um - plane[0]) < 60
    assert abs(found.pitch_deg - plane[1]) < 1
    assert abs(found.yaw_deg - plane[2]) < 1


@pytest.mark.parametrize("plane", [(6000.0, 5.0, -7.0), (7200.0, -6.0, 3.0)])
def test_a_near_start_is_refined_to_the_plane(volume, plane):
    start = np.array([[plane[0] + 200, plane[1] - 3, plane[2] + 2]])
    check(refine_planes(section_from_array(picture(volume, plane), 100.0), volume, start)[0], plane)


def test_a_negative_and_a_piece_are_found_too(volume):
    plane = (6400.0, 4.0, -4.0)
    whole = picture(volume, plane)
    negative = np.where(whole > 0, 300 - whole.astype(int), 0).clip(0, 255).astype(np.uint8)
    piece = whole.copy()
    piece[:, 60:] = 0
    for image in (negative, piece):
        found = refine_planes(
            section_from_array(image, 100.0), volume, np.array([[6600.0, 2.0, -2.0]])
        )
        check(found[0], plane)


def test_the_sign_of_the_yaw_is_told(volume):
    plane = (6000.0, 2.0, -8.0)
    starts = np.array([[6000.0, 2.0, 8.0], [6000.0, 2.0, -8.0]])
    found = refine_planes(section_from_array(picture(volume, plane), 100.0), volume, starts)
    check(found[0], plane)


def test_the_gallery_covers_both_angles_and_leaves_out_empty_ends(volume):
    planes = tilted_cuts(volume, CutSettings(step_um=500.0, widest_deg=10.0, angle_step_deg=5.0))
    assert set(planes[:, 1]) == {-10.0, -5.0, 0.0, 5.0, 10.0}
    assert set(planes[:, 2]) == {0.0, 5.0, 10.0}
    assert planes[:, 0].min() > 500
    assert planes[:, 0].max() < 11500
    assert len(np.unique(planes, axis=0)) == len(planes)


class Small:
    """An atlas that is only a volume."""

    name = "made-up"

    def __init__(self, volume):
        self.volume = volume


class Corners:
    """An encoder that sees a picture as 8 by 8 grays."""

    identity, dim = "corners@00000000", 64

    def embed(self, images, *, progress=False):
        import cv2

        rows = []
        for image in images:
            pixels = getattr(image, "image", image).astype(np.float32)
            small = cv2.resize(pixels, (8, 8), interpolation=cv2.INTER_AREA).ravel()
            rows.append(small - small.mean())
        found = np.stack(rows)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_plane_is_estimated_through_the_gallery(volume, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path))
    settings = CutSettings(step_um=600.0, widest_deg=10.0, angle_step_deg=5.0)
    plane = (6100.0, 3.0, 6.0)
    section = section_from_array(picture(volume, plane), 100.0)
    for _ in range(2):  # the second time the gallery is there
        found = estimate_plane(section, Small(volume), encoder=Corners(), settings=settings)
        assert abs(found.position_um - plane[0]) < 60
        assert abs(found.tilt_deg[0] - plane[1]) < 1
        assert abs(found.tilt_deg[1] - plane[2]) < 1
        assert found.sd_um >= 50
    rough = estimate_plane(
        section, Small(volume), encoder=Corners(), settings=settings, refine=False
    )
    assert abs(rough.position_um - plane[0]) < 600


def test_what_can_not_be_estimated_is_said(volume):
    with pytest.raises(BrainseekError, match="no volume"):
        volume_of(Small(None))
    section = section_from_array(picture(volume, (6000.0, 0.0, 0.0)), 100.0)
    with pytest.raises(BrainseekError, match="k = 0"):
        estimate_plane(section, Small(volume), k=0, encoder=Corners())


def test_a_section_that_lies_upside_down_is_turned(volume, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path))
    settings = CutSettings(step_um=600.0, widest_deg=10.0, angle_step_deg=5.0)
    image = np.ascontiguousarray(picture(volume, (6100.0, 3.0, 6.0))[::-1, ::-1])
    section = section_from_array(image, 100.0)
    found = estimate_plane(section, Small(volume), encoder=Corners(), settings=settings)
    assert found.turned_deg == 180
    assert abs(found.position_um - 6100.0) < 60
    assert abs(found.tilt_deg[1] - 6.0) < 1
