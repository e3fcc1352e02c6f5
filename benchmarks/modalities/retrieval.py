"""Retrieval on the test blocks in both directions, and the bars."""

from dataclasses import dataclass

import numpy as np

from benchmarks.modalities.features import (
    BATCH,
    Embed,
    best_on,
    both_orders,
    untrained,
)
from benchmarks.modalities.mutual_information import BINS, SIDE_PX, TURNS_DEG, match
from benchmarks.modalities.places import EVERY_UM
from benchmarks.modalities.scores import Retrieval, by_chance, retrieval, spread
from benchmarks.modalities.study import PSEUDO_TRUTH, Study
from benchmarks.report.table import Row, Table
from benchmarks.shared.plate_methods import MOUSE

COLUMNS = (
    "method", "runs", "queries", "R@1", "R@5", "R@10", "median rank", "place error µm",
    "folded µm", "R@5 of blocks",
)  # fmt: skip
BARS = ("bar", "needed", "measured", "reached")
LEAST_PLACES = 2000
LEAST_RATIO = 8.0
LARGEST_ERROR_UM = 400.0
LEAST_SYMMETRY = 0.8
"""The worse direction as a share of the better one: within 20 %."""
OURS, MUTUAL, CHANCE = "our two towers", "mutual information", "chance (in closed form)"


@dataclass(frozen=True, eq=False)
class Compared:
    """Scores by method: of each run, both directions.

    Attributes
    ----------
    scores : dict
        One pair of `Retrieval` per run.
    queries : dict of int
    notes : tuple of str
    """

    scores: dict[str, list[tuple[Retrieval, Retrieval]]]
    queries: dict[str, int]
    notes: tuple[str, ...]

    def recall5(self, method: str) -> tuple[float, float]:
        """Mean over the runs, both directions."""
        forward, back = np.mean([[r.recall5 for r in run] for run in self.scores[method]], axis=0)
        return float(forward), float(back)


def compare(study: Study, mutual_queries: int) -> Compared:
    """Score our encoders and the baselines on the test places."""
    places = study.test

    def scored(embed: Embed) -> tuple[Retrieval, Retrieval]:
        forward, back = both_orders(embed, places)
        return retrieval(forward, places), retrieval(back, places)

    scores = {OURS: [scored(encoder.embed) for encoder in study.encoders]}
    side, choices = study.frame.side_px, []
    frozen = {
        "ImageNet features": (study.imagenet, (side, 2 * side)),
        f"features of {MOUSE}": (study.plates, (side, 2 * side)),
        "our towers, untrained": (untrained(study.recipe()), (side,)),
    }
    for label, (embed, sides) in frozen.items():
        chosen = best_on(study.validation, study.training, label, embed, sides)
        choices.append(f"{label} ({chosen.choice})")
        scores[label] = [scored(chosen)]
    queries = dict.fromkeys(scores, len(places))
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(places))[:mutual_queries])
    matched = [match(places.turned[i][rows], places.upright[1 - i]) for i in (0, 1)]
    seconds = float(np.mean([one.seconds for one in matched]))
    forward, back = (retrieval(one.order, places, rows) for one in matched)
    scores[MUTUAL], queries[MUTUAL] = [(forward, back)], len(rows)
    chance = by_chance(places)
    scores[CHANCE], queries[CHANCE] = [(chance, chance)], len(places)
    notes = (
        f"Of the features, side and scaling were chosen by R@5 on {len(study.validation)} "
        f"validation places, out of raw and standardised per modality (by "
        f"{len(study.training)} trained places): {'; '.join(choices)}. Untrained towers: batch "
        f"norms take the statistics of {BATCH} patches.",
        f"Mutual information: {SIDE_PX} x {SIDE_PX} pixels, {BINS} levels, best of "
        f"{len(TURNS_DEG)} turns from {TURNS_DEG[0]:g} to {TURNS_DEG[-1]:g}°, "
        f"{seconds:.2f} s a query.",
    )
    return Compared(scores, queries, notes)


def retrieval_tables(study: Study, found: Compared) -> list[Table]:
    """One table per direction."""
    first, second = study.test.modalities
    settings, n = study.settings, len(study.test)
    notes = (
        f"Split: {study.split_note('test', study.test)}",
        f"Gallery: {n} upright patches of {settings.side_px} x {settings.side_px} pixels of "
        f"{settings.pixel_um:g} µm; places on a grid of {EVERY_UM:g} µm. Queries: the same places "
        f"in the other modality, turned at random by up to {settings.relative_turn_deg:g}°. "
        f"Neighbouring plates are 0.1 mm apart, so near misses are many.",
        f"Of {study.seeds} seeds: mean ± standard deviation. R@5 of blocks: lowest and highest of "
        "the test blocks of adjacent plates.",
        "Place error: median 3-D distance of the first hit in atlas µm; folded: with the right "
        "hemisphere put onto the left one, for the template is symmetric.",
        *found.notes,
        PSEUDO_TRUTH,
    )
    if n < LEAST_PLACES:
        notes = (f"TRIAL: {n} places are fewer than the {LEAST_PLACES} that are asked for.", *notes)
    return [
        Table(
            f"Retrieval on held-out blocks: {source} → {target}",
            COLUMNS,
            tuple(_row(method, found, direction) for method in found.scores),
            notes if direction else (),
        )
        for direction, (source, target) in enumerate(((first, second), (second, first)))
    ]


def _row(method: str, found: Compared, direction: int) -> Row:
    runs = [run[direction] for run in found.scores[method]]
    digits = (4, 4, 4, 1, 0, 0)
    columns = zip(*(one.numbers for one in runs), strict=True)
    cells = [spread(values, d) for values, d in zip(columns, digits, strict=True)]
    blocks = np.mean([one.blocks for one in runs], axis=0)
    ends = f"{blocks.min():.3f} to {blocks.max():.3f}"
    return (method, str(len(runs)), str(found.queries[method]), *cells, ends)


def bars_table(found: Compared, anchor_um: list[float] | None) -> Table:
    """Say which bars are reached; ``anchor_um`` holds the median error of each run."""
    ours = found.recall5(OURS)
    features = [m for m in found.scores if m not in (OURS, MUTUAL, CHANCE)]
    best = max(features, key=lambda method: sum(found.recall5(method)))
    ratio, said = _ratio(found, best)
    symmetry = min(ours) / max(*ours, 1e-12)
    rows = [
        (
            "R@5 of ours to the best features",
            f"≥ {LEAST_RATIO:g}",
            f"{said}, {best}",
            _verdict(ratio >= LEAST_RATIO),
        ),
        (
            "R@5 of ours to mutual information",
            "no bar",
            f"{_ratio(found, MUTUAL)[1]}, {found.queries[MUTUAL]} queries",
            "",
        ),
        (
            "R@5 of both directions",
            f"worse ≥ {LEAST_SYMMETRY:.0%} of better",
            f"{symmetry:.0%} ({ours[0]:.3f} →, {ours[1]:.3f} ←)",
            _verdict(symmetry >= LEAST_SYMMETRY),
        ),
    ]
    needed = f"≤ {LARGEST_ERROR_UM:g} µm"
    if anchor_um is None:
        rows.append(("median anchoring error", needed, "not asked for (table anchors)", ""))
    else:
        measured = float(np.mean(anchor_um))
        verdict = _verdict(measured <= LARGEST_ERROR_UM)
        rows.append(("median anchoring error", needed, f"{spread(anchor_um, 0)} µm", verdict))
    note = (
        "R@5 is the mean of both directions and of all runs. Mutual information compares pixels, "
        "not features: it is exhaustive, and the alignments it is judged by came from registration."
    )
    return Table("Bars", BARS, tuple(rows), (note,))


def _ratio(found: Compared, other: str) -> tuple[float, str]:
    """Recall at 5 of ours over another's, and the same in words."""
    ours, theirs = (float(np.mean(found.recall5(method))) for method in (OURS, other))
    ratio = ours / max(theirs, 1e-12)
    return ratio, f"{ratio:.1f} ({ours:.3f} / {theirs:.4f})"


def _verdict(reached: bool) -> str:
    return "yes" if reached else "NO"
