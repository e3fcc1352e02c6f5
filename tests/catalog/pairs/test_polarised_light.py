"""Maps of polarised light imaging: the real small section, and a made one with directions."""

import numpy as np
import pytest
import tifffile

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.catalog.pairs.polarised_light import pli_pair, read_pli
from tests.catalog.pairs.made_pairs import disc, smooth_field


def test_the_real_section(shared_data):
    maps = read_pli(shared_data / "pli-section", 64.0)
    assert list(maps) == ["transmittance", "retardation"]
    transmittance = tifffile.imread(shared_data / "pli-section" / "NTransmittance.tiff")
    image, mask = maps["transmittance"].image, maps["transmittance"].mask
    assert 0.35 < mask.mean() < 0.75
    assert transmittance[mask].mean() < 0.7 < transmittance[~mask & (transmittance > 0)].mean()
    assert np.corrcoef(image[mask], transmittance[mask])[0, 1] < -0.99
    assert image[transmittance == 0].max() == 0
    raw = tifffile.imread(shared_data / "pli-section" / "Retardation.tiff")
    clear = raw < np.percentile(raw, 99)
    assert np.corrcoef(maps["retardation"].image[clear], raw[clear])[0, 1] > 0.999

    pair = pli_pair(maps, "pli")
    assert pair.modalities == ("transmittance", "retardation")
    frame = PairFrame(16, 64.0)
    centres = tissue_centres(pair, frame, 1024.0)
    first, second = cut_pair(pair, centres, frame)
    assert len(centres) > 20
    row, column = np.rint(centres[5] - 7.5).astype(int)
    window = np.s_[row : row + 16, column : column + 16]
    assert np.abs(first[5].astype(int) - image[window]).mean() < 12
    assert np.abs(second[5].astype(int) - maps["retardation"].image[window]).mean() < 12


@pytest.fixture
def folder(tmp_path):
    mask = disc((90, 70))
    write(
        tmp_path,
        "s_NTransmittance.tif",
        np.where(mask, 0.4, 0.9) + smooth_field((90, 70), 3, 0) / 20,
    )
    write(tmp_path, "s_Retardation.tif", mask * smooth_field((90, 70), 3, 1))
    write(tmp_path, "s_Direction.tif", 180 * smooth_field((90, 70), 5, 2))
    return tmp_path


def write(folder, name, values):
    tifffile.imwrite(folder / name, values.astype(np.float32))


def test_directions_become_sine_and_cosine_of_the_doubled_angle(folder):
    maps = read_pli(folder, 4.0)
    assert list(maps) == ["transmittance", "retardation", "direction-sin", "direction-cos"]
    phi = np.deg2rad(tifffile.imread(folder / "s_Direction.tif"))
    mask = maps["direction-sin"].mask
    for name, expected in (("sin", np.sin(2 * phi)), ("cos", np.cos(2 * phi))):
        image = maps[f"direction-{name}"].image
        np.testing.assert_allclose((image[mask] - 128.0) / 127, expected[mask], atol=1 / 250)
        assert not image[~mask].any()
    write(folder, "s_Direction.tif", phi)
    same = read_pli(folder, 4.0, "radians")["direction-sin"].image
    assert np.abs(same.astype(int) - maps["direction-sin"].image).max() <= 1
    files = [folder / "s_NTransmittance.tif", folder / "s_Retardation.tif"]
    assert list(read_pli(files, 4.0)) == ["transmittance", "retardation"]
    assert pli_pair(maps, "x", 3, ("retardation", "direction-cos")).group == 3


def test_faults_are_named(folder):
    maps = read_pli(folder, 4.0)
    with pytest.raises(BrainseekError, match="no map 'nissl'; choose from transmittance"):
        pli_pair(maps, "x", modalities=("nissl", "retardation"))
    with pytest.raises(BrainseekError, match="more than a full turn in radians"):
        read_pli(folder, 4.0, "radians")
    write(folder, "s_Direction.tif", 3 * smooth_field((90, 70), 5, 2))
    with pytest.raises(BrainseekError, match="looks like radians"):
        read_pli(folder, 4.0)
    write(folder, "s_Retardation.tif", smooth_field((90, 71), 3, 1))
    with pytest.raises(BrainseekError, match=r"retardation map has the shape \(90, 71\)"):
        read_pli(folder, 4.0)
    write(folder, "t_Retardation.tif", smooth_field((90, 70), 3, 1))
    with pytest.raises(BrainseekError, match="both are retardation maps"):
        read_pli(folder, 4.0)
    with pytest.raises(BrainseekError, match="names no transmittance map"):
        read_pli([folder / "s_Retardation.tif"], 4.0)
    with pytest.raises(BrainseekError, match="is no folder of PLI maps"):
        read_pli(folder / "none", 4.0)
