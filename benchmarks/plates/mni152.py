"""Does the embedded human atlas find the place of a damaged cut to within millimetres?

``python -m benchmarks.plates.mni152`` identifies the seeded demo queries and compares the released
encoder with plain pixel correlation and with the same network untrained.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from benchmarks.report.intervals import bootstrap_quantile, clopper_pearson
from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table, absent
from benchmarks.shared.plate_methods import (
    HUMAN,
    command_for,
    is_calibrated,
    is_here,
    pixel_method,
    preprocessing_of,
    untrained_method,
)
from benchmarks.shared.ranked_plates import by_similarity, identified
from brainseek.embedder.registry import read_card
from brainseek.registration.plates.demo import demo_sections
from brainseek.trainers.recipe import load_recipe

CLAIM = "Simulated cuts of the MNI152 template: error of the best plate along MNI y."
ATLAS, RECIPE = "mni152", "plates-mni152"
BAR_MEDIAN_MM, BAR_HIGH_MM = 2.0, 6.0
COLUMNS = (
    "method", "n", "median mm [95 %]", "95th percentile mm [95 %]", "within 6 mm [95 %]",
    "share with none_of_these > 0.5",
)  # fmt: skip


def measure(options: argparse.Namespace) -> Report:
    """Errors of every method on the same queries; see the module's text."""
    made = demo_sections(options.n, seed=options.seed)
    sections = [one.section for one in made]
    places = np.array([one.true_position_um for one in made])
    preprocessing = preprocessing_of(HUMAN, RECIPE)
    rows: list[Row] = []
    verdict = "The bar was not tested: the released encoder is not here."
    if is_here(HUMAN) and is_calibrated(HUMAN):
        answers = identified(sections, ATLAS, HUMAN)
        error = _error_mm(answers.position_um, places)
        rows.append(_row(HUMAN, error, answers.none_of_these))
        verdict = bar_verdict(error)
    else:
        rows.append(absent(HUMAN, command_for(HUMAN, RECIPE), COLUMNS))
    trunk, dim = _network()
    baselines = (
        pixel_method("pixel correlation, same preprocessing", ATLAS, preprocessing),
        untrained_method(f"untrained {trunk}", ATLAS, preprocessing, trunk, dim),
    )
    for method in baselines:
        found = by_similarity(method, sections).position_um
        rows.append(_row(method.label, _error_mm(found, places), None))
    rows.append(_chance_row(baselines[0].positions_um, places))
    return Report(
        CLAIM,
        (
            Table(
                f"{len(sections)} simulated demo queries, seed {options.seed}",
                COLUMNS,
                tuple(rows),
                (
                    verdict,
                    "Queries are cut from the very volume whose plates are ranked and on whose "
                    "cuts the encoder was trained (tilt, partial tissue, contrast, noise drawn "
                    "anew): nothing here speaks for other people's brains or other scanners.",
                    "none_of_these and the temperature were fitted on demo queries of another "
                    "seed.",
                ),
            ),
        ),
    )


def bar_verdict(error_mm: NDArray[np.float64]) -> str:
    """Whether median and 95th percentile reach the bars."""
    median, high = np.quantile(error_mm, (0.5, 0.95))
    said = [
        "reached" if good else "missed" for good in (median <= BAR_MEDIAN_MM, high <= BAR_HIGH_MM)
    ]
    return (
        f"Bar: median ≤ {BAR_MEDIAN_MM:.0f} mm {said[0]}, "
        f"95th percentile ≤ {BAR_HIGH_MM:.0f} mm {said[1]}."
    )


def _error_mm(found_um: NDArray[np.float64], places_um: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.abs(found_um - places_um) / 1000.0)


def _row(label: str, error: NDArray[np.float64], none: NDArray[np.float64] | None) -> Row:
    quantiles = (bootstrap_quantile(error, share).text(1) for share in (0.5, 0.95))
    near = clopper_pearson(int((error <= BAR_HIGH_MM).sum()), len(error)).percent()
    unsure = "" if none is None else f"{(none > 0.5).mean():.0%}".replace("%", " %")
    return (label, str(len(error)), *quantiles, near, unsure)


def _chance_row(plates_um: NDArray[np.float64], places_um: NDArray[np.float64]) -> Row:
    """Expectation of a plate drawn at random."""
    error = _error_mm(plates_um[:, None], places_um[None, :])
    median, high = np.quantile(error, (0.5, 0.95))
    near = f"{(error <= BAR_HIGH_MM).mean():.0%}".replace("%", " %")
    return ("chance", str(len(places_um)), f"{median:.1f}", f"{high:.1f}", near, "")


def _network() -> tuple[str, int]:
    """Trunk and length of the released encoder, or of the recipe that would make it."""
    if is_here(HUMAN):
        card = read_card(HUMAN)
        return card.trunk, card.dim
    network = load_recipe(RECIPE).network
    return network.trunk, network.dim


def main() -> None:
    """Command line of this benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=200, help="queries")
    parser.add_argument("--seed", type=int, default=0)
    run("plates.mni152", parser, measure)


if __name__ == "__main__":
    main()
