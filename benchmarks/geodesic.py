"""Geodesic encoder beside supervised contrastive, SimCLR, an untrained network and raw grey.

``python -m benchmarks.geodesic``. Trains every recipe on the left hemisphere and tests on the right
one; runs are kept in ``--runs`` and go on from there. Needs ``colin27`` and ``julich-brain``.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.cortex_scores import (
    neighbour_f1,
    place_errors_um,
    probe_f1,
    unit,
)
from benchmarks.report import Report, run
from benchmarks.table import Table
from catalog.geodesics import Geodesics
from catalog.paths import cache_dir
from embedder.networks import build_network, restore_state
from trainers.cortex_data import CortexData, cortex_data
from trainers.cortex_task import area_labels, place_pictures, place_sample
from trainers.evaluate import embed_pictures
from trainers.place_scores import distance_spearman
from trainers.recipe import CortexSettings, Recipe, load_recipe

RECIPES = ("cortex-geodesic", "cortex-supcon", "cortex-simclr")
UNTRAINED, GREY = "untrained network", "grey values, 12 x 12"
COLUMNS = (
    "encoder", "runs", "Spearman ≤ 60 mm", "probe F1", "k-NN F1", "probe F1, held out",
    "k-NN F1, held out", "place, best mm", "place, best of 5 mm",
)  # fmt: skip
GALLERY_SEED, QUERY_SEED = 41, 42
PLACES = 1500
FARTHEST_UM = 25_000.0
"""How far a mirrored place may lie from the other hemisphere's mesh."""


@dataclass(frozen=True, eq=False)
class Hemispheres:
    """Pictures, areas and distances of places on both sides.

    Attributes
    ----------
    data : CortexData
    labels : str
    hold_out : int
    """

    data: CortexData
    labels: str
    hold_out: int

    @cached_property
    def gallery(self) -> NDArray[np.int64]:
        """Vertices of the left hemisphere, which is trained on."""
        return place_sample(self.data, "left", PLACES, GALLERY_SEED)

    @cached_property
    def queries(self) -> NDArray[np.int64]:
        """Vertices of the right hemisphere."""
        return place_sample(self.data, "right", PLACES, QUERY_SEED)

    @cached_property
    def pictures(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Pictures of the gallery and of the queries."""
        gallery = place_pictures(self.data, self.gallery, GALLERY_SEED)
        return gallery, place_pictures(self.data, self.queries, QUERY_SEED)

    @cached_property
    def areas(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Areas of the gallery and of the queries."""
        ids = area_labels(self.data.surface, self.labels)
        return ids[self.gallery], ids[self.queries]

    @cached_property
    def within(self) -> NDArray[np.float32]:
        """Mutual distances of the queries along the surface, µm."""
        return Geodesics(self.data.surface).between(self.queries, self.queries)

    @cached_property
    def across(self) -> NDArray[np.float32]:
        """Distances from the mirrored place of each query to the gallery, µm."""
        surface = self.data.surface
        mirrored = surface.vertices_um[self.queries] * (-1.0, 1.0, 1.0)
        places, _ = surface.nearest(mirrored, FARTHEST_UM, surface.side("left"))
        return Geodesics(surface).between(places, self.gallery)

    def scores(self, gallery: NDArray[np.float32], queries: NDArray[np.float32]) -> list[float]:
        """Return the numbers of one row."""
        areas, truth = self.areas
        held = [np.where(ids % self.hold_out == 0, ids, 0).astype(np.int32) for ids in self.areas]
        return [
            distance_spearman(unit(queries), self.within),
            probe_f1(gallery, areas, queries, truth),
            neighbour_f1(gallery, areas, queries, truth),
            probe_f1(gallery, held[0], queries, held[1]),
            neighbour_f1(gallery, held[0], queries, held[1]),
            float(np.median(place_errors_um(gallery, queries, self.across, 1))) / 1000,
            float(np.median(place_errors_um(gallery, queries, self.across, 5))) / 1000,
        ]


def trained(recipe: Recipe, folder: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Train a recipe, or take up its finished or broken run; returns the embedding."""
    from safetensors.torch import load_file

    from trainers.run import train

    if not (folder / "network.safetensors").is_file():
        begun = (folder / "checkpoint.pt").is_file()
        if not begun:  # stopped before its first checkpoint
            shutil.rmtree(folder, ignore_errors=True)
        train(recipe, folder, resume=begun)
    network = build_network(recipe.network.trunk, recipe.network.dim)
    restore_state(network, load_file(folder / "network.safetensors"))
    return lambda pictures: embed_pictures(network.eval(), pictures, 128)


def untrained(recipe: Recipe, seed: int) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """The recipe's network as it begins."""
    torch.manual_seed(seed)
    network = build_network(recipe.network.trunk, recipe.network.dim)
    network.train()
    return lambda pictures: embed_pictures(network, pictures, len(pictures))


def grey(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures shrunk to 12 by 12 pixels, without their mean."""
    small = [cv2.resize(one, (12, 12), interpolation=cv2.INTER_AREA).ravel() for one in pictures]
    values = np.stack(small).astype(np.float32)
    return np.asarray(values - values.mean(1, keepdims=True), np.float32)


def settings_of(recipe: Recipe) -> CortexSettings:
    """Return what the recipe says of the cortex."""
    assert recipe.cortex is not None
    return recipe.cortex


def table(data: str, labels: str, steps: int, seeds: int, runs: Path, also: list[str]) -> Table:
    """Train and score everything on one data set."""
    changes = [f"cortex.data={data}", f"schedule.steps={steps}", *also]
    supcon = load_recipe("cortex-supcon", [*changes, f"cortex.labels={labels}"])
    first = settings_of(supcon)
    both = Hemispheres(
        cortex_data(data, first.side_px, first.pixel_um, first.turn_deg), labels, first.hold_out
    )
    found: dict[str, list[list[float]]] = {}
    for name in RECIPES:
        own = [f"cortex.labels={labels}"] if name == "cortex-supcon" else []
        for seed in range(seeds):
            recipe = load_recipe(name, [*changes, *own, f"seed={seed}"])
            embed = trained(recipe, runs / f"{data}-{name}-{steps}-{seed}")
            found.setdefault(name, []).append(both.scores(*map(embed, both.pictures)))
    for seed in range(seeds):
        embed = untrained(supcon, seed)
        found.setdefault(UNTRAINED, []).append(both.scores(*map(embed, both.pictures)))
    found[GREY] = [both.scores(*map(grey, both.pictures))]
    lines = []
    for name, rows in found.items():
        values = np.array(rows)
        cells = [
            f"{mean:.3f} ± {sd:.3f}" if len(rows) > 1 else f"{mean:.3f}"
            for mean, sd in zip(values.mean(0), values.std(0), strict=True)
        ]
        lines.append((name, str(len(rows)), *cells))
    notes = (
        f"{both.data.remark}. {first.side_px} x {first.side_px} pixels of {first.pixel_um:g} µm, "
        f"one network (graynet) and {steps} steps for all; mean ± standard deviation over seeds.",
        f"Left hemisphere trains and is the gallery ({len(both.gallery)} places), right one tests "
        f"({len(both.queries)}). Areas: {labels}; every {first.hold_out}rd is held out from the "
        "labels of supervised contrastive learning. Probe and k-NN see the left labels of all.",
        "The areas are PSEUDO-TRUTH: the Julich-Brain map of other brains, read at MNI "
        "coordinates, not delineated in this person.",
        f"Patches span {first.side_px * first.pixel_um / 1000:.0f} mm: what is learned is the "
        "anatomy of folds, not layers. Pixel size, turn, bandwidth and temperature were chosen by "
        "Spearman's rho on 600 other places of this right hemisphere, seed 0.",
        "Place: median distance along the left surface from the mirrored place of the query.",
    )
    return Table(f"{data}: the unseen hemisphere", COLUMNS, tuple(lines), notes)


def measure(arguments: argparse.Namespace) -> Report:
    """Measure every data set."""
    runs = arguments.runs or cache_dir() / "benchmark-runs"
    tables = [table("t1-colin27", "julich", arguments.steps, arguments.seeds, runs, [])]
    return Report("Distance along the cortex as the teacher, without area labels.", tuple(tables))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.geodesic", description=__doc__)
    parser.add_argument("--steps", type=int, default=400, help="training steps of every run")
    parser.add_argument("--seeds", type=int, default=3, help="runs of every recipe")
    parser.add_argument("--runs", type=Path, help="folder of the runs; default: in the cache")
    run("geodesic", parser, measure)


if __name__ == "__main__":
    main()
