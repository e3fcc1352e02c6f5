"""Registration: regions carried between plates, planes of template cuts, a damaged series.

``python -m benchmarks.registration``. Needs ``mouse-nissl-plates``, ``mouse-ccf`` and
``mouse-serial-nissl``, and the optional group ``registration``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks.registration.coarse_regions import REGIONS
from benchmarks.registration.partial import partial_table
from benchmarks.registration.plane import CONDITIONS, measure_planes, real_plane_table
from benchmarks.registration.series import measure_series
from benchmarks.registration.time import time_table
from benchmarks.registration.transfer import (
    METHODS,
    MIDDLE,
    MIDDLE_PLATE,
    TUNED_ON,
    TransferRow,
    region_transfer,
)
from benchmarks.registration.trust import trust_table
from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table
from benchmarks.shared import elastix

FIRST_PLATE, LAST_PLATE = 13, 129
"""Plates outside are badly anchored and hardly labelled (README of the data set)."""

ROTATIONS = (0.0, 20.0, -20.0)
ELASTIX = "elastix affine and B-spline, its own start"
PLANE_SEED = 7


def held_out(every: int) -> list[int]:
    """Plates that no setting was chosen on, nor a neighbour of those."""
    tuned = {plate + gap for plate in TUNED_ON for gap in (-1, 0, 1)}
    return [p for p in range(FIRST_PLATE, LAST_PLATE + 1, every) if p not in tuned]


def transfer_line(label: str, rows: Sequence[TransferRow]) -> Row:
    """Return means over plates, Dice with the standard deviation between them."""
    dice = np.array([row.agreement.mean_dice for row in rows])
    return (
        label,
        str(len(rows)),
        f"{dice.mean():.3f} ± {dice.std(ddof=1):.3f}",
        f"{np.mean([row.agreement.squared_error for row in rows]):.4f}",
        f"{np.mean([row.agreement.hausdorff95_um for row in rows]):,.0f}",
        f"{np.median([row.seconds for row in rows]):.2f}",
    )


def transfer_tables(every: int, offset: int | None) -> list[Table]:
    """Measure the transfer of regions to held-out plates."""
    plates = held_out(every)
    methods = [name for name in METHODS if name != ELASTIX] + [MIDDLE]
    if elastix.is_installed():
        methods.insert(-1, ELASTIX)
    rows = region_transfer(plates, ROTATIONS, methods, offset)
    lines = []
    for method in methods:
        for turned in (False, True):
            chosen = [r for r in rows if r.method == method and (r.rotation_deg != 0) == turned]
            lines.append(transfer_line(f"{method}; {'±20°' if turned else 'upright'}", chosen))
    to = "the most similar other plate (retrieved)" if offset is None else f"plate k + {offset}"
    title = f"Regions of {len(plates)} mouse Nissl plates as sections, from {to}"
    notes = [
        "Mean Dice of the coarse regions present on a plate, ± standard deviation between plates; "
        "mean squared error of the masks; mean 95th percentile of the outlines' distances. Right "
        "half only, which the expert labelled. Median seconds from pictures to labels.",
        f"Plates {', '.join(map(str, TUNED_ON))} chose the settings; they and their neighbours "
        f"are left out. The middle plate is {MIDDLE_PLATE}: another piece of anatomy.",
    ]
    if not elastix.is_installed():
        notes.append(f"itk-elastix is not installed here: `{elastix.INSTALL}`.")
    columns = ("method", "n", "Dice", "MSE", "HD95 (µm)", "s")
    tables = [Table(title, columns, tuple(lines), tuple(notes))]
    if offset is not None:
        tables.append(region_table(rows, title))
    return tables


def region_table(rows: Sequence[TransferRow], title: str) -> Table:
    """Return the Dice of each coarse region, upright."""
    methods = ("no registration", "affine only", "affine and B-spline")
    lines = []
    for region in REGIONS:
        found = [
            [
                row.agreement.dice[region]
                for row in rows
                if row.method == method and row.rotation_deg == 0 and region in row.agreement.dice
            ]
            for method in methods
        ]
        lines.append((region, str(len(found[0])), *(f"{np.mean(f):.3f}" for f in found if f)))
    return Table(f"{title}: Dice by region, upright", ("region", "n", *methods), tuple(lines))


def plane_table(n: int) -> Table:
    """Measure planes of cuts of the template."""
    lines = []
    for refine in (False, True):
        errors = measure_planes(n, PLANE_SEED, refine=refine)
        for condition in CONDITIONS:
            mine = [e for e in errors if e.condition == condition]
            um = np.array([e.position_um for e in mine])
            degrees = np.array([max(e.pitch_deg, e.yaw_deg) for e in mine])
            lines.append(
                (
                    "refined" if refine else "gallery alone",
                    condition,
                    str(len(mine)),
                    f"{np.median(um):.0f}",
                    f"{np.percentile(um, 90):.0f}",
                    f"{np.median(degrees):.1f}",
                    f"{np.percentile(degrees, 90):.1f}",
                )
            )
    notes = (
        f"SIMULATED: cuts of the very template that the estimate compares with, |tilt| ≤ 12°, "
        f"seed {PLANE_SEED} (settings were chosen on seed 100). This measures the search, not what "
        "another stain or brain costs.",
    )
    columns = ("method", "cut", "n", "median µm", "90 % µm", "median °", "90 % °")
    return Table("Planes of CCFv3 template cuts", columns, tuple(lines), notes)


def series_table(seeds: int) -> Table:
    """Measure the restoring of a damaged series."""
    lines = []
    for order, several in (("name", range(seeds)), ("unknown", range(seeds))):
        for seed in several:
            s = measure_series(seed, order=order)
            lines.append(
                (
                    f"{order}, seed {seed}",
                    f"{s.tau:.3f}",
                    f"{s.flips_found}/{s.flips}",
                    str(s.false_flips),
                    f"{s.destroyed_found}/{s.destroyed}",
                    str(s.false_bad),
                    f"{s.residual_um:.0f}",
                )
            )
    notes = (
        "Real sections of one brain, SIMULATED damage: 10 % change places, 5 % are mirrored, 5 % "
        "destroyed. Settings were chosen on seeds 0 and 1. Truth is the section number; "
        "places in the atlas are not judged.",
        "Kendall's tau without destroyed sections. 'Off the line': median distance of positions "
        "from a straight line over the true order; positions are bent only at gaps, so evenness "
        "follows partly from the method.",
    )
    columns = (
        "order given, damage",
        "tau",
        "flips",
        "false flips",
        "destroyed",
        "others called bad",
        "off the line (µm)",
    )
    return Table("The 330 sections of mouse-serial-nissl, damaged", columns, tuple(lines), notes)


def measure(arguments: argparse.Namespace) -> Report:
    """Measure everything."""
    tables = [
        *transfer_tables(arguments.every, offset=1),
        *transfer_tables(arguments.every, offset=None),
        partial_table(held_out(arguments.every), range(3)),
        trust_table(),
        plane_table(arguments.planes),
        real_plane_table(),
        series_table(arguments.seeds),
        time_table(),
    ]
    claim = "Sections aligned, planes estimated, a series placed, and the time it takes."
    return Report(claim, tuple(tables))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registration", description=__doc__)
    parser.add_argument("--every", type=int, default=6, help="every so manieth plate")
    parser.add_argument("--planes", type=int, default=18, help="template cuts")
    parser.add_argument("--seeds", type=int, default=3, help="damaged series with known order")
    run("registration", parser, measure)


if __name__ == "__main__":
    main()
