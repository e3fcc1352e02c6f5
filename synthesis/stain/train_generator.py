"""Training of the generator: a plain loop that can be stopped and resumed."""

import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from tqdm import tqdm

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import make_writable, write_whole
from brainseek.synthesis.stain.aligned import AlignedImages
from brainseek.synthesis.stain.generator import LEVELS, Generator

RECIPE, CHECKPOINT, WEIGHTS = "recipe.json", "checkpoint.pt", "generator.safetensors"
"""Files of a run."""


@dataclass(frozen=True)
class GeneratorRecipe:
    """Settings of a training.

    Attributes
    ----------
    steps, batch : int
    side_px : int
        Side of the crops, a multiple of 8.
    width : int
        Channels of the finest level of `brainseek.synthesis.stain.generator.Generator`.
    learning_rate : float
        At the first step; it falls to 0 along a cosine.
    gamma : float
        Spread of the logarithm of the exponent that the source's gray is raised to.
    every : int
        Steps between two checkpoints.
    seed : int

    Raises
    ------
    BrainseekError
        If a number is impossible.
    """

    steps: int = 600
    batch: int = 8
    side_px: int = 96
    width: int = 24
    learning_rate: float = 2e-3
    gamma: float = 0.2
    every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that train nothing."""
        if min(self.steps, self.batch, self.every) < 1 or not self.learning_rate > 0:
            raise BrainseekError(
                f"{self.steps} steps of {self.batch} crops with a checkpoint every {self.every} "
                f"and the rate {self.learning_rate} train nothing; give positive numbers."
            )
        if self.side_px < 16 or self.side_px % 2 ** (LEVELS - 1):
            raise BrainseekError(
                f"crops of {self.side_px} pixels don't fit the network; give a multiple of "
                f"{2 ** (LEVELS - 1)} from 16."
            )


def train_generator(
    images: Sequence[AlignedImages],
    out: Path | str,
    recipe: GeneratorRecipe | None = None,
    *,
    resume: bool = False,
    progress: bool = True,
) -> Generator:
    """Train a generator on aligned images and write it to a folder.

    The loss is the mean absolute error within the tissue. All that is random follows from the
    seed and the step, so a run that was stopped and resumed ends as one that was not.

    Parameters
    ----------
    images : sequence of AlignedImages
        All with composed images (then they are a second condition) or all without.
    out : path
        Run folder; it must not hold another run unless ``resume``.
    recipe : GeneratorRecipe, optional
    resume : bool
        Go on from the folder's checkpoint; the recipe must be the same.
    progress : bool
        Show a progress bar.

    Raises
    ------
    BrainseekError
        If there are no images or they are mixed, the folder can't be used, or the loss is no
        longer finite.
    """
    recipe = recipe or GeneratorRecipe()
    conditions = _conditions(images)
    folder = _run_folder(Path(out), recipe, conditions, resume)
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = Generator(conditions, recipe.width).to(device)
    optimiser = torch.optim.Adam(generator.parameters(), lr=recipe.learning_rate)
    first = _restored(folder, generator, optimiser, device) if resume else 0
    bar = tqdm(total=recipe.steps, initial=first, desc="training", disable=not progress)
    generator.train()
    for step in range(first, recipe.steps):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
        inputs, target, mask = (
            torch.from_numpy(part).to(device) for part in batch_of(images, recipe, step)
        )
        error = (generator(inputs) - target).abs() * mask
        loss = error.sum() / mask.sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if not math.isfinite(loss.item()):
            raise BrainseekError(
                f"the loss became {loss.item()} at step {step}: lower the learning rate."
            )
        bar.update()
        bar.set_postfix(loss=f"{loss.item():.4f}", refresh=False)
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            _save(folder, generator, optimiser, step + 1)
    bar.close()
    state = {name: value.cpu().contiguous() for name, value in generator.state_dict().items()}
    write_whole(folder / WEIGHTS, save(state))
    return generator.eval()


def load_generator(folder: Path | str) -> Generator:
    """Load the generator of a finished run.

    Raises
    ------
    BrainseekError
        The folder holds none, or it is damaged.
    """
    folder = Path(folder)
    try:
        stored = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        generator = Generator(stored["conditions"], stored["width"])
        generator.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise BrainseekError(
            f"{folder} holds no finished generator ({' '.join(str(error).split())[:200]}); train "
            "one, or resume its run."
        ) from error
    return generator.eval()


def batch_of(
    images: Sequence[AlignedImages], recipe: GeneratorRecipe, step: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the crops of a step: conditions (n, c, s, s), target and mask (n, 1, s, s).

    Crops lie around random pixels of the tissue, half of them mirrored left to right; gray in
    0..1, 0 beyond the image.
    """
    rng = np.random.default_rng((recipe.seed, step))
    side = recipe.side_px
    inputs, targets, masks = [], [], []
    for _ in range(recipe.batch):
        one = images[int(rng.integers(len(images)))]
        rows, columns = np.nonzero(one.mask)
        chosen = int(rng.integers(len(rows)))
        row, column = rows[chosen] - side // 2, columns[chosen] - side // 2
        flip = -1 if rng.random() < 0.5 else 1
        parts: list[NDArray[np.generic]] = [one.source, one.target, one.mask]
        if one.composed is not None:
            parts.insert(1, one.composed)
        crops = [_crop(part, int(row), int(column), side)[:, ::flip] for part in parts]
        crops[0] = crops[0] ** np.float32(np.exp(rng.normal(0, recipe.gamma)))
        inputs.append(np.stack(crops[:-2]))
        targets.append(crops[-2][None])
        masks.append(crops[-1][None] > 0)
    return (
        np.ascontiguousarray(np.stack(inputs), np.float32),
        np.ascontiguousarray(np.stack(targets), np.float32),
        np.ascontiguousarray(np.stack(masks), np.float32),
    )


def _crop(image: NDArray[np.generic], row: int, column: int, side: int) -> NDArray[np.float32]:
    out = np.zeros((side, side), np.float32)
    top, left = max(row, 0), max(column, 0)
    part = image[top : max(row + side, 0), left : max(column + side, 0)]
    there = (
        slice(top - row, top - row + part.shape[0]),
        slice(left - column, left - column + part.shape[1]),
    )
    out[there] = part.astype(np.float32) / np.float32(255)
    return out


def _conditions(images: Sequence[AlignedImages]) -> int:
    if not images:
        raise BrainseekError("0 images train nothing; give at least one.")
    with_composed = sum(one.composed is not None for one in images)
    if with_composed not in (0, len(images)):
        raise BrainseekError(
            f"{with_composed} of {len(images)} images have a composed one; give it for all or none."
        )
    return 2 if with_composed else 1


def _run_folder(folder: Path, recipe: GeneratorRecipe, conditions: int, resume: bool) -> Path:
    text = json.dumps({**asdict(recipe), "conditions": conditions}, indent=2) + "\n"
    stored = folder / RECIPE
    if resume:
        if not (folder / CHECKPOINT).is_file():
            raise BrainseekError(f"there is no run to resume in {folder}; leave out resume.")
        if stored.read_text(encoding="utf-8") != text:
            raise BrainseekError(f"{folder} holds a run of another recipe; choose another folder.")
        return folder
    if stored.exists():
        raise BrainseekError(f"{folder} already holds a run; resume it or choose another folder.")
    make_writable(folder, "the run folder {folder} can't be written ({reason}); choose another.")
    write_whole(stored, text.encode())
    return folder


def _save(folder: Path, generator: Generator, optimiser: torch.optim.Optimizer, step: int) -> None:
    state = {
        "step": step,
        "generator": generator.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    content = io.BytesIO()
    torch.save(state, content)
    write_whole(folder / CHECKPOINT, content.getvalue())


def _restored(
    folder: Path, generator: Generator, optimiser: torch.optim.Optimizer, device: torch.device
) -> int:
    state: dict[str, Any] = torch.load(folder / CHECKPOINT, map_location=device)
    generator.load_state_dict(state["generator"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
