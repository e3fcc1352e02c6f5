"""Atlases cut from volumes: every orientation and tilt against direct indexing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainseek.catalog.atlases.registry import load_atlas, split_name
from brainseek.catalog.atlases.volume_atlas import VolumeAtlas, reoriented
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.volume import ORIENTATIONS, Volume
from brainseek.registration.alignment.target import target_from_plane, target_from_plate
from tests.catalog.atlases.made_atlas import (
    MEANINGS,
    SPACE,
    Volumes,
    label_at,
    made_atlas,
    made_labels,
)

LABELS = made_labels()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_plate_labels_and_pictures_lie_where_their_planes_say(orientation):
    atlas = made_atlas(orientation)
    template = atlas.source.volume
    for number in (1, len(atlas.plates) // 2, len(atlas.plates)):
        plate, plane = atlas.plate(number), atlas.plane(number)
        image, labels = atlas.plate_image(number), atlas.annotation(number)
        assert image.shape == labels.shape == (plate.height_px, plate.width_px)
        cut_axis = SPACE.index(atlas.volume.axes[0])
        for row in range(plate.height_px):
            for column in range(plate.width_px):
                point = plane.point((column + 0.5) / plate.width_px, (row + 0.5) / plate.height_px)
                assert point[cut_axis] == pytest.approx(plate.position_um)
                at = [
                    round((point[SPACE.index(n)] - o) / s)
                    for n, o, s in zip(
                        template.axes, template.origin_um, template.step_um, strict=True
                    )
                ]
                assert (image[row, column] > 0) == (template.data[tuple(at)] > 0)
                # A plate lies between two layers of the finer labels, so either may be taken.
                shifted = list(point)
                shifted[cut_axis] += 1.0
                near = list(point)
                near[cut_axis] -= 1.0
                assert labels[row, column] in {label_at(p, LABELS) for p in (shifted, near)}


@settings(max_examples=40, deadline=None)
@given(
    orientation=st.sampled_from(list(ORIENTATIONS)),
    share=st.floats(0.2, 0.8),
    pitch=st.floats(-30, 30),
    yaw=st.floats(-30, 30),
)
def test_tilted_targets_agree_with_direct_indexing(orientation, share, pitch, yaw):
    """Atlas µm of a target pixel → label of the voxel that holds that point."""
    atlas = made_atlas(orientation)
    ends = atlas.positions_um[[0, -1]]
    position = float(ends[0] + share * (ends[1] - ends[0]))
    target = target_from_plane(atlas, (position, (pitch, yaw)), (21, 23), 90.0)
    pixels = np.stack(np.mgrid[:21, :23], axis=-1).reshape(-1, 2).astype(float)
    wrong = 0
    for (row, column), point in zip(
        pixels.astype(int), target.to_atlas_um(pixels).tolist(), strict=True
    ):
        near = {
            label_at([c + d * e for c, d in zip(point, direction, strict=True)], LABELS)
            for direction in ((1, 1, 1), (1, -1, 1), (-1, 1, 1), (1, 1, -1))
            for e in (1e-3, -1e-3)
        }
        wrong += target.labels[row, column] not in near
    assert wrong == 0
    expected = atlas.volume.cut(position, (pitch, yaw), (21, 23), 90.0)
    np.testing.assert_allclose(target.image, expected, atol=1e-2)


def test_directions_of_the_pictures():
    """Brighter to the back, the top and the right, in every plane."""
    means = {}
    for orientation in ORIENTATIONS:
        atlas = made_atlas(orientation)
        image = atlas.plate_image(len(atlas.plates) // 2).astype(float)
        rows, columns = np.nonzero(image)
        down = np.polyfit(rows, image[rows, columns], 1)[0]
        right = np.polyfit(columns, image[rows, columns], 1)[0]
        means[orientation] = (down < 0, right > 0)
    assert means["coronal"] == (True, True)  # top brighter, right brighter
    assert means["sagittal"] == (True, True)  # top brighter, columns run to the back
    assert means["horizontal"] == (False, True)  # rows run to the back


@pytest.mark.parametrize(
    ("orientation", "name", "axis", "first", "last"),
    [
        ("coronal", "made", "y in µm, positive = front", 1400.0, -600.0),
        ("sagittal", "made@sagittal", "x in µm, positive = right", -850.0, 750.0),
        ("horizontal", "made@horizontal", "z in µm, positive = up", 600.0, -800.0),
    ],
)
def test_names_axes_and_places_of_plates(orientation, name, axis, first, last):
    atlas = made_atlas(orientation)
    assert (atlas.name, atlas.axis) == (name, axis)
    assert [p.number for p in atlas.plates] == list(range(1, len(atlas.plates) + 1))
    assert atlas.positions_um[0] == first
    assert atlas.positions_um[-1] == last
    assert set(np.abs(np.diff(atlas.positions_um))) == {200.0}
    assert orientation in atlas.description


def test_turning_goes_back_and_forth():
    atlas = made_atlas()
    there = reoriented(atlas, "sagittal")
    assert reoriented(there, "coronal").name == "made"
    assert reoriented(reoriented(there, "horizontal"), "sagittal").positions_um.tolist() == (
        there.positions_um.tolist()
    )
    assert any("wrong side" in remark for remark in there.remarks)
    assert made_atlas("sagittal", home="sagittal").name == "made"


def test_without_annotation():
    atlas = made_atlas(labels=False)
    assert atlas.annotation_volume is None
    with pytest.raises(BrainseekError, match="made has no annotation, only pictures"):
        atlas.annotation(1)
    target = target_from_plate(atlas, 3)
    assert target.image.any()
    assert not target.labels.any()
    assert not target_from_plane(atlas, (400.0, (5.0, 0.0))).labels.any()


def test_labels_on_one_side_of_a_picture_are_not_taken_for_a_half():
    labels = made_labels()
    labels.data[:24] = 0  # only the back, which is the right of sagittal pictures
    source = Volumes(made_atlas().source.volume, labels, made_atlas().structures)
    atlas = VolumeAtlas("made", "", source, coordinates=MEANINGS, spacing_um=200,
                        space_axes=SPACE, orientation="sagittal")  # fmt: skip
    target = target_from_plate(atlas, 4)
    assert not target.labels[:, :11].any()
    assert target.labels[:, 14:].any()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: load_atlas("mni152@axial"), r"plane 'axial' of 'mni152@axial' is not known; .*@h"),
        (lambda: load_atlas("lego@sagittal"), "'lego@sagittal' is not known; choose one of mni152"),
        (lambda: load_atlas("mouse-nissl@sagittal"), r"use mouse-ccf@sagittal"),
        (lambda: made_atlas().volume.oriented("axial"), "plane 'axial' is not known"),
        (lambda: made_atlas().annotation(1, mirror=True), "covers both hemispheres"),
        (lambda: made_atlas().annotation_volume.cut(0.0), "labels can't be interpolated"),
        (lambda: target_from_plane(made_atlas("sagittal"), (9e5, (0, 0))), "misses the volume"),
    ],
)
def test_wrong_questions(call, sentence):
    with pytest.raises(BrainseekError, match=sentence):
        call()


def test_volumes_and_spacings_that_make_no_atlas():
    tree = StructureTree([Structure(1, "root", "root", None, (0, 0, 0))])
    flat = Volume(np.full((4, 5, 6), 7.0), (1.0,) * 3, (0.0,) * 3, SPACE, SPACE)
    with pytest.raises(BrainseekError, match="same value everywhere"):
        _ = VolumeAtlas(
            "flat", "", Volumes(flat, None, tree), coordinates=MEANINGS, spacing_um=1
        ).plates
    with pytest.raises(BrainseekError, match="spacing -5 of the plates of bad"):
        VolumeAtlas("bad", "", Volumes(flat, None, tree), coordinates=MEANINGS, spacing_um=-5)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("mni152", ("mni152", None)),
        ("mouse-ccf@horizontal", ("mouse-ccf", "horizontal")),
        ("some/folder@home/a.yaml", ("some/folder@home/a.yaml", None)),
        ("some/folder@home/a.yml@sagittal", ("some/folder@home/a.yml", "sagittal")),
        ("brainglobe:allen_mouse_25um@coronal", ("brainglobe:allen_mouse_25um", "coronal")),
    ],
)
def test_names_are_split(name, parts):
    assert split_name(name) == parts


def test_the_embedded_atlas_in_all_planes():
    """The tissue labels of mni152 in another plane are those of its coronal volume."""
    coronal = load_atlas("mni152")
    for orientation, position in (("sagittal", 20_000.0), ("horizontal", 8_000.0)):
        atlas = load_atlas(f"mni152@{orientation}")
        number = int(np.argmin(np.abs(atlas.positions_um - position))) + 1
        assert atlas.plate(number).position_um == position
        assert np.median(np.abs(np.diff(atlas.positions_um))) == 2000
        labels, plane = atlas.annotation(number), atlas.plane(number)
        volume = coronal.annotation_volume
        height, width = labels.shape
        for row, column in np.random.default_rng(0).integers(0, 180, (60, 2)):
            point = plane.point((column + 0.5) / width, (row + 0.5) / height)
            at = [
                round((point[SPACE.index(n)] - o) / s)
                for n, o, s in zip(volume.axes, volume.origin_um, volume.step_um, strict=True)
            ]
            assert labels[row, column] == volume.data[tuple(at)]
    assert load_atlas("mni152@coronal").name == "mni152"
