"""BrainGlobe atlases: the format on disk with the real package, everything else with a stand-in."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from tests.catalog.atlases.made_brainglobe import (
    NAME,
    RESOLUTION_UM,
    STRUCTURES,
    made_volumes,
    write_brainglobe,
)


@pytest.fixture(params=["package", "stand-in"])
def opened(request, tmp_path: Path, monkeypatch) -> Path:
    """The folder of a made atlas, with the real package or one of the same shape."""
    write_brainglobe(tmp_path)
    if request.param == "package":
        pytest.importorskip("brainglobe_atlasapi", reason="brainglobe-atlasapi is not installed")
    else:
        stand_in(monkeypatch, tmp_path)
    return tmp_path


def stand_in(monkeypatch, root: Path) -> None:
    """Put a package in place that answers as brainglobe-atlasapi 3 does."""

    class MadeAtlas:
        def __init__(self, name: str, brainglobe_dir: Path, check_latest: bool) -> None:
            assert not check_latest
            assert brainglobe_dir == root
            self.atlas_name, self.orientation, self.resolution = name, "asr", RESOLUTION_UM
            self.metadata = {"species": "Mus musculus"}
            self.fs: Any = None
            self.structures_list = [
                {"id": i, "acronym": a, "name": f"{a} name", "structure_id_path": [*up, i],
                 "rgb_triplet": [10, 11, i % 99]}
                for i, a, up in STRUCTURES
            ]  # fmt: skip

        template = property(lambda self: made_volumes()[0])
        annotation = property(lambda self: made_volumes()[1])

    package, config = ModuleType("brainglobe_atlasapi"), ModuleType("brainglobe_atlasapi.config")
    package.BrainGlobeAtlas = MadeAtlas  # type: ignore[attr-defined]
    config.get_brainglobe_dir = lambda: root  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brainglobe_atlasapi", package)
    monkeypatch.setitem(sys.modules, "brainglobe_atlasapi.config", config)


def test_plates_labels_and_structures(opened):
    atlas = load_atlas(f"brainglobe:{NAME}", opened)
    template, annotation = made_volumes()
    assert (atlas.name, atlas.encoder) == (NAME, "plates-mouse-nissl")
    assert atlas.volume.voxel_size_um == RESOLUTION_UM
    assert atlas.structures.root.acronym == "root"
    assert [s.acronym for s in atlas.structures.ancestors(9)] == ["root", "grey"]
    plate = atlas.plates[len(atlas.plates) // 2]
    labels, plane = atlas.annotation(plate.number), atlas.plane(plate.number)
    assert {8, 9, 1009} == set(np.unique(labels)) - {0}
    for row in range(0, plate.height_px, 3):
        for column in range(0, plate.width_px, 2):
            point = plane.point((column + 0.5) / plate.width_px, (row + 0.5) / plate.height_px)
            ap, dv, ml = (int(p // size) for p, size in zip(point, RESOLUTION_UM, strict=True))
            # The files run to the left, points from the left.
            assert labels[row, column] == annotation[ap, dv, template.shape[2] - 1 - ml]


def test_other_planes(opened):
    atlas = load_atlas(f"brainglobe:{NAME}@horizontal", opened)
    assert atlas.name == f"{NAME}@horizontal"
    assert atlas.axis == "DV in µm from the top"
    image = atlas.plate_image(atlas.plates[3].number)
    assert image.shape == (25, 18)  # pixels of 40 µm


def test_a_missing_atlas_is_named_and_nothing_is_downloaded(opened):
    with pytest.raises(BrainseekError, match="brainglobe install -a lego_mouse_25um"):
        load_atlas("brainglobe:lego_mouse_25um", opened)


def test_volumes_that_were_never_fetched(tmp_path):
    pytest.importorskip("brainglobe_atlasapi", reason="brainglobe-atlasapi is not installed")
    write_brainglobe(tmp_path, with_volumes=False)
    atlas = load_atlas(f"brainglobe:{NAME}", tmp_path)
    with pytest.raises(BrainseekError, match="are not all on this machine; get them with"):
        atlas.plate_image(1)


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "brainglobe_atlasapi", None)
    with pytest.raises(BrainseekError, match=r'pip install "brainseek\[brainglobe\]"'):
        load_atlas("brainglobe:allen_mouse_25um")


def test_an_atlas_along_other_axes_is_refused():
    from brainseek.catalog.atlases.brainglobe import BrainGlobeSource

    with pytest.raises(BrainseekError, match="runs along 'psl'"):
        BrainGlobeSource(SimpleNamespace(orientation="psl", atlas_name="old"))
