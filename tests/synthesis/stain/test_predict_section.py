"""A whole section in the other stain, on the grid of the pair's first image."""

import numpy as np
import pytest

from brainseek.index.fill.pairs import index_pairs
from brainseek.synthesis.stain.compose import compose
from brainseek.synthesis.stain.predict_section import predict_section
from brainseek.synthesis.stain.scores import nmse, ssim
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_pair

OTHERS = "source_uri not in ('pair://pairs/made 0/nissl', 'pair://pairs/made 0/autofluorescence')"


@pytest.fixture(scope="module")
def encoder():
    return SeeingEncoder()


@pytest.fixture(scope="module")
def gallery(encoder, tmp_path_factory):
    pairs = [made_pair(number, atlas=None) for number in range(2)]
    folder = tmp_path_factory.mktemp("gallery") / "c"
    return index_pairs(pairs, folder, encoder, 500.0, progress=False).collection


@pytest.mark.parametrize("own", [0, 1])
def test_the_truth_lies_under_the_prediction(encoder, gallery, own):
    pair = made_pair(0, atlas=None)
    image = (pair.first, pair.second)[own]
    find = pair.modalities[1 - own]
    made = predict_section(image, find, encoder, gallery, OTHERS, pair)
    # The second image is the first one's negative, 3 rows down and 5 columns to the right.
    true = 255 - pair.first.image if own == 0 else pair.first.image
    np.testing.assert_array_equal(made.truth, true)
    np.testing.assert_array_equal(made.source, 255 - true)
    composed = compose(image, gallery, encoder=encoder, find=find, where=OTHERS)
    if own == 0:
        np.testing.assert_array_equal(made.predicted, composed.image)
        np.testing.assert_array_equal(made.disagreement, composed.disagreement)
    else:
        np.testing.assert_array_equal(made.predicted, np.floor(composed.image[3:, 5:] + 0.5))
        assert np.abs(made.disagreement - composed.disagreement[3:, 5:]).max() <= 0.5
    whole = np.ones(true.shape, bool)
    assert made.nmse == pytest.approx(nmse(true, made.predicted, whole))
    assert made.ssim == pytest.approx(ssim(true, made.predicted, whole))


def test_without_a_pair_there_is_no_truth(encoder, gallery):
    image = made_pair(5, atlas=None).first
    made = predict_section(image, "autofluorescence", encoder, gallery, None)
    np.testing.assert_array_equal(made.source, image.image)
    assert made.predicted.shape == made.disagreement.shape == image.image.shape
    assert (made.truth, made.nmse, made.ssim) == (None, None, None)
