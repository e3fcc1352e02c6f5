"""From a patch in one stain to patches in another one, against a loop over all of them."""

import json

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.catalog.sections.section import section_from_array
from brainseek.index.fill.pairs import index_pairs
from brainseek.index.queries import ByImage
from brainseek.index.writing.thumbnails import patch_png
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


def search(collection, image, encoder, modality, find, where=None, **said):
    query = ByImage(image, modality=modality, find=find, encoder=encoder, **said)
    return collection.search(query, 10, where=where)


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
            hits = search(collection, query[number], encoder, modality, find)[:3]
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

    def best(image, where=None, **said):
        return search(collection, image, encoder, "nissl", "autofluorescence", where, **said)[0]

    row = best(patch).row
    path = tmp_path / "patch.png"
    path.write_bytes(patch_png(patch))
    assert best(path, pixel_size_um=25).row == row
    light = section_from_array(255 - patch, 25.0)
    assert best(light, bright_field=True).row == row
    assert best(light).score < best(patch).score
    fine = np.kron(patch, np.ones((2, 2), np.uint8))
    assert best(fine, pixel_size_um=12.5).row == row
    either = "source_uri like '%made 1%' or source_uri like '%nothing%'"
    other = search(collection, patch, encoder, "nissl", "autofluorescence", either)
    assert {hit.row["source_uri"] for hit in other} == {"pair://pairs/made 1/autofluorescence"}


def test_it_is_a_search_for_the_vector_among_rows_of_a_modality(collection, encoder, pairs):
    patch = pairs[0].first.image[40:90, 60:100]
    by_hand = collection.search(
        encoder.embed(patch[None], "nissl", 20.0)[0], 10, where="modality = 'autofluorescence'"
    )
    hits = search(collection, patch, encoder, "nissl", "autofluorescence", pixel_size_um=20.0)
    assert hits.ids == by_hand.ids
    np.testing.assert_array_equal(hits.scores, by_hand.scores)
    section = section_from_array(patch, 20.0)
    assert search(collection, section, encoder, "nissl", "autofluorescence").ids == by_hand.ids
    both = search(collection, section, encoder, "nissl", None)
    assert {hit.row["modality"] for hit in both} == {"nissl", "autofluorescence"}


def test_bad_input_is_one_sentence(collection, encoder, pairs):
    patch = pairs[0].first.image[:32, :32]
    for modality, find in (("pli", "nissl"), ("nissl", "pli")):
        with pytest.raises(BrainseekError, match=r"'pli'.*nissl, autofluorescence"):
            search(collection, patch, encoder, modality, find)
    with pytest.raises(BrainseekError, match=r"must know the modality.*nissl, autofluorescence"):
        search(collection, patch, encoder, None, "nissl")
    with pytest.raises(BrainseekError, match="written by encoder made@"):
        search(collection, patch, SeeingEncoder(name="other"), "nissl", "nissl")
    with pytest.raises(BrainseekError, match="too small"):
        search(collection, patch, encoder, "nissl", "nissl", pixel_size_um=10)
