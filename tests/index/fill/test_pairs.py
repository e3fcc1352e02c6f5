"""Both modalities of pairs in one collection."""

import json

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.index.collection import Collection
from brainseek.index.fill.pairs import index_pairs
from brainseek.index.maintain.export import export_collection
from brainseek.index.maintain.info import collection_info
from brainseek.index.writing.thumbnails import patch_of_png
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
    return index_pairs(pairs, tmp_path / "c", encoder, 600.0, progress=False).collection


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
    again = index_pairs(pairs, tmp_path / "c", encoder, 600.0, progress=False)
    assert again.rows == len(before)
    assert again.collection.ids() == before


def test_place_and_structure_come_from_the_atlas(tmp_path, encoder, shared_data):
    pair = made_pair(0)
    collection = index_pairs([pair], tmp_path / "c", encoder, 700.0, progress=False).collection
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


def test_bad_pairs_are_one_sentence(tmp_path, collection, encoder, pairs):
    other = SeeingEncoder(name="other")
    with pytest.raises(BrainseekError, match="written by encoder made@"):
        index_pairs(pairs, tmp_path / "c", other, progress=False)
    with pytest.raises(BrainseekError, match="none of 2 pairs has a patch of 800 µm with 100%"):
        index_pairs(
            [made_pair(0, (30, 30), None), made_pair(1, (30, 30), None)], tmp_path / "d", encoder,
            every_um=3000.0, least_tissue=1.0, progress=False,
        )  # fmt: skip
    assert not (tmp_path / "d").exists()
    with pytest.raises(BrainseekError, match="'retardation' is unknown"):
        index_pairs([renamed(pairs[0])], tmp_path / "d", encoder, progress=False)


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


def test_a_thumbnail_that_is_no_image_is_said():
    with pytest.raises(BrainseekError, match="thumbnail of 3 bytes is no image"):
        patch_of_png(b"abc")
