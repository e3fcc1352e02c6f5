"""What every atlas promises, checked on all of them; and the structure tree."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import atlas_names, load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.volume import ORIENTATIONS

OTHER_PLANES = [
    "mni152@sagittal",
    "mni152@horizontal",
    "mouse-ccf@sagittal",
    "mouse-ccf@horizontal",
    "julich-brain@sagittal",
    "mouse-mri-fvb@horizontal",
]


@pytest.fixture(params=[*atlas_names(), *OTHER_PLANES])
def atlas(request) -> Atlas:
    name = request.param
    if name.startswith("mni152"):
        return load_atlas(name)
    shared = request.getfixturevalue("shared_data")
    folder = shared / "mouse-mri-fvb" if name.startswith("mouse-mri-fvb") else None
    return load_atlas(name, folder)


def test_plates_are_numbered_from_1_and_ordered(atlas):
    assert [plate.number for plate in atlas.plates] == list(range(1, len(atlas.plates) + 1))
    steps = np.diff(atlas.positions_um)
    assert np.median(np.abs(steps)) <= 2000
    assert abs(np.sign(steps).sum()) > 0.9 * len(steps)  # one direction
    assert atlas.name in (*atlas_names(), *OTHER_PLANES)
    assert atlas.axis in atlas.coordinates
    assert atlas.orientation in ORIENTATIONS
    assert atlas.description


def test_images_labels_planes_and_sizes_agree(atlas):
    for number in (len(atlas.plates) // 2, len(atlas.plates) // 3):
        plate = atlas.plate(number)
        image = atlas.plate_image(number)
        assert image.dtype == np.uint8
        assert image.shape == (plate.height_px, plate.width_px)
        for source in atlas.annotation_sources:
            labels = atlas.annotation(number, source=source)
            assert labels.dtype == np.int32
            assert labels.shape == image.shape
            assert set(np.unique(labels)) - {0} <= {s.id for s in atlas.structures}
        plane = atlas.plane(number)
        assert np.linalg.norm(plane.u) / plate.width_px == pytest.approx(
            atlas.pixel_size_um(number), rel=1e-3
        )
        cut = atlas.space_axes.index(atlas.volume.axes[0])
        assert plane.point(0.5, 0.5)[cut] == pytest.approx(plate.position_um, abs=1)
        assert atlas.volume.cut_plane(plane, (50, 60)).max() > 0
        labels = atlas.annotation_volume.cut_plane(plane, (50, 60), order=0)
        assert labels.any()
        assert set(np.unique(labels)) - {0} <= {s.id for s in atlas.structures}


def test_unknown_plate_source_and_atlas(atlas):
    with pytest.raises(BrainseekError, match=r"has no plate 0; its plates are 1 to"):
        atlas.plate_image(0)
    with pytest.raises(BrainseekError, match="has no annotation 'atlas-of-atlases'; choose one of"):
        atlas.annotation(5, source="atlas-of-atlases")
    with pytest.raises(BrainseekError, match="'mouse-lego' is not known; choose one of mni152, mo"):
        load_atlas("mouse-lego")


def test_importing_the_catalog_is_light():
    program = (
        "import sys, brainseek.catalog.atlases.registry, brainseek.catalog.sections.section; "
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        check=True,
    )
    heavy = {"torch", "scipy", "pandas", "nibabel", "nilearn", "tifffile", "PIL", "cv2", "skimage"}
    assert not heavy & set(done.stdout.split())


def grey_tree() -> StructureTree:
    rows = [(1, "A", None), (2, "B", 1), (3, "C", 1), (4, "D", 2), (5, "E", 4)]
    return StructureTree(Structure(i, a, a.lower(), p, (i, i, i)) for i, a, p in rows)


def test_structure_tree_relations():
    tree = grey_tree()
    assert tree.root.id == 1
    assert len(tree) == 5
    assert 5 in tree
    assert 9 not in tree
    assert [s.id for s in tree] == [1, 2, 3, 4, 5]
    assert [s.id for s in tree.children(1)] == [2, 3]
    assert [s.id for s in tree.ancestors(5)] == [1, 2, 4]
    assert [s.id for s in tree.descendants(1)] == [2, 3, 4, 5]
    assert tree.descendants(5) == ()
    assert tree.ancestors(1) == ()
    assert tree.by_acronym["D"] is tree[np.int32(4)]
    with pytest.raises(BrainseekError, match="id 9 is not in the tree"):
        tree[9]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(1, None), (1, None)], "appears twice"),
        ([(1, None), (2, None)], "2 roots"),
        ([(1, 2), (2, 1)], "0 roots"),
        ([(1, None), (2, 7)], "unknown parent 7"),
    ],
)
def test_structure_tree_refuses(rows, message):
    with pytest.raises(BrainseekError, match=message):
        StructureTree(Structure(i, str(i), "", p, (0, 0, 0)) for i, p in rows)


def test_structure_table(tmp_path: Path):
    table = tmp_path / "s.csv"
    table.write_text(
        "id,acronym,name,parent_id,color_hex_triplet\n8,g,Grey,,0080FF\n9,c,C,8,000000\n"
    )
    tree = StructureTree.from_csv(table)
    assert tree.root == Structure(8, "g", "Grey", None, (0, 128, 255))
    assert tree[9].parent_id == 8
    for text in ("id,name\n1,x\n", "id,acronym,name,parent_id,color_hex_triplet\n1,a,b,,12\n"):
        table.write_text(text)
        with pytest.raises(BrainseekError, match=r"s\.csv is not a table of structures"):
            StructureTree.from_csv(table)
