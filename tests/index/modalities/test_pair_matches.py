"""Matches in the other stain, against a loop over all patches."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.index.collection import Collection
from brainseek.index.fill.pairs import index_pairs
from brainseek.index.modalities.pair_matches import find_matches, other_sections
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_pair

FRAME = PairFrame(32, 25.0)
EVERY_UM = 1000.0
NAMES = ("nissl", "autofluorescence")


@pytest.fixture
def pairs():
    made = [replace(made_pair(number, atlas=None), group=3 * number) for number in range(3)]
    return [made[0], replace(made[1], name="o'made"), made[2]]


@pytest.fixture
def encoder():
    return SeeingEncoder()


@pytest.fixture
def gallery(pairs, encoder, tmp_path) -> Collection:
    done = index_pairs(pairs, tmp_path / "c", encoder, EVERY_UM, name="set", progress=False)
    return done.collection


@pytest.mark.parametrize("own", [0, 1])
def test_the_rank_counts_better_patches_of_all_sections(pairs, encoder, gallery, own):
    cut = [cut_pair(pair, tissue_centres(pair, FRAME, EVERY_UM), FRAME) for pair in pairs]
    modality, find = NAMES[own], NAMES[1 - own]
    patch, partner = cut[2][own][0], cut[0][1 - own][3]  # not the true one: its rank is not 0
    query = encoder.embed(patch[None], modality)[0]
    scores = [
        float(query @ encoder.embed(one[None], find)[0]) for both in cut for one in both[1 - own]
    ]
    score = float(query @ encoder.embed(partner[None], find)[0])
    elsewhere = "source_uri like 'pair://set/made 0/%'"
    found = find_matches(patch, partner, modality, find, encoder, gallery, 4, elsewhere)
    assert found.among == len(scores)
    assert found.partner_score == pytest.approx(score, abs=1e-5)
    assert found.partner_rank == sum(other > score + 1e-5 for other in scores) > 0
    assert {hit.row["source_uri"] for hit in found.hits} == {f"pair://set/made 0/{find}"}
    alone = find_matches(patch, None, modality, find, encoder, gallery, 4, None)
    assert (alone.partner_rank, alone.partner_score, alone.among) == (None, None, len(scores))
    np.testing.assert_allclose(alone.hits.scores, sorted(scores, reverse=True)[:4], atol=1e-5)


@pytest.mark.parametrize(("number", "left"), [(0, {"made 2"}), (1, set()), (2, {"made 0"})])
def test_sections_nearby_are_left_out(pairs, gallery, number, left):
    condition = other_sections("set", pairs, pairs[number], "nissl")
    rows = gallery.rows(f"modality = 'nissl' and {condition}")
    assert {row["source_uri"].split("/")[3] for row in rows} == left
