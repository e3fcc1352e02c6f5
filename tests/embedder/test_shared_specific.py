"""Shared and specific parts: closed forms with known shares."""

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.shared_specific import SharedSpecific


def made(n, noise_first, noise_second, seed=0, width=(6, 9)):
    """Both are linear in one latent (4 numbers) plus independent noise; unit latent variance."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99)
    latent = rng.normal(size=(n, 4))
    sides = []
    for p, noise in zip(width, (noise_first, noise_second), strict=True):
        basis = np.linalg.qr(mixing.normal(size=(p, 4)))[0]  # (p, 4), orthonormal columns
        sides.append(latent @ basis.T + noise * rng.normal(size=(n, p)) + 3)
    return sides


def test_without_noise_all_is_shared():
    fitted = SharedSpecific.fit(*made(400, 0, 0), ridge=1e-9)
    held = made(200, 0, 0, seed=1)
    for found in fitted.score(*held):
        assert found.share == pytest.approx(1, abs=1e-6)
    for scores in fitted.only_in(*held):
        assert scores.max() < 1e-6


def test_the_share_is_that_of_the_closed_form():
    s1, s2 = 0.6, 0.9
    fitted = SharedSpecific.fit(*made(60_000, s1, s2), ridge=0)
    held = made(60_000, s1, s2, seed=1)
    first, second = fitted.score(*held)
    # Best linear estimate of a unit latent z from z + s·noise explains 1 / (1 + s²) of it.
    for found, own, other, p in ((first, s1, s2, 6), (second, s2, s1, 9)):
        share = 4 * (1 / (1 + other**2)) / (4 + p * own**2)
        assert found.share == pytest.approx(share, abs=0.005)
        per = 1 / ((1 + own**2) * (1 + other**2))
        np.testing.assert_allclose(found.by_component[:4], per, atol=0.02)
        np.testing.assert_allclose(found.by_component[4:], 0, atol=0.01)
        assert found.variance.sum() == pytest.approx(1)
        assert found.share == pytest.approx(float(found.by_component @ found.variance), abs=0.002)
    for found, scores in zip((first, second), fitted.only_in(*held), strict=True):
        assert scores.mean() == pytest.approx(1 - found.share, abs=0.01)


def test_what_only_one_stain_shows_stands_out():
    first, second = made(3000, 0.1, 0.1)
    fitted = SharedSpecific.fit(first[:2000], second[:2000])
    held, other = first[2000:].copy(), second[2000:]
    lesion = np.arange(100, 120)
    held[lesion] += 5 * np.random.default_rng(5).normal(size=(20, 6))
    scores, _ = fitted.only_in(held, other)
    assert set(np.argsort(scores)[-15:]) <= set(lesion)
    residual = held[lesion[0]] - fitted.first.mean
    residual = residual - (other[lesion[0]] - fitted.second.mean) @ fitted.first.weights
    mean = ((first[:2000] - first[:2000].mean(0)) ** 2).sum(1).mean()
    assert scores[lesion[0]] == pytest.approx(float(residual @ residual) / mean)


def test_independent_stains_share_nothing_and_swapping_swaps():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5000, 5)), rng.normal(size=(5000, 7))
    first, second = SharedSpecific.fit(a[:2500], b[:2500]).score(a[2500:], b[2500:])
    assert -0.02 < first.share < 0.01
    turned = SharedSpecific.fit(b[:2500], a[:2500]).score(b[2500:], a[2500:])
    assert (turned[1].share, turned[0].share) == pytest.approx((first.share, second.share))


def test_the_penalty_does_not_depend_on_units_and_shrinks():
    first, second = made(300, 0.5, 0.5)
    held = made(300, 0.5, 0.5, seed=1)
    plain = SharedSpecific.fit(first, second, 0.1).score(*held)[0].share
    scaled = SharedSpecific.fit(first, 1000 * second, 0.1).score(held[0], 1000 * held[1])[0].share
    assert scaled == pytest.approx(plain)
    assert SharedSpecific.fit(first, second, 1e9).score(*held)[0].share == pytest.approx(
        0, abs=0.05
    )
    gram = (second - second.mean(0)).T @ (second - second.mean(0))
    by_hand = np.linalg.inv(gram + 0.1 * np.trace(gram) / 9 * np.eye(9))
    by_hand = by_hand @ (second - second.mean(0)).T @ (first - first.mean(0))
    np.testing.assert_allclose(SharedSpecific.fit(first, second, 0.1).first.weights, by_hand)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a, b: SharedSpecific.fit(a, b[:-1]), "not of the same patches"),
        (lambda a, b: SharedSpecific.fit(a[:2], b[:2]), "at least 3"),
        (lambda a, b: SharedSpecific.fit(a * np.nan, b), "NaN"),
        (lambda a, b: SharedSpecific.fit(a, b, -1), "penalty of -1"),
        (lambda a, b: SharedSpecific.fit(a * 0, b), "have the same features"),
        (lambda a, b: SharedSpecific.fit(a, b).score(b, a), "do not belong to a fit"),
        (lambda a, b: SharedSpecific.fit(a, b).score(a * 0, b), "held-out patches"),
    ],
)
def test_bad_input_is_one_sentence(call, words):
    with pytest.raises(BrainseekError, match=words):
        call(*made(20, 0.1, 0.1))
