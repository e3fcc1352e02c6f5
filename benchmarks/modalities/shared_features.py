"""How much of one modality's features can be predicted from the other's."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.modalities.features import Embed, FrozenFeatures
from benchmarks.modalities.places import Places
from benchmarks.modalities.scores import Vectors, spread
from benchmarks.modalities.study import PSEUDO_TRUTH, Study
from benchmarks.report.table import Row, Table
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.shared_specific import SharedSpecific
from brainseek.index.writing.places import places_at

RIDGES = (1e-3, 1e-2, 1e-1, 1.0)
LEAST_PATCHES = 10
TOP = 6
ATLAS = "mouse-ccf"
REGIONS = ("found only in", "structures (mean score of n patches), highest first")

Sides = tuple[Vectors, Vectors]
Structures = Callable[[NDArray[np.float64]], NDArray[np.str_]]
"""From places (n, 3) in µm to acronyms (n,), "" outside."""


def structures_at(places_um: NDArray[np.float64]) -> NDArray[np.str_]:
    """Look places up in the annotation of the mouse CCF; see `Structures`."""
    return np.array([one.structure or "" for one in places_at(load_atlas(ATLAS), places_um)])


def shared_tables(study: Study, structures: Structures = structures_at) -> list[Table]:
    """R² of held-out features in both directions, and where a stain is on its own."""
    first, second = study.test.modalities
    lines: list[Row] = []
    ours = [_Split(study, encoder.features) for encoder in study.encoders]
    plain = _Split(study, FrozenFeatures("", study.imagenet, 2 * study.frame.side_px))
    for label, splits in {"trunk of our towers": ours, "ImageNet features": [plain]}.items():
        scores = [split.scores() for split in splits]
        cells = [spread(values, 3) for values in zip(*scores, strict=True)]
        ridges = sorted({split.ridge for split in splits})
        lines.append((label, str(len(splits)), ", ".join(f"{one:g}" for one in ridges), *cells))
    wrong = [spread(values, 3) for values in zip(*(one.scores(True) for one in ours), strict=True)]
    lines.append(("our towers, pairs shuffled", str(len(ours)), "as above", *wrong))
    columns = (
        "features", "runs", "ridge", f"R² of {first} from {second}", f"R² of {second} from {first}",
        f"{first}, first component", f"{second}, first component",
    )  # fmt: skip
    notes = (
        f"Split: {study.split_note('test', study.test)} Ridge regressions fitted on "
        f"{len(study.training)} places of the trained sections; the penalty by validation blocks.",
        f"Mean ± standard deviation over {study.seeds} seeds. R² over all features together; "
        "first component: of the trained features' principal components.",
        "Contrastive training draws the two towers together, so R² of ours is not the share of the "
        "tissue's information; ImageNet features were not drawn together.",
        PSEUDO_TRUTH,
    )
    tables = [Table("Shared and specific: R² on test blocks", columns, tuple(lines), notes)]
    if all(pair.atlas == ATLAS for pair in study.parts["test"]):
        tables.append(_regions(study.test, ours[0], structures(study.test.places_um)))
    return tables


class _Split:
    """Features of one embedding on training and test places, and the regressions between."""

    def __init__(self, study: Study, features: Embed) -> None:
        def both(places: Places) -> Sides:
            one, other = (
                features(patches, modality)
                for patches, modality in zip(places.upright, places.modalities, strict=True)
            )
            return one, other

        training, validation = both(study.training), both(study.validation)
        self.test = both(study.test)
        fits = {ridge: SharedSpecific.fit(*training, ridge) for ridge in RIDGES}
        self.ridge = max(
            RIDGES, key=lambda ridge: sum(p.share for p in fits[ridge].score(*validation))
        )
        self.fit = fits[self.ridge]

    def scores(self, shuffled: bool = False) -> tuple[float, ...]:
        """R² of both sides, then of their first components; optionally of wrong pairs."""
        first, second = self.test
        if shuffled:
            second = np.random.default_rng(0).permutation(second)
        found = self.fit.score(first, second)
        return (
            *(one.share for one in found),
            *(float(one.by_component[0]) for one in found),
        )


def _regions(places: Places, split: _Split, acronyms: NDArray[np.str_]) -> Table:
    """Structures whose patches the other modality predicts worst."""
    scores = split.fit.only_in(*split.test)
    lines = tuple(
        (modality, ", ".join(_top(np.asarray(values), acronyms)))
        for modality, values in zip(places.modalities, scores, strict=True)
    )
    notes = (
        f"Seed 0, test places; structure of the annotation at the patch's middle, with at least "
        f"{LEAST_PATCHES} patches. 0: predicted from the other stain; 1: as far off as patches "
        "usually differ. A high score may also be damage or a poor alignment.",
    )
    return Table("Found only in one stain", REGIONS, lines, notes)


def _top(scores: NDArray[np.float64], acronyms: NDArray[np.str_]) -> list[str]:
    """Structures with the highest mean, as ``name score (n)``."""
    names, counts = np.unique(acronyms[acronyms != ""], return_counts=True)
    means = {
        (float(scores[acronyms == name].mean()), str(name), int(count))
        for name, count in zip(names, counts, strict=True)
        if count >= LEAST_PATCHES
    }
    return [f"{name} {mean:.2f} ({n})" for mean, name, n in sorted(means, reverse=True)[:TOP]]
