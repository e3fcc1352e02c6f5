"""Regions carried to plates that chose no setting: tables of methods and of regions."""

from collections.abc import Sequence

import numpy as np

from benchmarks.registration.coarse_regions import REGIONS
from benchmarks.registration.transfer import (
    METHODS,
    MIDDLE_PLATE,
    TUNED_ON,
    TransferRow,
    region_transfer,
)
from benchmarks.report.table import Row, Table
from benchmarks.shared import elastix

FIRST_PLATE, LAST_PLATE = 13, 129
"""Plates outside are badly anchored and hardly labelled (README of the data set)."""

ROTATIONS = (0.0, 20.0, -20.0)
ELASTIX = "elastix affine and B-spline, its own start"


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
    methods = [name for name in METHODS if name != ELASTIX]
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
