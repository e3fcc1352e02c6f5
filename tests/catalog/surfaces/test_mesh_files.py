"""Mesh files of three kinds, units, hemispheres, and what is refused."""

import nibabel as nib
import numpy as np
import pytest
from nibabel.freesurfer.io import write_geometry
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiMetaData

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.registry import load_surface
from tests.catalog.surfaces.made_surface import grid, icosphere, two_spheres

VERTICES, FACES = icosphere(1)


def write_gifti(path, vertices_mm, faces, structure=None, triangles_first=True):
    meta = GiftiMetaData({"AnatomicalStructurePrimary": structure} if structure else {})
    arrays = [
        GiftiDataArray(faces.astype(np.int32), intent="NIFTI_INTENT_TRIANGLE"),
        GiftiDataArray(vertices_mm.astype(np.float32), intent="NIFTI_INTENT_POINTSET", meta=meta),
    ]
    nib.save(GiftiImage(darrays=arrays if triangles_first else arrays[::-1]), path)
    return path


def write(folder, kind):
    """Write the sphere in mm as a file of some kind."""
    if kind == "gifti":
        return write_gifti(folder / "a.surf.gii", VERTICES / 1000, FACES)
    if kind == "freesurfer":
        write_geometry(folder / "rh.pial", VERTICES / 1000, FACES)
        return folder / "rh.pial"
    np.savez(folder / "a.npz", vertices=VERTICES / 1000, faces=FACES)
    return folder / "a.npz"


@pytest.mark.parametrize("kind", ["gifti", "freesurfer", "npz"])
def test_every_kind_gives_the_same_mesh(tmp_path, kind):
    found = load_surface(write(tmp_path, kind), units="mm", hemisphere="right", space="mine")
    np.testing.assert_allclose(found.vertices_um, VERTICES, atol=0.01)
    np.testing.assert_array_equal(found.faces, FACES)
    assert found.side("right").all()
    assert (found.space, found.kind, found.inner_um) == ("mine", "unknown", None)
    assert "names no medial wall" in found.remarks[0]
    assert found.vertices_um.dtype == np.float64
    assert found.faces.dtype == np.int32


def test_micrometres_and_the_order_of_gifti_arrays(tmp_path):
    path = write_gifti(tmp_path / "a.gii", VERTICES, FACES, "CortexLeft", triangles_first=False)
    found = load_surface(str(path), units="um")
    assert found.side("left").all()
    np.testing.assert_allclose(found.vertices_um, VERTICES, atol=0.01)
    zipped = write_gifti(tmp_path / "a.gii.gz", VERTICES / 1000, FACES, "CortexRight")
    assert load_surface(zipped, units="mm").side("right").all()


def test_an_archive_may_say_everything(tmp_path):
    both = two_spheres(1)
    cortex = np.arange(len(both)) % 3 > 0
    path = tmp_path / "a.npz"
    np.savez(path, vertices=both.vertices_um, faces=both.faces, hemisphere=both.hemisphere,
             cortex=cortex, inner=0.99 * both.vertices_um)  # fmt: skip
    found = load_surface(path, units="um")
    np.testing.assert_array_equal(found.cortex, cortex)
    np.testing.assert_array_equal(found.hemisphere, both.hemisphere)
    np.testing.assert_allclose(found.mid_um, 0.995 * both.vertices_um)
    assert found.remarks == ()
    with pytest.raises(BrainseekError, match="leave hemisphere away"):
        load_surface(path, units="um", hemisphere="left")
    np.savez(path, vertices=VERTICES, faces=FACES, hemisphere=np.zeros(3))
    with pytest.raises(BrainseekError, match=r"shape \(3,\); give \(42,\)"):
        load_surface(path, units="um")


def test_two_parts_are_two_hemispheres(tmp_path):
    both = two_spheres(1)
    for turn in (1, -1):
        path = write_gifti(tmp_path / "a.gii", turn * both.vertices_um, both.faces[:, ::turn])
        found = load_surface(path, units="um")
        np.testing.assert_array_equal(found.hemisphere == 1, found.vertices_um[:, 0] > 0)
    with pytest.raises(BrainseekError, match=r"left hemisphere of a\.gii has 2 components"):
        load_surface(path, units="um", hemisphere="left")
    assert load_surface(path, units="um", hemisphere="left", closed=False).side("left").all()


def test_holes_pinches_and_turned_triangles(tmp_path):
    def save(faces, vertices=VERTICES):
        np.savez(tmp_path / "a.npz", vertices=vertices, faces=faces)

    def load(**given):
        return load_surface(tmp_path / "a.npz", units="um", hemisphere="left", **given)

    save(FACES[1:])
    with pytest.raises(BrainseekError, match=r"has holes: 3 edges belong to one triangle only"):
        load()
    assert len(load(closed=False).faces) == len(FACES) - 1
    turned = FACES.copy()
    turned[0] = turned[0, ::-1]
    save(turned)
    with pytest.raises(BrainseekError, match="opposite senses at 3 edges"):
        load()
    save(np.concatenate([FACES, FACES[:1]]))
    with pytest.raises(BrainseekError, match=r"3 edges of a\.npz belong to more than two"):
        load()
    save(*grid(5)[::-1])
    with pytest.raises(BrainseekError, match="16 edges belong to one triangle"):
        load()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, 'units of a.npz are None.*units="mm"'),
        ({"units": "cm"}, "units of a.npz are 'cm'"),
        ({"units": "um", "hemisphere": "left"}, "unit was mixed up"),
        ({"units": "mm"}, "does not say which hemisphere"),
        ({"units": "mm", "hemisphere": "lh"}, "'lh' is not known"),
        ({"units": "mm", "path": "/"}, "leave path away"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, given, message):
    with pytest.raises(BrainseekError, match=message):
        load_surface(write(tmp_path, "npz"), **given)


def test_a_file_that_contradicts_the_caller_is_refused(tmp_path):
    with pytest.raises(BrainseekError, match=r"rh\.pial says that it is the right hemisphere"):
        load_surface(write(tmp_path, "freesurfer"), units="mm", hemisphere="left")


def test_names_are_not_files():
    with pytest.raises(
        BrainseekError, match=r"'fsaverage6' is not known; choose one of fsaverage5"
    ):
        load_surface("fsaverage6")
    with pytest.raises(BrainseekError, match="leave units"):
        load_surface("fsaverage5", units="mm")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gii", b"not xml", "can't be read as a mesh"),
        ("a.npz", b"PK", "can't be read as a mesh"),
        ("lh.pial", b"\xff\xff\xfe", "can't be read as a mesh"),
        ("a.stl", b"solid", "is no mesh that brainseek reads"),
    ],
)
def test_damaged_and_foreign_files(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BrainseekError, match=message):
        load_surface(tmp_path / name, units="mm")


def test_missing_files_and_arrays(tmp_path):
    with pytest.raises(BrainseekError, match=r"none\.gii is missing"):
        load_surface(tmp_path / "none.gii", units="mm")
    np.savez(tmp_path / "a.npz", vertices=VERTICES)
    with pytest.raises(BrainseekError, match="lacks 'faces'"):
        load_surface(tmp_path / "a.npz", units="mm")
    np.savez(tmp_path / "a.npz", vertices=VERTICES, faces=FACES, colour=FACES)
    with pytest.raises(BrainseekError, match="unknown array 'colour'"):
        load_surface(tmp_path / "a.npz", units="mm")
    np.savez(tmp_path / "a.npz", vertices=VERTICES, faces=FACES * 1.0)
    with pytest.raises(BrainseekError, match="stored as float64"):
        load_surface(tmp_path / "a.npz", units="mm")
    values = GiftiDataArray(np.zeros(4, np.float32), intent="NIFTI_INTENT_SHAPE")
    nib.save(GiftiImage(darrays=[values]), tmp_path / "map.gii")
    with pytest.raises(BrainseekError, match="0 arrays of NIFTI_INTENT_POINTSET"):
        load_surface(tmp_path / "map.gii", units="mm")
