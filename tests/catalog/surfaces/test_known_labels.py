"""The names of the areas of a surface, where they are and where they are not."""

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.vertex_labels import kept_labels, known_labels


def test_areas_are_the_labels_of_the_surface(shared_data, monkeypatch):
    labels, reason = known_labels("fsaverage5", "julich")
    assert labels is not None
    assert len(labels.ids) == len(load_surface("fsaverage5"))
    assert known_labels("fsaverage5") == (labels, "") == (labels, reason), "the first ones"
    with pytest.raises(BrainseekError, match="no labels 'brodmann'"):
        known_labels("fsaverage5", "brodmann")
    kept_labels.cache_clear()
    monkeypatch.delenv("BRAINSEEK_MIRROR")
    labels, reason = known_labels("fsaverage5")
    assert labels is None
    assert "julich-brain" in reason
    with pytest.raises(BrainseekError, match="julich-brain"):
        known_labels("fsaverage5", "julich")
    assert known_labels("my mesh") == (None, "no areas are known on my mesh.")
