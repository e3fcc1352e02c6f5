"""Ablations: one thing of the recipe changed at a time; scored on the validation blocks."""

from collections.abc import Mapping

import numpy as np

from benchmarks.modalities.features import both_orders
from benchmarks.modalities.scores import retrieval
from benchmarks.modalities.study import PSEUDO_TRUTH, Study, clip_of, trained
from benchmarks.report.table import Row, Table
from brainseek.catalog.pairs.patches import PairFrame

COLUMNS = (
    "change", "R@5 →", "R@5 ←", "median rank →", "median rank ←", "place error µm",
    "R@5 of blocks",
)  # fmt: skip
ABLATIONS: dict[str, tuple[str, ...]] = {
    "as the recipe": (),
    "patches of 0.8 mm, pixels of 25 µm": ("clip.side_px=32", "clip.pixel_um=25.0"),
    "patches of 1.6 mm, pixels of 25 µm": ("clip.side_px=64", "clip.pixel_um=25.0"),
    "patches of 1.6 mm": ("clip.side_px=32", "clip.pixel_um=50.0"),
    "patches of 2.4 mm": ("clip.side_px=48", "clip.pixel_um=50.0"),
    "patches of 3.2 mm": ("clip.side_px=64", "clip.pixel_um=50.0"),
    "random negatives": ("clip.negatives=random",),
    "near negatives": ("clip.negatives=near",),
    "shared trunk": ("clip.shared=true",),
    "separate trunks": ("clip.shared=false",),
    "temperature fixed at 0.07": ("loss.temperature=0.07", "loss.learned=false"),
    "temperature fixed at 0.2": ("loss.temperature=0.2", "loss.learned=false"),
    "SigLIP": ("loss.kind=siglip", "loss.temperature=0.1"),
}


def ablation_table(
    study: Study, steps: int, changes: Mapping[str, tuple[str, ...]] = ABLATIONS
) -> Table:
    """Train and score every change with one seed; equal recipes share their run."""
    shared = (f"schedule.steps={steps}", "seed=0")
    base = study.recipe(*shared)
    recipes = {label: study.recipe(*shared, *some) for label, some in changes.items()}
    centres = study.centres("validation", study.validation_places)
    lines = []
    for label, recipe in recipes.items():
        own = recipe != base
        settings = clip_of(recipe)
        encoder = trained(recipe, study.folder(recipe, label.replace(" ", "-") if own else ""))
        places = study.cut(centres, PairFrame(settings.side_px, settings.pixel_um))
        scores = [retrieval(order, places) for order in both_orders(encoder.embed, places)]
        blocks = np.mean([score.blocks for score in scores], axis=0)
        lines.append(
            (
                label if own or not changes[label] else f"{label} (as the recipe)",
                *(f"{score.recall5:.3f}" for score in scores),
                *(f"{score.median_rank:.1f}" for score in scores),
                f"{np.mean([score.error_um for score in scores]):.0f}",
                f"{blocks.min():.3f} to {blocks.max():.3f}",
            )
        )
    chance = 5 / len(places)
    rank = f"{(len(places) + 1) / 2:.1f}"
    last: Row = ("chance", f"{chance:.4f}", f"{chance:.4f}", rank, rank, "", "")
    notes = (
        f"Split: {study.split_note('validation', places)} The same places for all.",
        f"One seed, {steps} steps each; the recipe learns its temperature. Differences smaller "
        "than the spread between blocks mean little. Place error: mean of both directions.",
        PSEUDO_TRUTH,
    )
    return Table("Ablations on validation blocks", COLUMNS, (*lines, last), notes)
