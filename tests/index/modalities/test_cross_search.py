"""Both modalities in one collection; from one stain to the other."""

import json

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import (
    PairFrame,
    cut_pair,
    cut_upright,
    tissue_centres,
    tissue_grid,
)
from brainseek.catalog.sections.section import section_from_array
from brainseek.index.collection import Collection
from brainseek.index.maintain.export import export_collection
from brainseek.index.maintain.info import collection_info
from brainseek.index.modalities.cross_search import cross_search
from brainseek.index.modalities.paired_rows import index_pairs
from brainseek.index.modalities.patch_png import patch_of_png, patch_png
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_pair

FRAME = PairFrame(32, 25.0)


@pytest.fixture(scope="module")
def encoder():
    return SeeingEncoder()


@pytest.fixture
def pairs():
    return [made_pair(0, atlas=None), made_pair(1, atlas=None)]


@pytest.fixture
def collection(tmp_path, encoder, pairs):
    return index_pairs(tmp_path / "c", encoder, pairs, 600.0, progress=False).collection


def test_both_images_are_there_with_window_and_picture(collection, encoder, pairs):
    rows = collection.rows()
    centres = tissue_centres(pairs[0], FRAME, 600.0)
    assert len(rows) == 2 * sum(len(tissue_centres(p, FRAME, 600.0)) for p in pairs) > 40
    assert collection.encoder == encoder.identity
    for side, modality in enumerate(("nissl", "autofluorescence")):
        image = (pairs[0].first, pairs[0].second)[side]
        here = collection.rows(f"modality = '{modality}' and source_uri like '%/made 0/%'")
        there = {json.loads(row["note"])["place"]: row for row in here}
        assert sorted(there) == list(range(len(centres)))
        pictures = collection.thumbnails(f"modality = '{modality}'")
        for number, row in there.items():
            patch = cut_pair(pairs[0], centres, FRAME)[side][number]
            np.testing.assert_array_equal(patch_of_png(pictures[row["id"]]), patch)
            np.testing.assert_allclose(
                collection.vector(row["id"]), encoder.embed(patch[None], modality)[0], atol=1e-6
            )
            top, left = row["window_row"], row["window_column"]
            window = image.image[max(top, 0) : top + 32, max(left, 0) : left + 32]
            cut = patch[max(-top, 0) :, max(-left, 0) :][: window.shape[0], : window.shape[1]]
            # Middles lie between pixels, so the window is up to half a pixel off.
            assert np.abs(cut.astype(int) - window).mean() < 12
            assert row["structure"] is None
            assert row["ap_um"] is None


def test_a_second_run_changes_nothing(tmp_path, collection, encoder, pairs):
    before = collection.ids()
    again = index_pairs(tmp_path / "c", encoder, pairs, 600.0, progress=False)
    assert again.written == len(before)
    assert again.collection.ids() == before


def test_place_and_structure_come_from_the_atlas(tmp_path, encoder, shared_data):
    pair = made_pair(0)
    collection = index_pairs(tmp_path / "c", encoder, [pair], 700.0, progress=False).collection
    centres = tissue_centres(pair, FRAME, 700.0)
    from brainseek.catalog.atlases.registry import load_atlas

    atlas = load_atlas("mouse-ccf")
    labels = atlas.annotation_volume
    named = 0
    for row in collection.rows("modality = 'autofluorescence'"):
        row_px, column_px = centres[json.loads(row["note"])["place"]]
        place = (7000.0, 1500 + 25 * row_px, 3000 + 25 * column_px)
        assert (row["ap_um"], row["dv_um"], row["ml_um"]) == pytest.approx(place)
        voxel = tuple(round((x - 12.5) / 25) for x in place)
        label = int(labels.ids[labels.data[voxel]])
        assert row["structure_id"] == (label or None)
        if label:
            named += 1
            assert row["structure"] == atlas.structures[label].acronym
    assert named > 10


def test_the_same_place_is_found_in_the_other_stain(collection, encoder, pairs):
    centres = tissue_centres(pairs[1], FRAME, 600.0)
    first, second = cut_pair(pairs[1], centres, FRAME)
    inner = ((centres > 16) & (centres < np.array(pairs[1].first.image.shape) - 17)).all(axis=1)
    assert inner.sum() > 10
    stored = {
        one: [collection.vector(name) for name in collection.ids(f"modality = '{one}'")]
        for one in encoder.modalities
    }
    for number in np.flatnonzero(inner)[::3].tolist():
        for query, modality, find in (
            (first, "nissl", "autofluorescence"), (second, "autofluorescence", "nissl"),
        ):  # fmt: skip
            hits = cross_search(
                query[number], collection, encoder=encoder, modality=modality, find=find, k=3
            )
            assert {hit.row["modality"] for hit in hits} == {find}
            assert json.loads(hits[0].row["note"]) == {
                "pair": "made 1", "group": 1, "place": number,
            }  # fmt: skip
            # By hand: the largest product with the vectors of that modality.
            vector = encoder.embed(query[number][None], modality)[0]
            scores = sorted((float(v @ vector) for v in stored[find]), reverse=True)
            np.testing.assert_allclose(hits.scores, scores[:3], atol=1e-6)


def test_conditions_files_scale_and_bright_field(tmp_path, collection, encoder, pairs):
    centres = tissue_centres(pairs[0], FRAME, 600.0)
    middle = np.linalg.norm(centres - (80, 100), axis=1).argmin()
    patch = cut_pair(pairs[0], centres, FRAME)[0][middle]
    want = {"encoder": encoder, "modality": "nissl", "find": "autofluorescence"}
    best = cross_search(patch, collection, **want)[0]
    path = tmp_path / "patch.png"
    path.write_bytes(patch_png(patch))
    assert cross_search(path, collection, pixel_um=25, **want)[0].row == best.row
    assert cross_search(path, str(collection.uri), pixel_um=25, **want)[0].row == best.row
    light = section_from_array(255 - patch, 25.0)
    assert cross_search(light, collection, bright_field=True, **want)[0].row == best.row
    assert cross_search(light, collection, **want)[0].score < best.score
    fine = np.kron(patch, np.ones((2, 2), np.uint8))
    assert cross_search(fine, collection, pixel_um=12.5, **want)[0].row == best.row
    either = "source_uri like '%made 1%' or source_uri like '%nothing%'"
    other = cross_search(patch, collection, where=either, **want)
    assert {hit.row["source_uri"] for hit in other} == {"pair://pairs/made 1/autofluorescence"}


def test_bad_input_is_one_sentence(tmp_path, collection, encoder, pairs):
    patch = pairs[0].first.image[:32, :32]
    for modality, find in (("pli", "nissl"), ("nissl", "pli")):
        with pytest.raises(BrainseekError, match=r"'pli'.*nissl, autofluorescence"):
            cross_search(patch, collection, encoder=encoder, modality=modality, find=find)
    other = SeeingEncoder(name="other")
    with pytest.raises(BrainseekError, match="written by encoder made@"):
        cross_search(patch, collection, encoder=other, modality="nissl", find="nissl")
    with pytest.raises(BrainseekError, match="written by encoder made@"):
        index_pairs(tmp_path / "c", other, pairs, progress=False)
    with pytest.raises(BrainseekError, match="too small"):
        cross_search(
            patch, collection, encoder=encoder, modality="nissl", find="nissl", pixel_um=10
        )
    with pytest.raises(BrainseekError, match="none of 2 pairs has a patch of 800 µm with 100%"):
        index_pairs(
            tmp_path / "d", encoder, [made_pair(0, (30, 30), None), made_pair(1, (30, 30), None)],
            every_um=3000.0, least_tissue=1.0, progress=False,
        )  # fmt: skip
    assert not (tmp_path / "d").exists()
    with pytest.raises(BrainseekError, match="'retardation' is unknown"):
        index_pairs(tmp_path / "d", encoder, [renamed(pairs[0])], progress=False)


def renamed(pair):
    from dataclasses import replace

    second = pair.second
    return replace(pair, second=type(second)(second.image, 25.0, "retardation", second.mask))


def test_modality_is_filtered_counted_and_exported(tmp_path, collection):
    import pyarrow.parquet as pq

    count = len(collection.rows("modality = 'nissl'"))
    assert {(g.modality, g.rows) for g in collection_info(collection).groups} == {
        ("nissl", count), ("autofluorescence", count),
    }  # fmt: skip
    export_collection(collection, tmp_path / "rows.parquet", "modality <> 'nissl'")
    table = pq.read_table(tmp_path / "rows.parquet")
    assert table["modality"].to_pylist() == ["autofluorescence"] * count
    copy = Collection.create(tmp_path / "copy", collection.encoder, collection.dim)
    copy.add_table(table)
    assert {row["modality"] for row in copy.rows()} == {"autofluorescence"}


def test_upright_patches_are_those_of_the_first_of_a_pair(pairs):
    pair = pairs[0]
    for frame in (FRAME, PairFrame(16, 40.0), PairFrame(40, 12.5)):
        centres = tissue_centres(pair, frame, 500.0, 0.7)
        np.testing.assert_array_equal(
            cut_upright(pair.first, centres, frame), cut_pair(pair, centres, frame)[0]
        )
    grid = tissue_grid(pair.second, FRAME, 500.0, 0.7)
    mask = np.pad(pair.second.mask, 40)
    for row, column in np.rint(grid).astype(int) + 40:
        assert mask[row - 16 : row + 17, column - 16 : column + 17].mean() >= 0.7
    assert 10 < len(grid) < len(tissue_grid(pair.second, FRAME, 500.0, 0.0))


def test_a_thumbnail_that_is_no_image_is_said():
    with pytest.raises(BrainseekError, match="thumbnail of 3 bytes is no image"):
        patch_of_png(b"abc")
