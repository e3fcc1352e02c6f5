"""What compares sections with plates, with a hardly trained encoder."""

import numpy as np
import pytest

from benchmarks.shared.plate_methods import (
    HUMAN,
    command_for,
    encoder_method,
    is_here,
    pixel_method,
)
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections.section import section_from_array
from brainseek.embedder.preprocessing.section_gray import Preprocessing
from brainseek.trainers.release.release import release


def test_seeds_lie_in_their_own_folder(tiny_human, short_run):
    release(short_run, f"{HUMAN}-seed1", folder=tiny_human / "seeds")
    assert is_here(f"{HUMAN}-seed1", tiny_human / "seeds")
    assert not is_here(f"{HUMAN}-seed1")
    method = encoder_method("seed", f"{HUMAN}-seed1", tiny_human / "seeds")
    assert (np.diff(method.plates) > 0).all()
    assert "folder=Path('weights/seeds')" in command_for("x", "plates", tiny_human / "seeds")


def test_pixels_are_correlated():
    method = pixel_method("pixels", "mni152", Preprocessing(size=32))
    atlas = load_atlas("mni152")
    picture = section_from_array(atlas.plate_image(40))
    prepared = [Preprocessing(size=32)(one.image).ravel() for one in (picture,)]
    other = Preprocessing(size=32)(atlas.plate_image(7)).ravel()
    row = method.similarity([picture])[0]
    assert row.argmax() == 39
    assert row[6] == pytest.approx(np.corrcoef(prepared[0], other)[0, 1], abs=1e-4)
