"""Whether the geodesic encoder holds its bars, judged by the numbers of the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.cortex.data import PlaceData
from benchmarks.cortex.places import AREA_COLUMNS, PLACE_COLUMNS, Numbers
from benchmarks.report.table import Row, Table

GEODESIC, SUPCON, SIMCLR = "cortex-geodesic", "cortex-supcon", "cortex-simclr"
STRAIGHT = "cortex-straight (ablation)"
UNTRAINED = "untrained network"
COLUMNS = ("data", "bar", "geodesic", "other", "difference", "spread", "holds")
Found = Mapping[str, Sequence[Numbers]]
"""Numbers of every run by encoder."""


@dataclass(frozen=True)
class Runs:
    """Mean and standard deviation (n - 1; 0 for one run) of a score over runs."""

    mean: float
    sd: float
    n: int

    @property
    def text(self) -> str:
        """``mean ± sd``, or the mean of a single run."""
        return f"{self.mean:.3f} ± {self.sd:.3f}" if self.n > 1 else f"{self.mean:.3f}"


def over_runs(runs: Sequence[Numbers], column: str) -> Runs:
    """Summarise one column."""
    values = [numbers[column] for numbers in runs]
    return Runs(float(np.mean(values)), float(np.std(values, ddof=len(values) > 1)), len(values))


def bars(everything: Mapping[str, tuple[PlaceData, Found]]) -> Table:
    """Judge every data set."""
    rows = tuple(
        row for name, (data, found) in everything.items() for row in _of(name, data, found)
    )
    notes = (
        "Spread: the sum of both standard deviations over seeds (n - 1). A bar of the form "
        "'above' holds where the difference is larger than the spread, 'not below' where it is "
        "not negative, 'at least' where the mean reaches the number. One run leaves 'above' open.",
    )
    return Table("Bars of the geodesic encoder", COLUMNS, rows, notes)


def _of(name: str, data: PlaceData, found: Found) -> list[Row]:
    rho, first = PLACE_COLUMNS[0], data.labels[0]
    probe, _, held_probe, held_knn = (f"{first}: {column}" for column in AREA_COLUMNS)
    rows = []
    for column in (rho, probe):
        for other in (SIMCLR, UNTRAINED):
            rows.append(_row(name, "above", column, found, other))
    for column in (held_probe, held_knn):
        rows.append(_row(name, "not below", column, found, SUPCON))
    if data.least_spearman is not None:
        own, least = over_runs(found[GEODESIC], rho), data.least_spearman
        holds = "yes" if own.mean >= least else "no"
        bar = f"{rho}: at least {least:g}"
        rows.append((name, bar, own.text, "", f"{own.mean - least:+.3f}", "", holds))
    return rows


def _row(name: str, kind: str, column: str, found: Found, other: str) -> Row:
    own, than = over_runs(found[GEODESIC], column), over_runs(found[other], column)
    difference, spread = own.mean - than.mean, own.sd + than.sd
    holds = difference > spread if kind == "above" else difference >= 0
    one_run = min(own.n, than.n) == 1
    return (
        name,
        f"{column}: {kind} {other}",
        own.text,
        than.text,
        f"{difference:+.3f}",
        "unknown" if one_run else f"{spread:.3f}",
        "open" if one_run and kind == "above" else "yes" if holds else "no",
    )
