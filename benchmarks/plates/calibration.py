"""Are the confidences honest, and does none_of_these tell strangers from sections?

``python -m benchmarks.plates.calibration`` refits smoothing and temperature without each section in
turn, judges the confidences of the section left out, and draws ``docs/pictures/reliability.png``.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.plates.reliability import (
    Bin,
    bins,
    brier,
    draw_reliability,
    expected_calibration_error,
    log_loss,
    roc_auc,
)
from benchmarks.report.intervals import clopper_pearson
from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table, absent
from benchmarks.shared.plate_methods import HUMAN, MOUSE, command_for, is_here
from brainseek.catalog.core.paths import PROJECT_ROOT
from brainseek.registration.plates.calibrate import WIDTHS, fit_none, fit_smoothing, fit_temperature
from brainseek.registration.plates.calibration import smooth_along_plates, softmax
from brainseek.registration.plates.calibration_sections import (
    CUTS,
    known_sections,
    strange_sections,
)
from brainseek.registration.plates.identify import similarities

CLAIM = "Confidence per plate and none_of_these of the released encoders."
ENCODERS = {"mouse-nissl": (MOUSE, "plates"), "mni152": (HUMAN, "plates-mni152")}
SECTIONS = {
    "mouse-nissl": "validation sections with expert labels",
    "mni152": "simulated cuts of the template",
}
CHOSEN_ON = {
    "mouse-nissl": "recipe and weights were still chosen on these sections.",
    "mni152": "the weights were trained and validated on other cuts of the same template.",
}
EVERY_PLATE = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 1.0)
FIRST_PLATE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
PICTURE = PROJECT_ROOT / "docs" / "pictures" / "reliability.png"

Similarity = NDArray[np.float32]
Truth = NDArray[np.int64]


@dataclass(frozen=True)
class Evidence:
    """Similarities that a calibration is judged on.

    Attributes
    ----------
    similarity : ndarray, (m sections, n plates), float32
    truth : ndarray, (m,), int64
        Column of the true plate.
    strangers : ndarray, (s,), float64
        Best similarity of every picture that shows no plate.
    """

    similarity: Similarity
    truth: Truth
    strangers: NDArray[np.float64]


def measure(options: argparse.Namespace) -> Report:
    """Judge the confidences on every atlas; see the module's text."""
    tables: list[Table] = []
    curves: dict[str, list[Bin]] = {}
    for atlas in options.atlas or ENCODERS:
        name, recipe = ENCODERS[atlas]
        if not is_here(name):
            columns = ("encoder", "")
            row = absent(name, command_for(name, recipe), columns)
            tables.append(Table(f"{atlas}: confidence", columns, (row,)))
            continue
        evidence = collect(atlas, name, options.cuts)
        left_out = leave_one_out(evidence.similarity, evidence.truth)
        title = f"{atlas}: {len(evidence.truth)} {SECTIONS[atlas]}"
        curves[atlas] = every_plate_bins(left_out, evidence.truth)
        tables += [
            _curve(title, curves[atlas], CHOSEN_ON[atlas]),
            _summary(title, evidence, left_out),
            _strangers(title, evidence),
        ]
    if curves:
        draw_reliability(
            {f"{atlas}, left out": curve for atlas, curve in curves.items()}, options.picture
        )
    return Report(CLAIM, tuple(tables))


def collect(atlas: str, name: str, cuts: int) -> Evidence:
    """Similarities of the sections and strangers that the calibration is fitted on."""
    sections, plates = known_sections(atlas, cuts)
    similarity, numbers = similarities(sections, atlas, name)
    truth = np.array([int(np.flatnonzero(numbers == plate)[0]) for plate in plates], np.int64)
    strange = similarities(strange_sections(atlas), atlas, name)[0].max(1)
    return Evidence(similarity, truth, strange.astype(np.float64))


def fitted_confidence(similarity: Similarity, truth: Truth, of: Similarity) -> NDArray[np.float64]:
    """Confidence (k, n) of similarities ``of``, calibrated on ``similarity`` and ``truth``."""
    width = fit_smoothing(similarity, truth, WIDTHS)
    temperature = fit_temperature(smooth_along_plates(similarity.astype(np.float64), width), truth)
    return softmax(smooth_along_plates(of.astype(np.float64), width) / temperature)


def leave_one_out(similarity: Similarity, truth: Truth) -> NDArray[np.float64]:
    """Confidence (m, n) of every section, calibrated on the others."""
    confidence = np.empty(similarity.shape)
    for i in range(len(truth)):
        rest = np.arange(len(truth)) != i
        confidence[i] = fitted_confidence(similarity[rest], truth[rest], similarity[i : i + 1])[0]
    return confidence


def every_plate_bins(confidence: NDArray[np.float64], truth: Truth) -> list[Bin]:
    """Reliability of the confidences of all plates of all sections."""
    is_true = np.arange(confidence.shape[1])[None, :] == truth[:, None]
    return bins(confidence.ravel(), is_true.ravel(), EVERY_PLATE)


def first_plate_bins(confidence: NDArray[np.float64], truth: Truth) -> list[Bin]:
    """Reliability of the confidence of the first plate of every section."""
    return bins(confidence.max(1), confidence.argmax(1) == truth, FIRST_PLATE)


def _curve(title: str, curve: list[Bin], chosen: str) -> Table:
    columns = ("confidence", "n (section, plate)", "mean said", "share true [95 %]")
    rows: list[Row] = [
        (f"{one.low:g} to {one.high:g}", str(one.n), f"{one.said:.3f}", one.happened.text(3))
        for one in curve
    ]
    return Table(
        f"{title}: reliability of every plate's confidence, leave-one-out",
        columns,
        tuple(rows),
        (
            f"Smoothing and temperature are refitted without the section that is judged; {chosen}",
            "Exact intervals, which take the plates of one section as independent.",
            "Drawn in docs/pictures/reliability.png.",
        ),
    )


def _summary(title: str, evidence: Evidence, left_out: NDArray[np.float64]) -> Table:
    m, n = evidence.similarity.shape
    in_sample = fitted_confidence(evidence.similarity, evidence.truth, evidence.similarity)
    candidates = {
        "calibrated, leave-one-out": left_out,
        "calibrated, fitted on the same": in_sample,
        "softmax of the cosine, temperature 1": softmax(evidence.similarity.astype(np.float64)),
        "chance: all plates equal": np.full((m, n), 1.0 / n),
    }
    columns = (
        "confidences", "n", "ECE first plate", "ECE every plate", "Brier (0 to 2)", "NLL (nats)",
    )  # fmt: skip
    rows = tuple(
        (
            label,
            str(m),
            f"{expected_calibration_error(first_plate_bins(confidence, evidence.truth)):.3f}",
            f"{expected_calibration_error(every_plate_bins(confidence, evidence.truth)):.4f}",
            f"{brier(confidence, evidence.truth):.3f}",
            f"{log_loss(confidence, evidence.truth):.2f}",
        )
        for label, confidence in candidates.items()
    )
    return Table(
        f"{title}: calibration error and proper scores",
        columns,
        rows,
        (f"The ECE of the first plate has 5 bins of {m} sections in all, so it is rough.",),
    )


def _strangers(title: str, evidence: Evidence) -> Table:
    known = evidence.similarity.max(1).astype(np.float64)
    strange = evidence.strangers
    weight, centre = fit_none(known, strange)
    same = _none(known, weight, centre), _none(strange, weight, centre)
    columns = (
        "none_of_these", "sections", "strangers", "ROC AUC",
        "sections called strange at 0.5 [95 %]", "strangers taken for sections at 0.5 [95 %]",
    )  # fmt: skip
    counts = (str(len(known)), str(len(strange)), f"{roc_auc(-strange, -known):.3f}")
    rows = (
        ("fitted on the same pictures", *counts, *_errors(*same)),
        ("leave-one-out", *counts, *_errors(*leave_one_out_none(known, strange))),
    )
    return Table(
        f"{title}: none_of_these",
        columns,
        rows,
        (
            "Strangers: nuclei, textures, brain pictures of another species or another plane. "
            "Leave-one-out keeps the picture's neighbours of the same kind in the "
            "fit; a kind of stranger never seen may do worse.",
            "The AUC ranks by the best similarity and does not depend on the fit.",
        ),
    )


def leave_one_out_none(
    known: NDArray[np.float64], strange: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """none_of_these of every section and stranger, fitted without it."""
    for_known = [
        _none(known[i], *fit_none(np.delete(known, i), strange)) for i in range(len(known))
    ]
    for_strange = [
        _none(strange[i], *fit_none(known, np.delete(strange, i))) for i in range(len(strange))
    ]
    return np.array(for_known), np.array(for_strange)


def _none(best: NDArray[np.float64], weight: float, centre: float) -> NDArray[np.float64]:
    """The logistic curve of `brainseek.registration.plates.calibration`."""
    return np.asarray(1.0 / (1.0 + np.exp(weight * (best - centre))))


def _errors(known: NDArray[np.float64], strange: NDArray[np.float64]) -> tuple[str, str]:
    false_alarms = clopper_pearson(int((known > 0.5).sum()), len(known))
    missed = clopper_pearson(int((strange <= 0.5).sum()), len(strange))
    return false_alarms.percent(), missed.percent()


def main() -> None:
    """Command line of this benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atlas", action="append", choices=ENCODERS, help="default: all")
    parser.add_argument("--cuts", type=int, default=CUTS, help="simulated human sections")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    run("plates.calibration", parser, measure)


if __name__ == "__main__":
    main()
