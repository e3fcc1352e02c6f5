"""Anchors: lone patches of test plates anchored in the whole template."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.modalities.places import Places
from benchmarks.modalities.scores import apart_um, folded, spread
from benchmarks.modalities.study import PSEUDO_TRUTH, Study
from benchmarks.report.table import Row, Table
from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.fill.template import TemplateGrid
from brainseek.registration.patches.calibration import fit_patch_calibration
from brainseek.registration.patches.gallery import template_gallery
from brainseek.registration.patches.locate import locate_vector

ATLAS = "mouse-ccf"
K = 20
REACHED_UM = 400.0
COLUMNS = (
    "method", "runs", "median error µm", "90th percentile µm", "≤ 400 µm", "median folded µm",
    "within 1 sd", "within 2 sd", "within likely_um",
)  # fmt: skip
AGREEMENTS = (0.0, 0.5, 0.7, 0.9, 1.01)
FAR_UM = 1000.0
NO = "-"


@dataclass(frozen=True, eq=False)
class Anchored:
    """Anchors of some patches.

    Attributes
    ----------
    points_um, sd_um : ndarray, (n, 3)
        AP, DV, ML.
    agreement, best_score : ndarray, (n,)
        Share of the neighbours that lie there, and similarity of the nearest.
    """

    points_um: NDArray[np.float64]
    sd_um: NDArray[np.float64]
    agreement: NDArray[np.float64]
    best_score: NDArray[np.float64]

    def errors_um(self, truth_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances from the true places (n, 3)."""
        return apart_um(self.points_um, truth_um)

    def within(self, truth_um: NDArray[np.float64], deviations: float) -> float:
        """Share of the coordinates, over patches and axes, within so many deviations."""
        inside = np.abs(self.points_um - truth_um) <= deviations * self.sd_um
        return float(inside.mean())


def anchored(
    encoder: MultimodalEncoder,
    patches: NDArray[np.uint8],
    modality: str,
    gallery: Collection,
    atlas: Atlas,
    grid: TemplateGrid,
) -> Anchored:
    """Anchor patches (n, side, side), each by itself."""
    found = [
        locate_vector(vector, modality, encoder, gallery, atlas, K, grid)
        for vector in encoder.embed(patches, modality)
    ]
    return Anchored(
        np.array([one.point_um for one in found]),
        np.array([one.sd_um for one in found]),
        np.array([one.agreement for one in found]),
        np.array([one.scores[0] for one in found]),
    )


def anchor_table(study: Study, most: int) -> tuple[Table, list[float]]:
    """Anchor Nissl patches of the test plates; also return the median error of each run."""
    if any(pair.atlas != ATLAS for pair in study.parts["test"]):
        raise BrainseekError(
            f"the pairs '{study.pairs}' do not lie in {ATLAS}, so their patches can't be anchored "
            "there (table anchors): leave it out, or give pairs that do."
        )
    atlas, grid, test = load_atlas(ATLAS), TemplateGrid(), study.test
    modality = test.modalities[0]
    rows, fitting = (_some(places, most) for places in (test, study.validation))
    truth = test.places_um[rows]
    runs: list[list[float]] = []
    tests: list[Anchored] = []
    for encoder in study.encoders:
        gallery = template_gallery(atlas, encoder, grid)
        parts = [
            anchored(encoder, places.turned[0][chosen], modality, gallery, atlas, grid)
            for places, chosen in ((test, rows), (study.validation, fitting))
        ]
        runs.append(_numbers(parts[0], truth, parts[1], study.validation.places_um[fitting]))
        tests.append(parts[0])
    chance = _chance(gallery, truth)
    lines = [("our two towers", str(len(runs)), *_cells(runs)), *chance]
    notes = (
        f"Split: {study.split_note('test', test)} Of these {len(rows)} single {modality} patches, "
        f"turned by up to {study.settings.relative_turn_deg:g}°.",
        f"Gallery: {len(gallery)} upright template patches, cuts every {grid.cut_um:g} µm, patches "
        f"every {grid.every_um:g} µm, the whole brain; {K} neighbours "
        "(registration.patches.locate). The cuts at the test plates' planes were never trained on.",
        "Errors are 3-D. Within 1 and 2 sd: share of single coordinates (68 and 95 % if normal). "
        f"Within likely_um: calibrated on {len(fitting)} validation patches (50 % if right).",
        by_agreement(tests, truth),
        f"Mean ± standard deviation over {len(runs)} seeds.",
        PSEUDO_TRUTH,
    )
    table = Table("Anchoring lone patches in the whole template", COLUMNS, tuple(lines), notes)
    return table, [one[0] for one in runs]


def by_agreement(runs: list[Anchored], truth_um: NDArray[np.float64]) -> str:
    """Say how the errors fall with the agreement of the neighbours, over all runs."""
    errors = np.concatenate([run.errors_um(truth_um) for run in runs])
    agreement = np.concatenate([run.agreement for run in runs])
    said = []
    for low, high in itertools.pairwise(AGREEMENTS):
        inside = (agreement >= low) & (agreement < high)
        if inside.any():
            found = errors[inside]
            said.append(
                f"{low:g} to {min(high, 1):g}: {inside.mean():.0%} of the anchors, median "
                f"{np.median(found):.0f} µm, {(found > FAR_UM).mean():.0%} beyond 1 mm"
            )
    return f"By agreement of the neighbours, all runs: {'; '.join(said)}."


def _some(places: Places, most: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(1).permutation(len(places))[:most])


def _numbers(
    test: Anchored,
    truth_um: NDArray[np.float64],
    validation: Anchored,
    validation_um: NDArray[np.float64],
) -> list[float]:
    errors = test.errors_um(truth_um)
    calibration = fit_patch_calibration(
        validation.agreement, validation.errors_um(validation_um), validation.best_score
    )
    likely = np.array([calibration.likely_um(one) for one in test.agreement])
    return [
        *_error_numbers(test.points_um, truth_um),
        test.within(truth_um, 1),
        test.within(truth_um, 2),
        float((errors <= likely).mean()),
    ]


def _error_numbers(
    points_um: NDArray[np.float64], truth_um: NDArray[np.float64]
) -> tuple[float, float, float, float]:
    errors = apart_um(points_um, truth_um)
    return (
        float(np.median(errors)),
        float(np.percentile(errors, 90)),
        float((errors <= REACHED_UM).mean()),
        float(np.median(apart_um(folded(points_um), folded(truth_um)))),
    )


def _cells(runs: list[list[float]]) -> list[str]:
    digits = (0, 0, 3, 0, 3, 3, 3)
    return [spread(values, d) for values, d in zip(zip(*runs, strict=True), digits, strict=False)]


def _chance(gallery: Collection, truth_um: NDArray[np.float64]) -> list[Row]:
    """A random patch of the gallery, and always the middle of all."""
    places = _places(gallery)
    picked = np.random.default_rng(2).integers(0, len(places), len(truth_um))
    middle = np.broadcast_to(np.median(places, axis=0), truth_um.shape)
    guesses = {"a random place of the gallery": places[picked], "always its middle": middle}
    return [
        (label, "1", *_cells([list(_error_numbers(points, truth_um))]), NO, NO, NO)
        for label, points in guesses.items()
    ]


def _places(gallery: Collection) -> NDArray[np.float64]:
    """AP, DV, ML of all rows, (n, 3) in µm."""
    table = gallery.table.read(["ap_um", "dv_um", "ml_um"])
    return np.stack([table[name].to_numpy() for name in table.column_names], axis=1)
