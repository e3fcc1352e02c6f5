"""The methods paragraph and the notes say what was done, and nothing else."""

from dataclasses import replace

import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.registration.alignment.alignment import Quality
from brainseek.registration.results.methods_text import methods_text
from brainseek.registration.results.section_result import (
    RegisteredSection,
    SectionPlace,
    SectionResult,
)
from brainseek.registration.run.preparation import atlas_notes
from brainseek.registration.run.settings import RegisterSettings
from tests.catalog.atlases.made_atlas import made_atlas

ONE = RegisteredSection(
    place=SectionPlace("alone", 40, None),
    plate=40,
    hemisphere="both",
    centre_um=(0.0, 0.0, 0.0),
    method="affine+bspline",
    labels="the annotation 'tissue' of the plates",
    features="feet@12345678",
    quality=Quality(0.5, 0.9, 0.0, True, None),
    seconds=1.0,
    pixel_size_um=2.0,
    estimated_pixel_size_um=None,
    versions=(("SimpleITK", "2.5"),),
    slice=None,
    picture=b"",
)
MIRRORED = "on the left half they are mirrored"


def text(*sections, atlas="mni152", encoder="eyes@87654321"):
    return methods_text([result(one) for one in sections], atlas, encoder)[0]


def result(one):
    return SectionResult("a.png", 1, one, error=None if one else "no")


def test_a_section_alone():
    said = text(ONE)
    assert "One section was registered to the atlas mni152" in said
    assert "encoder eyes@87654321, as the nearest neighbour among the plates." in said
    assert "as the encoder feet@12345678 sees them" in said
    assert "refined to the plate by an affine and then a B-spline transform" in said
    assert "(SimpleITK 2.5)" in said
    assert "The atlas labels (the annotation 'tissue' of the plates) were carried" in said
    assert "mean cosine similarity of these features" in said
    for other in ("half", "angles", "cut", "given", "series"):
        assert other not in said


def test_a_tilted_series_of_the_right_half():
    tilted = replace(
        ONE, place=SectionPlace("series", 40, (0.0, 4.0, -3.25)), plate=None, hemisphere="right",
        method="affine", labels=None,
    )  # fmt: skip
    said = text(tilted, tilted)
    assert "found from the whole series (pitch 4.0°, yaw -3.2°)" in said
    assert "to the cut of the atlas' volume at its place and these angles" in said
    assert "Only the right half of the atlas" in said
    assert "refined to the cut by an affine transform that" in said
    assert "labels" not in said


def test_given_plates_and_planes_are_told_apart():
    plate = replace(ONE, place=SectionPlace("given", 40, None))
    plane = replace(plate, place=SectionPlace("given", None, (0.0, 0.0, 10.0)), plate=None)
    said = text(plate, plane, plane, encoder=None)
    assert (
        "The plane of 2 was given, as a cut of the atlas' volume (pitch 0.0°, yaw 10.0°)." in said
    )
    assert "The plate of 1 was given." in said
    assert "refined to the plate or cut" in said


def test_sections_that_failed_are_counted_only():
    said = text(None, encoder=None)
    assert "0 sections were registered" in said
    assert "1 of 1 files could not be registered." in said
    assert "aligned" not in said


def test_references_of_planes_are_those_of_the_atlas():
    for name, work in (
        ("mouse-ccf@sagittal", "Wang Q"),
        ("julich-brain", "Amunts K"),
        ("mni152@horizontal", "Fonov V"),
    ):
        assert any(one.startswith(work) for one in methods_text([result(ONE)], name, None)[1])


def test_labels_are_called_mirrored_only_where_they_are(shared_data):
    atlas = load_atlas("mouse-nissl")

    def notes(**more):
        return " ".join(atlas_notes(atlas, RegisterSettings(**more)))

    assert MIRRORED in notes()
    assert MIRRORED in notes(plate=70)
    assert MIRRORED in notes(plate=70, hemisphere="left")
    assert MIRRORED not in notes(plate=70, hemisphere="right")
    assert MIRRORED not in notes(plane=(6000.0, 0.0, 0.0))
    assert MIRRORED not in notes(series=True, tilted=True)


@pytest.mark.parametrize("more", [{"plane": (0.0, 0.0, 0.0)}, {"series": True, "tilted": True}])
def test_missing_labels_of_planes_are_told(more):
    settings = RegisterSettings(atlas="mni152", **more)
    assert any(
        "no annotation volume" in note
        for note in atlas_notes(made_atlas("coronal", False), settings)
    )
    assert not any("no annotation" in note for note in atlas_notes(made_atlas(), settings))
