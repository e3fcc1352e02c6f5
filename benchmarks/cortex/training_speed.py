"""What bounds the training of cortical places: the patches or the network?

``python -m benchmarks.cortex.training_speed``. One worker makes patches, as in a training; then the
network learns from batches in memory; then both work together.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from benchmarks.cortex.bars import GEODESIC
from benchmarks.cortex.data import DATA
from benchmarks.cortex.runs import recipe_of, settings_of
from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.embedder.networks.embedding import build_network
from brainseek.trainers.cortex.batches import InTurn
from brainseek.trainers.cortex.distances import kept_geodesics
from brainseek.trainers.tasks.cortex import CortexTask

COLUMNS = (
    "data", "device", "loader alone, patches/s", "network alone, patches/s",
    "together, patches/s", "loader / network", "loading is the bottleneck",
    "new distances, ms per place",
)  # fmt: skip
WARM_UP = 4
Batch = tuple[Tensor, Tensor]


def measure(arguments: argparse.Namespace) -> Report:
    """Measure every data set on the CPU, and on the GPU where there is one."""
    torch.set_num_threads(arguments.threads)
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    rows = [
        _row(name, device, arguments.batches, arguments.repeats)
        for name in arguments.data or DATA
        for device in devices
    ]
    notes = (
        f"Medians of {arguments.repeats} runs of {arguments.batches} batches after "
        f"{WARM_UP} batches of warm-up; one worker process, {arguments.threads} thread(s) for the "
        "network. Recipe cortex-geodesic as `python -m benchmarks.cortex` changes it.",
        "Loading is the bottleneck where the loader alone is slower than the network alone.",
        "Distances along the surface are computed once for every place and then kept; the "
        "patches per second are those with known distances, the last column is what each new "
        "place costs.",
    )
    return Report(
        "Whether patches are made as fast as the network learns from them.",
        (Table("Loader and network", COLUMNS, tuple(rows), notes),),
    )


def _row(name: str, device: str, batches: int, repeats: int) -> Row:
    recipe = recipe_of(GEODESIC, name, DATA[name].steps)
    task = CortexTask(recipe)
    count = WARM_UP + batches
    made = task.batches(range(count), (0, 0))
    assert isinstance(made, InTurn)
    places = np.unique(np.concatenate([made.batches[0].vertices(step) for step in range(count)]))
    kept_geodesics(task.data.surface).between(places, places[:1])
    learn = _learner(recipe.network.trunk, recipe.network.dim, task, device)
    kept = [made[0], made[1]]
    size = settings_of(recipe).places * settings_of(recipe).views

    def alone() -> Iterator[Batch]:
        return iter(DataLoader(made, batch_size=None, num_workers=1, prefetch_factor=4))

    loader = _rate(alone, lambda batch: None, repeats, size, batches)
    network = _rate(lambda: (kept[n % 2] for n in range(count)), learn, repeats, size, batches)
    together = _rate(alone, learn, repeats, size, batches)
    return (
        name,
        device,
        f"{loader:,.0f}",
        f"{network:,.0f}",
        f"{together:,.0f}",
        f"{loader / network:.2f}",
        "yes" if loader < network else "no",
        f"{_distance_ms(task, places[:64]):.1f}",
    )


def _learner(trunk: str, dim: int, task: CortexTask, device: str) -> Callable[[Batch], None]:
    """Return one step of training: forward, loss, backward, optimiser."""
    network = build_network(trunk, dim).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3)

    def learn(batch: Batch) -> None:
        images, places = (part.to(device) for part in batch)
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            vectors = network(images)
        loss = task.loss(vectors.float(), places)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        loss.item()  # waits for the device

    return learn


def _rate(
    batches: Callable[[], Iterator[Batch]],
    work: Callable[[Batch], None],
    repeats: int,
    size: int,
    count: int,
) -> float:
    """Patches per second after the warm-up, the median of several runs."""
    rates = []
    for _ in range(repeats):
        source = batches()
        for _ in range(WARM_UP):
            work(next(source))
        start = time.perf_counter()
        for batch in source:
            work(batch)
        rates.append(size * count / (time.perf_counter() - start))
    return float(np.median(rates))


def _distance_ms(task: CortexTask, places: np.ndarray) -> float:
    """Milliseconds for the distances from one place, none of them known."""
    fresh = Geodesics(task.data.surface)
    fresh.between(places[:1], places[:1])  # sets the method up
    start = time.perf_counter()
    fresh.between(places[1:], places)
    return (time.perf_counter() - start) * 1000 / len(places[1:])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cortex.training_speed", description=__doc__
    )
    parser.add_argument("--data", action="append", help=f"repeatable; default: {', '.join(DATA)}")
    parser.add_argument("--batches", type=int, default=30, help="measured batches of every run")
    parser.add_argument("--repeats", type=int, default=3, help="runs of every measurement")
    parser.add_argument("--threads", type=int, default=1, help="threads of the network")
    run("cortex.training_speed", parser, measure)


if __name__ == "__main__":
    main()
