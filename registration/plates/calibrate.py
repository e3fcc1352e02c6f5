"""Fit what the scores of an encoder are worth, on validation sections and on strangers.

``python -m brainseek.registration.plates.calibrate NAME`` chooses the temperature that makes the
confidences most
likely on sections whose plate is known, and the logistic curve that tells them from pictures that
show no plate of the atlas. Both come from few images: they are fitted with one or two numbers each.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from brainseek.catalog.core.errors import BrainseekError, exit_on_error
from brainseek.catalog.sections.section import Section
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.registry import read_card
from brainseek.registration.plates.calibration import (
    Calibration,
    smooth_along_plates,
    softmax,
    write_calibration,
)
from brainseek.registration.plates.calibration_sections import known_sections, strange_sections
from brainseek.registration.plates.identify import similarities

FLOOR = 1e-6
WIDTHS = (0.0, 0.5, 1.0, 1.5, 2.0)


def fit_temperature(scores: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Temperature of the softmax that gives the true plates the greatest likelihood.

    Parameters
    ----------
    scores : ndarray, (m, n)
    truth : ndarray, (m,)
        Column of the true plate.
    """

    def loss(log_temperature: float) -> float:
        share = softmax(scores / np.exp(log_temperature))[np.arange(len(truth)), truth]
        return float(-np.log(share + FLOOR).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-7, 1), method="bounded").x))


def fit_none(known: NDArray[np.float64], strange: NDArray[np.float64]) -> tuple[float, float]:
    """Weight and centre of the logistic curve that tells strangers from known sections.

    Both groups weigh the same; a weak prior keeps the curve finite where they are separable.

    Parameters
    ----------
    known, strange : ndarray, (m,)
        Best similarity of every picture.
    """

    def loss(parameters: NDArray[np.float64]) -> float:
        weight, centre = np.exp(parameters[0]), parameters[1]
        for_known = np.logaddexp(0, weight * (centre - known)).mean()
        for_strange = np.logaddexp(0, weight * (strange - centre)).mean()
        return float(for_known + for_strange + 0.01 * (parameters[0] - np.log(20)) ** 2)

    start = np.array([np.log(20.0), (np.median(known) + np.median(strange)) / 2])
    fitted = minimize(loss, start, method="Nelder-Mead").x
    return float(np.exp(fitted[0])), float(fitted[1])


def fit_smoothing(
    similarity: NDArray[np.float32], truth: NDArray[np.int64], widths: Sequence[float]
) -> float:
    """Width of the smoothing, in plates, under which the true plates are most likely."""

    def loss(width: float) -> float:
        scores = smooth_along_plates(similarity.astype(np.float64), width)
        share = softmax(scores / fit_temperature(scores, truth))[np.arange(len(truth)), truth]
        return float(-np.log(share + FLOOR).mean())

    return min(widths, key=loss)


def calibrate(name: str) -> Calibration:
    """Fit the calibration of a released encoder on its atlas' validation sections.

    Raises
    ------
    BrainseekError
        If the sections are not on this machine.
    """
    card = read_card(name, kind=PlateCard)
    sections, plates = known_sections(card.atlas)
    strangers = strange_sections(card.atlas)
    if not sections or not strangers:
        raise BrainseekError(f"There is nothing to calibrate '{name}' on: get the data sets first.")
    similarity, numbers = similarities(sections, card.atlas, name)
    truth = np.array([int(np.flatnonzero(numbers == plate)[0]) for plate in plates])
    width = fit_smoothing(similarity, truth, WIDTHS)
    scores = smooth_along_plates(similarity.astype(np.float64), width)
    # What upright pictures of either kind reach decides when turning is tried; the final curve is
    # then fitted on what they reach with it.
    upright = fit_none(_best(sections, card.atlas, name), _best(strangers, card.atlas, name))[1]
    known, strange = (_best(group, card.atlas, name, upright) for group in (sections, strangers))
    weight, centre = fit_none(known, strange)
    return Calibration(
        encoder=card.identity,
        temperature=fit_temperature(scores, truth),
        smoothing_plates=width,
        none_weight=weight,
        none_centre=centre,
        turn_below=upright,
        fitted_on=f"{len(sections)} validation sections, {len(strangers)} pictures of other things",
    )


def _best(
    sections: Sequence[Section], atlas: str, name: str, turn_below: float | None = None
) -> NDArray[np.float64]:
    return similarities(sections, atlas, name, turn_below)[0].max(1).astype(np.float64)


@exit_on_error()
def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="released encoder")
    calibration = calibrate(parser.parse_args().name)
    path: Path = write_calibration(calibration)
    print(f"{path.name}: {calibration}")


if __name__ == "__main__":
    main()
