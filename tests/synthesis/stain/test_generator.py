"""The generator: shapes, learning on made images, stopping and resuming, bad input."""

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.synthesis.stain.aligned import AlignedImages
from brainseek.synthesis.stain.generator import Generator, predict
from brainseek.synthesis.stain.mean_map import MeanMap
from brainseek.synthesis.stain.scores import nmse
from brainseek.synthesis.stain.train_generator import (
    GeneratorRecipe,
    batch_of,
    load_generator,
    train_generator,
)
from tests.embedder.made_multimodal_encoder import smooth_field


@pytest.fixture(autouse=True)
def _one_thread():
    """Networks this small wait for their threads longer than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


SMALL = GeneratorRecipe(steps=6, batch=2, side_px=32, width=8, every=3)


def images(n=4, composed=False, shape=(70, 90)):
    made = []
    for seed in range(n):
        source = smooth_field(shape, seed, 3.0)
        target = (255 * (1 - (source / 255.0) ** 2)).astype(np.uint8)
        mask = np.zeros(shape, bool)
        mask[5:-5, 8:-8] = True
        more = np.float32(target) * 0.9 if composed else None
        made.append(AlignedImages(source, target, mask, 25.0, more))
    return made


def test_the_default_network_is_small_enough():
    for conditions in (1, 2):
        network = Generator(conditions)
        assert sum(p.numel() for p in network.parameters()) <= 1_500_000
        drawn = network(torch.rand(2, conditions, 16, 24))
        assert drawn.shape == (2, 1, 16, 24)
        assert ((drawn > 0) & (drawn < 1)).all()


@pytest.mark.parametrize("shape", [(17, 33), (64, 40)])
def test_any_size_is_drawn_and_padding_changes_nothing_inside(shape):
    torch.manual_seed(0)
    network = Generator(1, 8).eval()
    source = smooth_field(shape, 0, 3.0)
    drawn = predict(network, source)
    assert drawn.shape == shape
    assert drawn.dtype == np.float32
    rows, columns = (-n % 8 for n in shape)
    by_hand = np.pad(source, ((0, rows), (0, columns)), mode="edge").astype(np.float32) / 255
    with torch.no_grad():
        whole = network(torch.from_numpy(by_hand)[None, None])[0, 0].numpy() * 255
    np.testing.assert_allclose(drawn, whole[: shape[0], : shape[1]], atol=1e-3)


def test_it_learns_what_the_mean_map_cannot(tmp_path):
    made = images(6)
    recipe = GeneratorRecipe(steps=60, batch=2, side_px=32, width=8, learning_rate=5e-3)
    trained = train_generator(made[:-1], tmp_path / "run", recipe, progress=False)
    last = made[-1]
    drawn = nmse(last.target, predict(trained, last.source), last.mask)
    mean = nmse(last.target, MeanMap.fit(made[:-1]).predict(last.mask), last.mask)
    assert drawn < 0.3 < 0.8 < mean
    loaded = load_generator(tmp_path / "run")
    np.testing.assert_array_equal(predict(loaded, last.source), predict(trained, last.source))


class PowerCut(list):
    """Images that can be looked at a few times only."""

    left = 4 * SMALL.batch

    def __getitem__(self, index):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return super().__getitem__(index)


def test_a_resumed_run_ends_as_one_that_was_not_stopped(tmp_path):
    made = images(2, composed=True)
    whole = train_generator(made, tmp_path / "whole", SMALL, progress=False)
    with pytest.raises(KeyboardInterrupt):
        train_generator(PowerCut(made), tmp_path / "cut", SMALL, progress=False)
    with pytest.raises(BrainseekError, match="holds no finished generator"):
        load_generator(tmp_path / "cut")
    with pytest.raises(BrainseekError, match="already holds a run"):
        train_generator(made, tmp_path / "cut", SMALL, progress=False)
    again = train_generator(made, tmp_path / "cut", SMALL, resume=True, progress=False)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=0, atol=0)
    assert whole.conditions == 2


def test_crops_lie_on_tissue_and_follow_from_seed_and_step():
    made = images(3, composed=True)
    recipe = GeneratorRecipe(batch=5, side_px=32, gamma=0.0)
    inputs, target, mask = batch_of(made, recipe, 7)
    assert (inputs.shape, target.shape, mask.shape) == (
        (5, 2, 32, 32),
        (5, 1, 32, 32),
        (5, 1, 32, 32),
    )
    for again, part in zip(batch_of(made, recipe, 7), (inputs, target, mask), strict=True):
        np.testing.assert_array_equal(again, part)
    assert not np.array_equal(batch_of(made, recipe, 8)[0], inputs)
    assert set(np.unique(mask)) <= {0, 1}
    # Mirrored or not, the middle pixel of the crop is tissue and all parts match.
    assert mask[:, 0, 16, 15:17].any(axis=1).all()
    inside = mask[:, 0] > 0
    np.testing.assert_allclose(inputs[:, 1][inside], 0.9 * target[:, 0][inside], atol=1e-6)
    np.testing.assert_allclose(target[:, 0][inside], 1 - inputs[:, 0][inside] ** 2, atol=1.01 / 255)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: train_generator([], f), "0 images train nothing"),
        (lambda f: train_generator(images(1) + images(1, True), f), "1 of 2 images have"),
        (lambda f: train_generator(images(1), f, SMALL, resume=True), "no run to resume"),
        (lambda f: load_generator(f), "holds no finished generator"),
        (lambda f: GeneratorRecipe(side_px=30), "don't fit the network"),
        (lambda f: GeneratorRecipe(steps=0), "train nothing"),
        (lambda f: Generator(3), "with 3 conditions"),
        (lambda f: Generator(1, 12), "12 channels"),
        (lambda f: predict(Generator(2, 8), images(1)[0].source), "add the composed"),
        (
            lambda f: predict(Generator(2, 8), images(1)[0].source, np.zeros((3, 3))),
            "not on one grid",
        ),
        (
            lambda f: predict(Generator(1, 8), images(1)[0].source, np.zeros((70, 90))),
            "leave out the composed",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(call, words, tmp_path):
    with pytest.raises(BrainseekError, match=words):
        call(tmp_path / "run")


def test_another_recipe_is_not_resumed(tmp_path):
    train_generator(images(1), tmp_path / "run", SMALL, progress=False)
    with pytest.raises(BrainseekError, match="run of another recipe"):
        train_generator(images(1), tmp_path / "run", GeneratorRecipe(steps=7, width=8), resume=True)
