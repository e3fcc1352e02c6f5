"""Hemisections: which half goes, and what the alignment of a real half plate gains."""

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections.section import section_from_array
from brainseek.registration.alignment.hemisphere import check_hemisphere
from brainseek.registration.alignment.target import target_from_plane, target_from_plate
from brainseek.registration.run.preparation import prepare_run
from brainseek.registration.run.settings import RegisterSettings
from tests.catalog.atlases.made_atlas import made_atlas


@pytest.mark.parametrize("orientation", ["coronal", "horizontal"])
@pytest.mark.parametrize("plane", [None, (400.0, (12.0, -15.0)), (-300.0, (-20.0, 8.0))])
def test_each_pixel_stays_or_goes_by_its_point(orientation, plane):
    """x = 0 is the middle of the made volume, for tilted planes too."""
    atlas = made_atlas(orientation)

    def target(hemisphere):
        if plane is None:
            return target_from_plate(atlas, 4, hemisphere=hemisphere)
        return target_from_plane(atlas, plane, (40, 44), 60.0, hemisphere=hemisphere)

    both, left, right = target("both"), target("left"), target("right")
    pixels = np.argwhere(np.ones(both.image.shape, bool)).astype(float)
    for (row, column), (x, _, _) in zip(
        pixels.astype(int), both.to_atlas_um(pixels).tolist(), strict=True
    ):
        kept, lost = (left, right) if x < 0 else (right, left)
        assert kept.image[row, column] == both.image[row, column]
        assert kept.labels[row, column] == both.labels[row, column]
        assert lost.image[row, column] == 0
        assert lost.labels[row, column] == 0
    assert left.image[:, : left.image.shape[1] // 4].any()
    assert not left.image[:, -left.image.shape[1] // 4 :].any()


def test_expert_labels_part_the_mouse_plates(shared_data):
    atlas = load_atlas("mouse-nissl")
    labelled = atlas.annotation(70) > 0
    left, right = (target_from_plate(atlas, 70, hemisphere=half) for half in ("left", "right"))
    assert (right.labels[labelled] > 0).mean() > 0.98
    assert not right.labels[:, :480].any()
    assert (left.labels[labelled] > 0).mean() < 0.02
    assert (left.labels > 0).sum() == pytest.approx((right.labels > 0).sum(), rel=0.1)


def test_halves_that_do_not_exist(tmp_path):
    sagittal = made_atlas("sagittal")
    with pytest.raises(BrainseekError, match="sagittal plane of made@sagittal has no left half"):
        target_from_plate(sagittal, 3, hemisphere="left")
    with pytest.raises(BrainseekError, match="sagittal plane"):
        target_from_plane(sagittal, (0.0, (0.0, 0.0)), hemisphere="right")
    with pytest.raises(BrainseekError, match="'upper' is not known; choose one of both, left"):
        check_hemisphere(made_atlas(), "upper")
    check_hemisphere(sagittal, "both")
    settings = RegisterSettings(atlas="mni152@sagittal", plate=9, hemisphere="left")
    with pytest.raises(BrainseekError, match="sagittal"):
        prepare_run([tmp_path / "a.png"], tmp_path / "out", settings)


def half_plate(number: int, target_number: int) -> dict[str, float]:
    """Dice of coarse blocks of labels after aligning a right half plate, by hemisphere setting.

    The section is the right half of one plate, turned and darkened; the target is another
    plate. Its own expert labels are the truth.
    """
    cv2 = pytest.importorskip("cv2")
    from brainseek.registration.alignment.align import align

    atlas = load_atlas("mouse-nissl")
    own = target_from_plate(atlas, number, hemisphere="right")
    height, width = own.image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 8, 0.92)
    gray = (255 * (own.image / 255.0) ** 1.4).astype(np.uint8)
    picture = cv2.warpAffine(gray, turn, (width, height))
    truth = cv2.warpAffine(own.labels.astype(np.float64), turn, (width, height), flags=0)
    parents = coarse(atlas)
    wanted = parents[np.searchsorted(parents[:, 0], truth.astype(np.int64)), 1]
    found = {}
    for half in ("right", "both"):
        target = target_from_plate(atlas, target_number, hemisphere=half)
        labels = align(section_from_array(picture), target).labels()
        given = parents[np.searchsorted(parents[:, 0], labels), 1]
        scores = []
        for id_ in np.unique(wanted[wanted > 0]):
            a, b = wanted == id_, (given == id_)
            if a.sum() > 500:
                scores.append(2 * (a & b).sum() / (a.sum() + b.sum()))
        found[half] = float(np.mean(scores))
    return found


def coarse(atlas) -> np.ndarray:
    """Sorted pairs of a structure and the one of 12 large ones that holds it, (n, 2)."""
    tree = atlas.structures
    names = ("Isocortex", "OLF", "HPF", "CTXsp", "STR", "PAL", "TH", "HY", "MB", "HB", "CB")
    large = [tree.by_acronym[name].id for name in names]
    rows = {0: 0}
    for structure in tree:
        above = {structure.id, *(s.id for s in tree.ancestors(structure.id))}
        rows[structure.id] = next((id_ for id_ in large if id_ in above), 0)
    return np.array(sorted(rows.items()), np.int64)


def test_a_half_plate_aligns_better_when_its_half_is_known(shared_data):
    pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    found = half_plate(70, 71)
    assert found["right"] > 0.8
    assert found["right"] > found["both"] + 0.1
