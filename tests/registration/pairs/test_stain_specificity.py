"""Parts of the training and what only one stain shows, on made pairs."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import holdout
from brainseek.embedder.shared_specific import SharedSpecific
from brainseek.registration.pairs.stain_specificity import (
    FIT_EVERY_UM,
    fit_specific,
    only_here,
    parts_of,
)
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_card, made_pair

FRAME = PairFrame(32, 25.0)
CLIP = {"pairs": "pairs/nissl-af", "every": 5, "block": 2, "gap": 1}


def test_parts_are_those_of_the_holdout():
    pair = made_pair(0, atlas=None)
    pairs = [replace(pair, name=str(group), group=group) for group in (7, 0, *range(20, 60))]
    card = made_card(training={"settings": {"clip": CLIP}})
    parts = parts_of(card, "nissl-af", pairs)
    split = holdout(np.array([one.group for one in pairs]), every=5, block=2, gap=1)
    assert set(parts) == set(split) == {"train", "validation", "test", "unused"}
    for part, numbers in split.items():
        assert [number for number, said in enumerate(parts) if said == part] == sorted(numbers)
    assert parts_of(card, "nissl-ish", pairs) == []
    assert parts_of(made_card(), "nissl-af", pairs) == []


def test_the_fit_sees_the_sections_that_trained_and_scores_follow_the_stains():
    encoder = SeeingEncoder()
    encoder.network.eval()
    pairs = [made_pair(number, atlas=None) for number in range(3)]
    parts = ["train", "test", "train"]

    def features(chosen):
        cut = [cut_pair(one, tissue_centres(one, FRAME, FIT_EVERY_UM), FRAME) for one in chosen]
        sides = zip(zip(*cut, strict=True), pairs[0].modalities, strict=True)
        return [encoder.features(np.concatenate(patches), name) for patches, name in sides]

    fitted = fit_specific(encoder, pairs, parts)
    wanted = SharedSpecific.fit(*features([pairs[0], pairs[2]]))
    np.testing.assert_allclose(fitted.first.weights, wanted.first.weights)
    np.testing.assert_allclose(
        fit_specific(encoder, pairs, []).second.weights,
        SharedSpecific.fit(*features(pairs)).second.weights,
    )
    first, second = cut_pair(pairs[1], tissue_centres(pairs[1], FRAME, FIT_EVERY_UM)[:1], FRAME)
    scores = wanted.only_in(encoder.features(first, "nissl"),
                            encoder.features(second, "autofluorescence"))  # fmt: skip
    found = only_here(fitted, encoder, pairs[1], first[0], second[0])
    assert found == pytest.approx((float(scores[0][0]), float(scores[1][0])))
    assert found[0] != found[1]
