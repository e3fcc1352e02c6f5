"""Atlases from NIfTI files and a YAML: made ones in every storage order, and the real ones."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from tests.catalog.made_nifti import AFFINE, YAML, save, volumes, write_toy


def test_labels_and_structures_of_two_files(tmp_path):
    atlas = load_atlas(str(write_toy(tmp_path)))
    assert (atlas.name, atlas.annotation_sources) == ("toy", ("labels",))
    assert atlas.space_axes == ("x", "y", "z")
    names = {s.id: s.name for s in atlas.structures}
    assert names == {103: "root", 1: "lower left", 2: "upper left", 101: "lower right",
                     102: "upper right"}  # fmt: skip
    assert len({s.colour for s in atlas.structures}) >= 3
    plate = atlas.plate(len(atlas.plates) // 2)
    labels = atlas.annotation(plate.number)
    # x < 0 is left in the picture; z above 3 mm is up.
    assert set(np.unique(labels[:, : labels.shape[1] // 2])) == {0, 1, 2}
    assert set(np.unique(labels[:, labels.shape[1] // 2 :])) == {0, 101, 102}
    assert labels[5, 8] == 2
    assert labels[12, 12] == 101
    assert atlas.remarks == ()


@pytest.mark.parametrize("codes", ["RAS", "LPI", "ASR", "SLP"])
def test_every_storage_order_gives_the_same_atlas(tmp_path, codes):
    (tmp_path / "ras").mkdir()
    expected = load_atlas(str(write_toy(tmp_path / "ras")))
    path = write_toy(tmp_path)
    for file in ("template", "left", "right"):
        image = nib.load(tmp_path / f"{file}.nii.gz")
        turn = nib.orientations.ornt_transform(
            nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(codes)
        )
        turned = image.as_reoriented(turn)
        assert "".join(nib.aff2axcodes(turned.affine)) == codes
        nib.save(turned, tmp_path / f"{file}.nii.gz")
    found = load_atlas(str(path))
    assert found.positions_um.tolist() == expected.positions_um.tolist()
    for plate in (3, 10):
        np.testing.assert_array_equal(found.plate_image(plate), expected.plate_image(plate))
        np.testing.assert_array_equal(found.annotation(plate), expected.annotation(plate))
        np.testing.assert_allclose(found.plane(plate).o, expected.plane(plate).o)


@pytest.mark.parametrize("orientation", ["coronal", "sagittal", "horizontal"])
def test_points_by_the_affine_of_the_file(tmp_path, orientation):
    """Label and grey value at a point through the inverse affine, voxel by voxel."""
    atlas = load_atlas(f"{write_toy(tmp_path)}@{orientation}")
    template, left, right = volumes()
    truth = np.where(left > 0, left, np.where(right > 0, right + 100, 0))
    back = np.linalg.inv(AFFINE)
    number = len(atlas.plates) // 2
    labels, image, plane = atlas.annotation(number), atlas.plate_image(number), atlas.plane(number)
    height, width = labels.shape
    for row in range(height):
        for column in range(width):
            mm = np.array(plane.point((column + 0.5) / width, (row + 0.5) / height)) / 1000
            voxel = tuple(np.rint(back @ [*mm, 1.0])[:3].astype(int))
            assert labels[row, column] == truth[voxel]
            assert (image[row, column] > 0) == (template[voxel] > 0)


def test_labels_of_another_voxel_size(tmp_path):
    path = write_toy(tmp_path)
    _, left, right = volumes()
    fine = AFFINE @ np.diag([0.5, 0.5, 0.5, 1])
    fine[:3, 3] = AFFINE[:3, 3] - 0.25
    for name, data in (("left", left), ("right", right)):
        save(tmp_path / f"{name}.nii.gz", np.kron(data, np.ones((2, 2, 2))), fine)
    atlas = load_atlas(str(path))
    assert atlas.annotation_volume.voxel_size_um == (500.0, 500.0, 500.0)
    coarse = np.where(left > 0, left, np.where(right > 0, right + 100, 0))
    expected = coarse[:, :, ::-1].transpose(1, 2, 0)[::-1]
    index = round((atlas.volume.origin_um[0] - atlas.plate(9).position_um) / 1000)
    np.testing.assert_array_equal(atlas.annotation(9), expected[index])


def test_units_and_other_planes_and_spacing(tmp_path):
    text = YAML + "unit_um: 100\nplane: sagittal\nspace_axes: [R, A, S]\nremarks: [mind this]\n"
    path = write_toy(tmp_path, text.replace("spacing_um: 1000", "spacing_um: 200"))
    atlas = load_atlas(str(path))
    assert atlas.name == "toy"
    assert atlas.orientation == "sagittal"
    assert atlas.volume.axes == ("R", "S", "A")
    assert atlas.volume.voxel_size_um == pytest.approx((100, 100, 100))
    assert set(np.diff(atlas.positions_um)) == {200.0}
    assert atlas.remarks[0] == "mind this"
    assert load_atlas(f"{path}@coronal").name == "toy@coronal"


def test_labels_without_names(tmp_path):
    path = write_toy(tmp_path)
    (tmp_path / "names.csv").write_text("label,structure_name,color_hex_triplet\n1,low,0A0B0C\n")
    atlas = load_atlas(str(path))
    assert atlas.structures[2].name == "label 2"
    assert atlas.structures[101].colour == (10, 11, 12)
    (remark,) = atlas.remarks
    assert remark.startswith("2 labels of toy have no name in names.csv")
    assert remark.endswith("2, 102.")
    (tmp_path / "names.csv").write_text("id,name\n7,foreign\n")
    with pytest.raises(BrainseekError, match=r"names\.csv has none of the 4 labels of toy"):
        _ = load_atlas(str(path)).structures


def test_parents_in_the_table(tmp_path):
    path = write_toy(tmp_path, YAML.replace(", offset: 100", "").replace('suffix: " right"', ""))
    (tmp_path / "toy.yaml").write_text(
        YAML.replace('  - {file: left.nii.gz, suffix: " left"}\n', "").replace("offset: 100", "")
    )
    (tmp_path / "names.csv").write_text(
        "id,acronym,name,parent_id\n9,all,everything,\n1,lo,lower,9\n2,up,upper,9\n"
    )
    atlas = load_atlas(str(path))
    assert atlas.structures.root.acronym == "all right"
    assert [s.acronym for s in atlas.structures.children(9)] == ["lo right", "up right"]


SHEAR = np.array([[1.0, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda d: (d / "template.nii.gz").unlink(), r"template\.nii\.gz is missing"),
        (lambda d: (d / "template.nii.gz").write_bytes(b"x" * 99), "can't be read as NIfTI"),
        (lambda d: (d / "names.csv").unlink(), r"names\.csv is missing"),
        (lambda d: (d / "names.csv").write_text("a,b\n1,2\n"), "is not a table of labels"),
        (lambda d: save(d / "template.nii.gz", volumes()[0], SHEAR), r"oblique .* \(by 5\.7°\)"),
        (lambda d: save(d / "left.nii.gz", volumes()[1] * 0.9), "so they are no labels"),
        (lambda d: save(d / "left.nii.gz", -volumes()[1]), "labels from -2 to 0"),
        (lambda d: save(d / "left.nii.gz", volumes()[1][:-1]), "has other voxels than the label"),
        (lambda d: save(d / "template.nii.gz", np.zeros((4, 4, 4, 3))), "needs one volume"),
    ],
)
def test_damaged_files(tmp_path: Path, damage, sentence):
    path = write_toy(tmp_path)
    damage(tmp_path)
    atlas = load_atlas(str(path))
    with pytest.raises(BrainseekError, match=sentence):
        _ = atlas.plates, atlas.structures


def test_labels_beside_their_template(tmp_path):
    path = write_toy(tmp_path)
    far = AFFINE.copy()
    far[0, 3] += 500
    for name, data in zip(("left", "right"), volumes()[1:], strict=True):
        save(tmp_path / f"{name}.nii.gz", data, far)
    with pytest.raises(BrainseekError, match=r"centred at x = 500000 µm, outside template"):
        load_atlas(str(path)).annotation(3)


def test_nearly_whole_labels_are_rounded(tmp_path):
    path = write_toy(tmp_path)
    save(tmp_path / "left.nii.gz", volumes()[1] * 1.002)
    assert set(np.unique(load_atlas(str(path)).annotation_volume.data)) == {0, 1, 2, 101, 102}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("name: toy", "names: toy"), "unknown key 'names' in toy.yaml; known are name, desc"),
        (("name: toy", "name: a toy"), "name in toy.yaml is 'a toy'; write letters"),
        (("template: template.nii.gz", ""), "lacks the key 'template'"),
        (("offset: 100", "offset: ten"), "offset in toy.yaml is 'ten'"),
        (("offset: 100", "ofset: 100"), "unknown key 'ofset' in labels of toy.yaml"),
        (("spacing_um: 1000", "spacing_um: -1"), "spacing_um in toy.yaml is -1"),
        (("structures: names.csv\n", ""), "has labels but no structures"),
        (("spacing_um: 1000", "plane: axial"), "plane in toy.yaml is 'axial'; write one of"),
        (("spacing_um: 1000", "space_axes: [AP, DV, ML]"), "mean CCFv3"),
        (("spacing_um: 1000", "remarks: one"), "remarks in toy.yaml is 'one'; write a list"),
        (("spacing_um: 1000", "  : ["), "is not valid YAML"),
        ((YAML, "- 1\n- 2\n"), "does not hold an atlas"),
        ((", offset: 100", ""), "a second name in toy.yaml; give the label files different"),
        (("spacing_um: 1000", "data_set: lego"), "Unknown data set 'lego'"),
    ],
)
def test_damaged_descriptions(tmp_path, change, sentence):
    path = write_toy(tmp_path, YAML.replace(*change))
    with pytest.raises(BrainseekError, match=sentence):
        _ = load_atlas(str(path)).structures


def test_a_missing_description(tmp_path):
    with pytest.raises(BrainseekError, match=r"no\.yaml can't be read; check its name"):
        load_atlas(str(tmp_path / "no.yaml"))


def test_julich_brain(shared_data):
    atlas = load_atlas("julich-brain")
    labels = atlas.annotation_volume
    _, _, x = labels.axes
    assert x == "x"
    places = np.nonzero((labels.data > 0) & (labels.data < 1000))[2]
    assert labels.origin_um[2] + labels.step_um[2] * places.mean() < -20_000
    tree = atlas.structures
    assert tree[1].name == "Area 3b (PostCG) left"
    assert tree[1001].name == "Area 3b (PostCG) right"
    assert tree[1].colour == tree[1001].colour == (71, 46, 154)
    assert len(tree) == 2 * 207 + 1
    plane = atlas.plane(30)
    stored = nib.load(shared_data / "julich-brain" / "JulichBrainAtlas31_RH.nii.gz")
    data, back = np.asarray(stored.dataobj), np.linalg.inv(stored.affine)
    found = atlas.annotation(30)
    height, width = found.shape
    for row, column in np.random.default_rng(0).integers(0, (height, width), (300, 2)):
        mm = np.array(plane.point((column + 0.5) / width, (row + 0.5) / height)) / 1000
        value = int(data[tuple(np.rint(back @ [*mm, 1.0])[:3].astype(int))])
        assert (found[row, column] == 1000 + value) if value else found[row, column] < 1000


def test_mouse_mri(shared_data):
    atlas = load_atlas("mouse-mri-fvb", shared_data / "mouse-mri-fvb")
    assert len(atlas.structures) == 41
    assert any("do not rely on the side" in remark for remark in atlas.remarks)
    left = atlas.structures[1]
    assert left.name == "Left Hippocampus"
    volume = atlas.annotation_volume
    columns = np.nonzero(volume.data == 1)[2]
    assert columns.mean() > volume.data.shape[2] / 2  # as its README warns
    assert atlas.encoder == "plates-mouse-nissl"
