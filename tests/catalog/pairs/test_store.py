"""Prepared pairs come back as they were, and a folder is never half written."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.store import load_pairs, save_pairs
from brainseek.catalog.pairs.transforms import AffinePixels, grid_of
from tests.catalog.pairs.made_pairs import made_pair


def some_pairs():
    affine = made_pair(1, side=64)
    dense = replace(
        made_pair(2, side=48),
        transform=grid_of(affine.transform, (48, 48), 8.0),
        to_atlas=grid_of(affine.to_atlas, (48, 48), 8.0),
    )
    return [affine, dense, replace(made_pair(3, side=40), atlas=None, to_atlas=None)]


def test_pairs_come_back_as_they_were(tmp_path):
    pairs, points = some_pairs(), np.random.default_rng(0).uniform(0, 30, (9, 2))
    found = load_pairs(save_pairs(pairs, tmp_path / "deep" / "made"))
    for old, new in zip(pairs, found, strict=True):
        assert (old.name, old.group, old.atlas) == (new.name, new.group, new.atlas)
        for a, b in ((old.first, new.first), (old.second, new.second)):
            np.testing.assert_array_equal(a.image, b.image)
            np.testing.assert_array_equal(a.mask, b.mask)
            assert (a.modality, a.pixel_um) == (b.modality, b.pixel_um)
        np.testing.assert_array_equal(old.transform(points), new.transform(points))
        np.testing.assert_array_equal(old.places_um(points), new.places_um(points))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["made"]


class FullDisk(AffinePixels):
    """A transform with which writing a pair fails."""

    def arrays(self):
        raise OSError("disk full")


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    folder = save_pairs(some_pairs(), tmp_path / "made")
    save_pairs(some_pairs()[:1], folder)
    assert len(load_pairs(folder)) == 1

    whole, failing = made_pair(1), replace(made_pair(2), transform=FullDisk(np.eye(3)))
    with pytest.raises(BrainseekError, match="disk full"):
        save_pairs([whole, failing], folder)
    assert len(load_pairs(folder)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_faults_are_named(tmp_path):
    with pytest.raises(BrainseekError, match=r"holds no readable pairs\.csv"):
        load_pairs(tmp_path)
    with pytest.raises(BrainseekError, match="no pair to be kept"):
        save_pairs([], tmp_path / "made")
    with pytest.raises(BrainseekError, match="two pairs are named 'made 1'"):
        save_pairs([made_pair(1), made_pair(1)], tmp_path / "made")
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(BrainseekError, match="holds other files than pairs"):
        save_pairs(some_pairs(), tmp_path)
    folder = save_pairs(some_pairs(), tmp_path / "made")
    (folder / "00001.npz").write_bytes((folder / "00001.npz").read_bytes()[:200])
    with pytest.raises(BrainseekError, match=r"is damaged \(00001\.npz"):
        load_pairs(folder)
    (folder / "00001.npz").unlink()
    with pytest.raises(BrainseekError, match=r"is damaged \(00001\.npz"):
        load_pairs(folder)
