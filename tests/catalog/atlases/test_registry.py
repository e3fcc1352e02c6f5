"""What every atlas promises, checked on all of them."""

import subprocess
import sys

import numpy as np
import pytest

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import atlas_names, load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT
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
