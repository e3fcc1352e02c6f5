"""Ranked plates of many sections, whichever method ranked them, and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.report.intervals import Estimate, bootstrap_mean, clopper_pearson
from benchmarks.shared.plate_methods import Method
from brainseek.catalog.sections.section import Section
from brainseek.embedder.gallery import load_gallery
from brainseek.registration.plates.identify import identify

TOP = (1, 3, 5, 10)


@dataclass(frozen=True)
class Answers:
    """All plates in the order in which a method proposes them.

    Attributes
    ----------
    order : ndarray, (m sections, n plates), int64
        Plate numbers, best first.
    position_um : ndarray, (m,), float64
        Position of the best plate along the cutting axis, µm.
    none_of_these : ndarray, (m,), float64, or None
        Probability that no plate is right, where the method gives one.
    """

    order: NDArray[np.int64]
    position_um: NDArray[np.float64]
    none_of_these: NDArray[np.float64] | None = None

    @property
    def best(self) -> NDArray[np.int64]:
        """First plate of every section, (m,)."""
        return self.order[:, 0]

    def ranks(self, truth: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rank of the true plates (m,), from 0."""
        return np.asarray((self.order == truth[:, None]).argmax(1))

    def of(self, chosen: NDArray[np.bool_]) -> Answers:
        """Answers of some of the sections."""
        none = None if self.none_of_these is None else self.none_of_these[chosen]
        return Answers(self.order[chosen], self.position_um[chosen], none)


def identified(sections: Sequence[Section], atlas: str, encoder: str) -> Answers:
    """Answers of the front door, `registration.plates.identify`: smoothed, calibrated scores."""
    found = identify(list(sections), atlas, load_gallery(encoder).numbers.size, encoder)
    return Answers(
        np.array([[candidate.plate for candidate in one.candidates] for one in found], np.int64),
        np.array([one.candidates[0].position_um for one in found]),
        np.array([one.none_of_these for one in found]),
    )


def by_similarity(method: Method, sections: Sequence[Section]) -> Answers:
    """Answers of a method by plain cosine similarity."""
    return sorted_plates(method.similarity(sections), method)


def sorted_plates(scores: NDArray[np.float64], method: Method) -> Answers:
    """Answers from scores (m, n), one column per plate of the method."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return Answers(method.plates[order], method.positions_um[order[:, 0]])


@dataclass(frozen=True)
class PlateScore:
    """How well the true plates are ranked.

    Attributes
    ----------
    rank_mae : Estimate
        Mean rank of the true plate, from 0, with a bootstrap interval.
    top : dict of int to Estimate
        Share of sections with rank < N for N in ``TOP``, with exact intervals.
    plate_error_um : Estimate
        Mean |best − true plate number| · 100 µm, with a bootstrap interval.
    """

    n: int
    rank_mae: Estimate
    top: dict[int, Estimate]
    plate_error_um: Estimate

    def cells(self) -> tuple[str, ...]:
        """Cells for ``n``, rank-MAE, TOP-N and plate error."""
        shares = (self.top[n].percent() for n in TOP)
        return (str(self.n), self.rank_mae.text(), *shares, self.plate_error_um.text(0))


def plate_score(answers: Answers, truth: NDArray[np.int64]) -> PlateScore:
    """Score answers against the true plates (m,)."""
    ranks = answers.ranks(truth)
    return PlateScore(
        len(truth),
        bootstrap_mean(ranks),
        {n: clopper_pearson(int((ranks < n).sum()), len(truth)) for n in TOP},
        bootstrap_mean(100.0 * np.abs(answers.best - truth)),
    )
