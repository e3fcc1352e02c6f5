"""The training loop: recipe in, run folder out.

A run folder holds all that is needed to repeat the run (``recipe.yaml``, ``environment.json``),
what it printed (``log.csv``, TensorBoard events), the state to go on from (``checkpoint.pt``) and
the result (``network.safetensors``).
"""

import json
import math
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from tqdm import tqdm

from brainseek.catalog.core.checkout import checked_out
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import export_state, keep_freed_memory
from brainseek.trainers import distributed as parallel
from brainseek.trainers.embed import Network
from brainseek.trainers.log import RunLog
from brainseek.trainers.recipe import (
    NetworkSettings,
    Recipe,
    ScheduleSettings,
    load_recipe,
    to_yaml,
)
from brainseek.trainers.tasks.registry import Score, network_of, task_of


def train(
    recipe: str | Path | Recipe,
    out: str | Path,
    *,
    resume: bool = False,
    changes: Sequence[str] = (),
    workers: int = 1,
) -> Path:
    """Train a recipe; returns the run folder.

    Parameters
    ----------
    recipe : str, Path or Recipe
        Name of a shipped recipe, path of a YAML file, or the settings themselves.
    out : path
        Run folder; must not hold another run unless ``resume``.
    resume : bool
        Go on from the folder's checkpoint.
    changes : sequence of str
        ``KEY=VALUE`` changes to the recipe, e.g. ``schedule.steps=100``.
    workers : int
        Processes that make batches.

    Raises
    ------
    BrainseekError
        If the recipe is wrong, its data are missing, or the folder can't be used.
    """
    keep_freed_memory()
    settings = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, changes)
    rank, _ = parallel.start()
    folder = Path(out)
    if rank == 0:
        _check_folder(folder, settings, resume)
    run = _Run(settings, folder, workers)  # what is wrong with the recipe is found here
    if rank == 0 and not resume:
        _begin_folder(folder, settings)
    parallel.wait()
    if resume:
        run.restore()
    try:
        run.loop()
    finally:
        parallel.stop()
    return run.folder


def _check_folder(out: Path, recipe: Recipe, resume: bool) -> None:
    """Refuse a folder that holds another run, or none to resume."""
    stored = out / "recipe.yaml"
    if resume:
        if not (out / "checkpoint.pt").is_file():
            raise BrainseekError(f"There is no run to resume in '{out}': leave out --resume.")
        if stored.read_text(encoding="utf-8") != to_yaml(recipe):
            raise BrainseekError(f"'{out}' holds a run of another recipe: choose another folder.")
    elif stored.exists():
        raise BrainseekError(f"'{out}' already holds a run: add --resume or choose another folder.")


def _begin_folder(out: Path, recipe: Recipe) -> None:
    """Make the run folder with recipe and environment."""
    stored = out / "recipe.yaml"
    try:
        out.mkdir(parents=True, exist_ok=True)
        stored.write_text(to_yaml(recipe), encoding="utf-8")
        (out / "environment.json").write_text(json.dumps(environment(), indent=2))
    except OSError as error:
        stored.unlink(missing_ok=True)
        raise BrainseekError(f"The run folder '{out}' can't be written ({error}).") from error


def environment() -> dict[str, Any]:
    """Commit and whether the code differs from it, versions and machine of this run."""
    return {
        "commit": checked_out(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "python": platform.python_version(),
        "device": str(parallel.device()),
        "threads": torch.get_num_threads(),
    }


class _Run:
    def __init__(self, recipe: Recipe, folder: Path, workers: int) -> None:
        self.rank, self.world = parallel.start()
        self.recipe, self.folder, self.workers = recipe, folder, workers
        self.device = parallel.device()
        torch.manual_seed(recipe.seed)
        self.task = task_of(recipe)
        self.task.loss.to(self.device)
        network = network_of(recipe)
        self.network: Network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.frozen: tuple[str, ...] | None = None
        self.optimiser = _optimiser(self.network, self.task.loss, recipe.schedule)
        decay = recipe.schedule.average
        self.average = (
            AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
            if decay
            else None
        )
        self.step, self.best, self.best_step = 0, math.inf, 0

    def loop(self) -> None:
        schedule, validation = self.recipe.schedule, self.recipe.validation
        main = self.rank == 0
        log = RunLog(self.folder, self.step) if main else None
        forward = torch.compile(self.network) if schedule.compile else self.network
        batches = iter(self._loader())
        start, first = time.perf_counter(), self.step
        bar = tqdm(total=schedule.steps, initial=self.step, disable=not main, desc="training")
        running: list[float] = []
        while self.step < schedule.steps:
            self._freeze(_frozen_at(self.recipe.network, self.step))
            images, places = next(batches)
            running.append(self._update(forward, images, places))
            self.step += 1
            bar.update()
            if self.step % validation.every and self.step < schedule.steps:
                continue
            scores = self.task.validate(self._shown())
            self._note_best(scores)
            if log is not None:
                rate = (self.step - first) / (time.perf_counter() - start)
                log.write(self.step, float(np.mean(running)), rate, scores)
                self._save()
            running.clear()
            if schedule.patience and self.step - self.best_step >= schedule.patience:
                break
        bar.close()
        if main:
            self._finish()
        if log is not None:
            log.close()

    def _loader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        steps = range(self.step, self.recipe.schedule.steps)
        data = self.task.batches(steps, (self.recipe.seed, self.rank))
        return DataLoader(
            data,
            batch_size=None,
            num_workers=self.workers,
            prefetch_factor=4 if self.workers else None,
            pin_memory=self.device.type == "cuda",
            worker_init_fn=_one_thread,
        )

    def _update(self, forward: Any, images: Tensor, places: Tensor) -> float:
        schedule = self.recipe.schedule
        factor = learning_rate_factor(self.step, schedule)
        for group in self.optimiser.param_groups:
            group["lr"] = group["base_rate"] * factor
        images = images.to(self.device, memory_format=torch.channels_last, non_blocking=True)
        places = places.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            embeddings = forward(images)
        loss: Tensor = self.task.loss(parallel.gather(embeddings.float()), parallel.gather(places))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        learned = (*self.network.parameters(), *self.task.loss.parameters())
        parameters = [p for p in learned if p.requires_grad]
        parallel.average_gradients(parameters)
        nn.utils.clip_grad_norm_(parameters, 5.0)
        self.optimiser.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        value = loss.item()
        if not math.isfinite(value):
            raise BrainseekError(
                f"The loss became {value} at step {self.step}: lower schedule.learning_rate."
            )
        return value

    def _freeze(self, prefixes: tuple[str, ...]) -> None:
        """Rest the trunk parts whose names begin with a prefix; their batch norms stay fixed."""
        trunk = self.network.trunk
        if prefixes != self.frozen:
            self.frozen = prefixes
            for name, parameter in trunk.named_parameters():
                parameter.requires_grad_(not name.startswith(prefixes) if prefixes else True)
        self.network.train()
        for name, module in trunk.named_modules():
            if prefixes and name.startswith(prefixes):
                module.eval()

    def _shown(self) -> nn.Module:
        """The network that is validated and released: the average where there is one."""
        return self.network if self.average is None else self.average.module

    def _note_best(self, scores: Mapping[str, Score]) -> None:
        if not scores:
            return
        first = next(iter(scores.values())).error
        if first < self.best:
            self.best, self.best_step = first, self.step
            if self.recipe.schedule.patience and self.rank == 0:
                save_file(export_state(self._shown()), self.folder / "best.safetensors")

    def _save(self) -> None:
        state = {
            "step": self.step,
            "best": self.best,
            "best_step": self.best_step,
            "network": self.network.state_dict(),
            "loss": self.task.loss.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        part = self.folder / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")

    def restore(self) -> None:
        """Go on from the folder's checkpoint."""
        state = torch.load(self.folder / "checkpoint.pt", map_location=self.device)
        self.step, self.best, self.best_step = state["step"], state["best"], state["best_step"]
        self.network.load_state_dict(state["network"])
        self.task.loss.load_state_dict(state["loss"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])

    def _finish(self) -> None:
        """Early-stopped recipes release their best state, the others the last."""
        best = self.folder / "best.safetensors"
        target = self.folder / "network.safetensors"
        if self.recipe.schedule.patience and best.is_file():
            best.replace(target)
        else:
            save_file(export_state(self._shown()), target)


def _one_thread(_: int) -> None:
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def _frozen_at(settings: NetworkSettings, step: int) -> tuple[str, ...]:
    resting = settings.frozen_until < 0 or step < settings.frozen_until
    return settings.frozen if resting else ()


def _optimiser(
    network: Network, loss: nn.Module, schedule: ScheduleSettings
) -> torch.optim.Optimizer:
    rate = schedule.learning_rate
    groups: list[dict[str, Any]] = [
        {"params": list(network.trunk.parameters()), "base_rate": rate * schedule.trunk_rate},
        {"params": list(network.head.parameters()), "base_rate": rate},
    ]
    learned = list(loss.parameters())
    if learned:  # a temperature must not decay
        groups.append({"params": learned, "base_rate": rate, "weight_decay": 0.0})
    if schedule.optimiser == "adam":
        return torch.optim.Adam(groups, lr=rate)
    if schedule.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=rate, weight_decay=schedule.weight_decay)
    raise BrainseekError(f"Unknown optimiser '{schedule.optimiser}': choose adam or adamw.")


def learning_rate_factor(step: int, schedule: ScheduleSettings) -> float:
    """Share of the base rate at a step: constant for Adam, warm-up and cosine for AdamW."""
    if schedule.optimiser == "adam":
        return 1.0
    if step < schedule.warm_up:
        return (step + 1) / schedule.warm_up
    done = (step - schedule.warm_up) / max(schedule.steps - schedule.warm_up, 1)
    return 0.5 * (1 + math.cos(math.pi * done)) * 0.98 + 0.02
