"""Geodesic encoder beside supervised contrastive, SimCLR, an untrained network and raw features.

``python -m benchmarks.cortex``. Trains every recipe on the left hemisphere and tests on the right
one; runs are kept in ``--runs`` and go on from there. Needs ``colin27``, ``julich-brain`` and
``bigbrain-surface``.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.cortex import shipped_encoders
from benchmarks.cortex.bars import (
    GEODESIC,
    SIMCLR,
    STRAIGHT,
    SUPCON,
    UNTRAINED,
    Found,
    bars,
    over_runs,
)
from benchmarks.cortex.data import DATA, PlaceData
from benchmarks.cortex.picture import draw_distances
from benchmarks.cortex.places import AREA_COLUMNS, PLACE_COLUMNS, Hemispheres, Numbers
from benchmarks.cortex.runs import Embed, recipe_of, settings_of, trained, untrained
from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.embedder.registry import encoder_names
from brainseek.trainers.cortex.data import cortex_data
from brainseek.trainers.cortex.distances import kept_geodesics

RECIPES = {name.split(" ")[0]: name for name in (GEODESIC, SUPCON, SIMCLR, STRAIGHT)}
ABLATION = STRAIGHT.split(" ")[0]
MEASURED = ("t1-colin27", "bigbrain-profiles", "bigbrain-rendered")
"""What is measured unless other data are asked for."""
PLACES = 1500
PICTURED = (GEODESIC, SIMCLR, UNTRAINED)


def measure(arguments: argparse.Namespace) -> Report:
    """Measure every data set."""
    names = arguments.data or list(MEASURED)
    for name in names:
        if name not in DATA:
            raise BrainseekError(f"the data {name!r} are not known; choose from {', '.join(DATA)}.")
    runs = arguments.runs or cache_dir() / "benchmark-runs"
    tables: list[Table] = []
    everything: dict[str, tuple[PlaceData, Found]] = {}
    for name in names:
        steps = arguments.steps or DATA[name].steps
        found, both = _measure_one(name, steps, arguments, runs)
        everything[name] = DATA[name], found
        tables += _tables(name, steps, found, both)
    claim = "Distance along the cortex as the teacher, without area labels."
    tables.append(bars(everything))
    if arguments.data is None and encoder_names("cortex"):
        tables.append(shipped_encoders.table())
    return Report(claim, tuple(tables))


def _measure_one(
    name: str, steps: int, arguments: argparse.Namespace, runs: Path
) -> tuple[Found, Hemispheres]:
    """Train, score and draw everything on one data set."""
    seeds, pictures = arguments.seeds, arguments.pictures
    supcon = settings_of(recipe_of(SUPCON, name, steps))
    data = cortex_data(name, supcon)
    both = Hemispheres(data, DATA[name].labels, supcon.hold_out, arguments.places)
    _know_distances(both)
    found: dict[str, list[Numbers]] = {}
    shown: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def score(encoder: str, embed: Embed) -> None:
        gallery, queries = (embed(some) for some in both.pictures)
        found.setdefault(encoder, []).append(both.scores(gallery, queries))
        if encoder in PICTURED:
            shown.setdefault(encoder, (queries, both.within))

    for recipe, encoder in RECIPES.items():
        for seed in range(min(seeds, DATA[name].ablations) if recipe == ABLATION else seeds):
            settings = recipe_of(recipe, name, steps, seed)
            score(encoder, trained(settings, runs / f"{name}-{recipe}-{steps}-{seed}"))
    for seed in range(seeds):
        score(UNTRAINED, untrained(recipe_of(GEODESIC, name, steps), seed))
    for raw, of in DATA[name].raw.items():
        found[raw] = [both.scores(*of(*both.pictures))]
    if pictures is not None:
        title = f"{name}: {len(both.queries)} places of the unseen hemisphere, seed 0"
        draw_distances(shown, title, pictures / f"geodesic-{name}.png")
    return found, both


def _know_distances(both: Hemispheres) -> None:
    """Compute the distances that all runs draw from once, before their processes start."""
    surface = both.data.surface
    left = np.flatnonzero(surface.side("left") & surface.cortex & both.data.source.usable)
    kept_geodesics(surface).between(left, left[:1])


def _tables(name: str, steps: int, found: Found, both: Hemispheres) -> list[Table]:
    known, recipe = DATA[name], recipe_of(GEODESIC, name, steps)
    cortex = settings_of(recipe)
    shown = (
        f"{cortex.side_px} x {cortex.side_px} pixels of {cortex.pixel_um:g} µm, "
        f"{cortex.planes} plane{'s' if cortex.planes > 1 else ''}. "
        if recipe.network.trunk != "mlp"
        else ""
    )
    places = (
        f"{both.data.remark}. {shown}One network ({recipe.network.trunk}) and {steps} steps for "
        "all; mean ± standard deviation (n - 1) over seeds.",
        f"Left hemisphere trains and is the gallery ({len(both.gallery)} places), right one tests "
        f"({len(both.queries)}). Place: median distance along the left surface from the mirrored "
        "place of the query to the best hit, or to the nearest of the best 5; shares within 10 mm.",
        "Mirrored place: nearest left vertex after an affine fit of the mirrored right hemisphere; "
        f"it lies in the same area of {both.labels[0]} for {both.same_area:.0%} of the queries.",
        f"{STRAIGHT} takes distance through space for distance along the surface.",
        known.tuned,
    )
    tables = [_table(f"{name}: places on the unseen hemisphere", PLACE_COLUMNS, "", found, places)]
    for labels in known.labels:
        role = f"Every {both.hold_out}rd area is held out from the labels of {SUPCON}"
        if labels != known.labels[0]:
            role = (
                f"{SUPCON} never saw {labels}. Held out: the places in those areas of "
                f"{known.labels[0]} that were held out from it"
            )
        notes = (
            f"{both.data.remark}.",
            known.truth,
            f"{role}. Probe and k-NN see the left labels of all; areas with at least 5 places on "
            "both sides, macro-F1.",
        )
        title = f"{name}: areas of {labels} on the unseen hemisphere"
        tables.append(_table(title, AREA_COLUMNS, f"{labels}: ", found, notes))
    return tables


def _table(
    title: str, columns: Sequence[str], prefix: str, found: Found, notes: tuple[str, ...]
) -> Table:
    rows: list[Row] = []
    for encoder, numbers in found.items():
        cells = [over_runs(numbers, prefix + column).text for column in columns]
        rows.append((encoder, str(len(numbers)), *cells))
    return Table(title, ("encoder", "runs", *columns), tuple(rows), notes)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cortex", description=__doc__)
    parser.add_argument(
        "--data", action="append", help=f"repeatable; default: {', '.join(MEASURED)}"
    )
    parser.add_argument("--steps", type=int, help="of every run; default: those of the data set")
    parser.add_argument("--seeds", type=int, default=3, help="runs of every recipe")
    parser.add_argument("--places", type=int, default=PLACES, help="drawn on each side")
    parser.add_argument("--runs", type=Path, help="folder of the runs; default: in the cache")
    parser.add_argument("--pictures", type=Path, help="folder for a PNG of every data set")
    run("cortex", parser, measure)


if __name__ == "__main__":
    main()
