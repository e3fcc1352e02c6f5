"""Pairs on one grid, composing from retrieved patches, and the scores."""

import math

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import AffinePixels
from brainseek.index.fill.pairs import index_pairs
from brainseek.synthesis.stain.aligned import AlignedImages, aligned
from brainseek.synthesis.stain.compose import ComposeSettings, compose, hann
from brainseek.synthesis.stain.mean_map import MeanMap
from brainseek.synthesis.stain.scores import nmse, ssim
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_pair, smooth_field


def test_a_shifted_negative_is_aligned_again():
    pair = made_pair(0, atlas=None)
    found = aligned(pair, "nissl", 25.0)
    np.testing.assert_array_equal(found.source, pair.first.image)
    np.testing.assert_array_equal(found.target, 255 - pair.first.image)
    assert found.mask.all()
    turned = aligned(pair, "autofluorescence", 25.0)
    np.testing.assert_array_equal(turned.source, found.target)
    coarse = aligned(pair, "nissl", 50.0)
    assert coarse.source.shape == (80, 100)
    means = pair.first.image.astype(float).reshape(80, 2, 100, 2).mean((1, 3))
    assert np.abs(coarse.source - means).mean() < 1.5
    assert np.abs(coarse.target - (255 - means))[2:-2, 2:-2].mean() < 1.5
    with pytest.raises(BrainseekError, match="no pli image; choose from nissl, auto"):
        aligned(pair, "pli", 25.0)


def test_other_pixels_in_the_second_image_and_no_shared_tissue():
    field = smooth_field((60, 80), 3)
    fine = np.kron(field, np.ones((2, 2), np.uint8))
    scaling = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    whole = np.ones(field.shape, bool)
    mask = np.zeros(fine.shape, bool)
    mask[:, 80:] = True
    pair = SectionPair(
        "fine", 0, PairedImage(field, 20.0, "nissl", whole), PairedImage(fine, 10.0, "ish", mask),
        AffinePixels(scaling),
    )  # fmt: skip
    found = aligned(pair, "nissl", 20.0)
    assert np.abs(found.target.astype(int) - field).max() <= 4
    assert (found.mask == (np.arange(80) >= 40)).all()
    left = PairedImage(field, 20.0, "nissl", np.arange(80)[None].repeat(60, 0) < 30)
    with pytest.raises(BrainseekError, match="share no tissue"):
        aligned(SectionPair("none", 0, left, pair.second, pair.transform), "nissl", 20.0)


def test_hann_windows_add_up_to_one():
    side, total = 32, np.zeros((128, 128))
    for row in range(0, 97, 16):
        for column in range(0, 97, 16):
            total[row : row + 32, column : column + 32] += hann(side)
    np.testing.assert_allclose(total[16:-16, 16:-16], 1)


@pytest.fixture(scope="module")
def encoder():
    return SeeingEncoder()


def test_a_gallery_with_the_truth_composes_it(tmp_path, encoder):
    pair = made_pair(1, atlas=None)
    # The places of the query's patches: every 8 pixels from 7.5 rows and 3.5 columns.
    gallery = index_pairs([pair], tmp_path / "c", encoder, 200.0, progress=False).collection
    found = compose(
        pair.first, gallery, encoder=encoder, find="autofluorescence",
        settings=ComposeSettings(k=1, overlap=4, least_tissue=0.5),
    )  # fmt: skip
    truth = 255.0 - pair.first.image
    inner = np.zeros(truth.shape, bool)
    inner[20:-20, 20:-20] = True
    assert found.image.shape == truth.shape
    assert found.covered[inner].all()
    assert found.pixel_um == 25.0
    assert nmse(truth, found.image, inner) < 0.01
    assert found.disagreement[inner].mean() < 5
    blank = compose(
        pair.first, gallery, encoder=encoder, find="nissl",
        settings=ComposeSettings(k=1, overlap=4, least_tissue=0.5),
    )  # fmt: skip
    assert nmse(pair.first.image, blank.image, inner) < 0.01


def test_without_the_section_itself_neighbours_are_averaged(tmp_path, encoder):
    pairs = [made_pair(n, (96, 96), None) for n in range(3)]
    gallery = index_pairs(pairs, tmp_path / "c", encoder, 400.0, progress=False).collection
    settings = ComposeSettings(k=3, overlap=2, temperature=0.1, least_tissue=0.5)
    found = compose(
        pairs[0].first, gallery, encoder=encoder, find="autofluorescence",
        where="source_uri <> 'pair://pairs/made 0/autofluorescence'", settings=settings,
    )  # fmt: skip
    from brainseek.catalog.pairs.patches import PairFrame, cut_upright, tissue_grid
    from brainseek.index.writing.thumbnails import patch_of_png

    frame = PairFrame(32, 25.0)
    centres = tissue_grid(pairs[0].first, frame, 400.0, 0.5)
    pictures = gallery.thumbnails("modality = 'autofluorescence'")
    rows = gallery.rows(
        "modality = 'autofluorescence' and source_uri <> 'pair://pairs/made 0/autofluorescence'"
    )
    vectors = {row["id"]: gallery.vector(row["id"]) for row in rows}
    sums = np.zeros((3, 96, 96))
    for centre in centres:
        vector = encoder.embed(cut_upright(pairs[0].first, centre[None], frame), "nissl")[0]
        scores = sorted((float(v @ vector), name) for name, v in vectors.items())[:-4:-1]
        weights = [math.exp((score - scores[0][0]) / 0.1) for score, _ in scores]
        for weight, (_, name) in zip(weights, scores, strict=True):
            patch = patch_of_png(pictures[name]).astype(float)
            for i in range(32):
                for j in range(32):
                    row, column = round(centre[0] - 15.5) + i, round(centre[1] - 15.5) + j
                    if 0 <= row < 96 and 0 <= column < 96:
                        share = weight / sum(weights)
                        share *= math.sin(math.pi * (i + 0.5) / 32) ** 2
                        share *= math.sin(math.pi * (j + 0.5) / 32) ** 2
                        sums[:, row, column] += share * np.array([1, patch[i, j], patch[i, j] ** 2])
    there = sums[0] > 0
    np.testing.assert_array_equal(found.covered, there)
    mean = sums[1][there] / sums[0][there]
    np.testing.assert_allclose(found.image[there], mean, atol=0.02)
    spread = np.sqrt(np.maximum(sums[2][there] / sums[0][there] - mean**2, 0))
    np.testing.assert_allclose(found.disagreement[there], spread, atol=0.1)
    assert found.disagreement[there].mean() > 10


def test_composing_bad_input_is_one_sentence(tmp_path, encoder):
    pair = made_pair(0, (64, 64), None)
    gallery = index_pairs([pair], tmp_path / "c", encoder, 600.0, progress=False).collection
    ask = {"encoder": encoder, "find": "autofluorescence"}
    with pytest.raises(BrainseekError, match="'pli' is unknown"):
        compose(pair.first, gallery, encoder=encoder, find="pli")
    with pytest.raises(BrainseekError, match="no row with modality = 'autofluorescence' and"):
        compose(pair.first, gallery, where="source_uri = 'x'", **ask)
    with pytest.raises(BrainseekError, match="written by encoder"):
        compose(pair.first, gallery, encoder=SeeingEncoder(name="b"), find="nissl")
    speck = np.zeros((64, 64), bool)
    speck[0, 0] = True
    with pytest.raises(BrainseekError, match="no patch with 10% tissue"):
        compose(PairedImage(pair.first.image, 25.0, "nissl", speck), gallery, **ask)
    with pytest.raises(BrainseekError, match="compose nothing"):
        ComposeSettings(k=0)
    from dataclasses import replace

    from brainseek.index.table.schema import Row

    row = gallery.rows("modality = 'autofluorescence'")[0]
    gallery.add([Row(gallery.vector(row["id"]), "patch", "x", modality="autofluorescence")])
    with pytest.raises(BrainseekError, match="no thumbnail of 32 x 32"):
        compose(pair.first, gallery, where="source_uri = 'x'", **ask)
    assert replace(ComposeSettings(), k=2).k == 2


def test_nmse_is_one_for_the_mean_and_scales_with_the_error():
    rng = np.random.default_rng(0)
    truth, mask = rng.uniform(0, 255, (30, 40)), rng.random((30, 40)) < 0.6
    assert nmse(truth, np.full(truth.shape, truth[mask].mean()), mask) == pytest.approx(1)
    assert nmse(truth, truth, mask) == 0
    off = np.where(mask, truth + 3, -999)
    values = [t for t, m in zip(truth.ravel(), mask.ravel(), strict=True) if m]
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    assert nmse(truth, off, mask) == pytest.approx(9 / variance)
    with pytest.raises(BrainseekError, match="even within the mask"):
        nmse(np.zeros((3, 3)), np.ones((3, 3)), np.ones((3, 3), bool))
    for score in (nmse, ssim):
        with pytest.raises(BrainseekError, match="can't be compared"):
            score(truth, truth[:-1], mask)
        with pytest.raises(BrainseekError, match="marks no tissue"):
            score(truth, truth, np.zeros(truth.shape, bool))


def slow_ssim(x, y, row, column):
    """The formula at one pixel: an 11 x 11 Gaussian window, borders reflected."""
    weights, a, b = [], [], []
    for i in range(-5, 6):
        for j in range(-5, 6):
            r, c = row + i, column + j
            r = -r - 1 if r < 0 else 2 * len(x) - r - 1 if r >= len(x) else r
            c = -c - 1 if c < 0 else 2 * x.shape[1] - c - 1 if c >= x.shape[1] else c
            weights.append(math.exp(-(i * i + j * j) / 2 / 1.5**2))
            a.append(x[r, c])
            b.append(y[r, c])
    total = sum(weights)
    mean = [sum(w * v for w, v in zip(weights, values, strict=True)) / total for values in (a, b)]

    def moment(p, q):
        pairs = zip(weights, p, q, strict=True)
        return sum(w * u * v for w, u, v in pairs) / total

    var_a, var_b = moment(a, a) - mean[0] ** 2, moment(b, b) - mean[1] ** 2
    both = moment(a, b) - mean[0] * mean[1]
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean[0] * mean[1] + c1) / (mean[0] ** 2 + mean[1] ** 2 + c1)
    return light * (2 * both + c2) / (var_a + var_b + c2)


def test_ssim_is_that_of_the_slow_loop():
    rng = np.random.default_rng(1)
    truth = smooth_field((24, 20), 0, 2.0).astype(float)
    found = truth + rng.normal(0, 20, truth.shape)
    mask = np.zeros(truth.shape, bool)
    mask[:7, 3:] = True
    slow = [slow_ssim(truth, found, r, c) for r, c in zip(*np.nonzero(mask), strict=True)]
    assert ssim(truth, found, mask) == pytest.approx(np.mean(slow))
    assert ssim(truth, truth, mask) == pytest.approx(1)
    assert ssim(truth, found, mask) == pytest.approx(ssim(found, truth, mask))
    assert ssim(truth, 255 - truth, mask) < ssim(truth, found, mask) < 0.95


def test_the_mean_map_knows_the_mean_section():
    rng = np.random.default_rng(0)
    pattern = smooth_field((60, 60), 4).astype(float)
    images = []
    for n in range(12):
        target = np.zeros((100, 120), np.uint8)
        mask = np.zeros(target.shape, bool)
        row, column = rng.integers(0, 40), rng.integers(0, 60)
        target[row : row + 60, column : column + 60] = np.clip(
            pattern + rng.normal(0, 8, pattern.shape), 0, 255
        )
        mask[row : row + 60, column : column + 60] = True
        images.append(AlignedImages(target, target, mask, 25.0))
        assert n < 12
    fitted = MeanMap.fit(images[:-1], side=60)
    np.testing.assert_allclose(
        fitted.gray, np.mean([i.target[i.mask].reshape(60, 60) for i in images[:-1]], 0), atol=0.01
    )
    last = images[-1]
    predicted = fitted.predict(last.mask)
    assert predicted[~last.mask].max() == 0
    assert nmse(last.target, predicted, last.mask) < 0.15
    large = np.zeros((200, 240), bool)
    large[10:130, 20:140] = True
    bigger = fitted.predict(large)[10:130, 20:140].reshape(60, 2, 60, 2).mean((1, 3))
    assert np.abs(bigger - fitted.gray).mean() < 1.5
    with pytest.raises(BrainseekError, match="mean of 0 images"):
        MeanMap.fit([])
    with pytest.raises(BrainseekError, match="marks no tissue"):
        fitted.predict(np.zeros((5, 5), bool))


def test_images_on_different_grids_are_refused():
    gray, mask = np.zeros((5, 6), np.uint8), np.ones((5, 6), bool)
    with pytest.raises(BrainseekError, match="not on one grid"):
        AlignedImages(gray, gray[:-1], mask, 25.0)
    with pytest.raises(BrainseekError, match="not on one grid"):
        AlignedImages(gray, gray, mask, 25.0, np.zeros((6, 5), np.float32))
