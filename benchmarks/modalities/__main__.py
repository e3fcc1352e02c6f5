"""The same tissue in another stain: retrieval, anchoring, what is shared, prediction, transfer.

``python -m benchmarks.modalities --tables A,B,C``. Trains recipe ``clip-nissl-af``; runs are kept
in ``--runs`` and go on from there. Needs prepared pairs (``brainseek pairs nissl-af``),
``mouse-ccf`` and ``imagenet-weights``. Tables: A retrieval, B bars, C anchoring, D ablations,
E shared and specific, F prediction across, G transfer, H a brain that no training saw (needs
``brainseek pairs serial-af``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.report.report import Report, run
from benchmarks.report.table import Table
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir

TABLES = "ABCDEFGH"


def tables_of(text: str) -> str:
    """Read ``A,B,C``.

    Raises
    ------
    BrainseekError
        If a table is unknown, or the bars are wanted without the retrieval they rest on.
    """
    letters = [part.strip().upper() for part in text.split(",")]
    for letter in letters:
        if len(letter) != 1 or letter not in TABLES:
            raise BrainseekError(
                f"the table '{letter}' is unknown; choose from {', '.join(TABLES)}, e.g. "
                "--tables A,B,C."
            )
    if "B" in letters and "A" not in letters:
        raise BrainseekError(
            "the bars (table B) rest on the retrieval (table A); ask for both, e.g. --tables A,B."
        )
    return "".join(sorted(set(letters)))


def measure(arguments: argparse.Namespace) -> Report:
    """Measure the tables that are asked for."""
    from benchmarks.modalities.study import Study

    wanted = tables_of(arguments.tables)
    steps = () if arguments.steps is None else (f"schedule.steps={arguments.steps}",)
    study = Study(
        arguments.pairs,
        (*steps, *arguments.change),
        arguments.seeds,
        arguments.runs or cache_dir() / "benchmark-runs",
        arguments.places,
        arguments.validation_places,
    )
    tables: list[Table] = []
    anchor_um: list[float] | None = None
    if "C" in wanted:
        from benchmarks.modalities.anchor import anchor_table

        anchors, anchor_um = anchor_table(study, arguments.anchors)
        tables += _shown(anchors)
    if "A" in wanted:
        from benchmarks.modalities.retrieval import bars_table, compare, retrieval_tables

        compared = compare(study, arguments.mutual)
        tables += _shown(*retrieval_tables(study, compared))
        if "B" in wanted:
            tables += _shown(bars_table(compared, anchor_um))
    if "D" in wanted:
        from benchmarks.modalities.ablations import ablation_table

        tables += _shown(ablation_table(study, arguments.ablation_steps))
    if "E" in wanted:
        from benchmarks.modalities.shared import shared_tables

        tables += _shown(*shared_tables(study))
    if "F" in wanted:
        from benchmarks.modalities.prediction import Prediction
        from brainseek.synthesis.stain.train_generator import GeneratorRecipe

        recipe = GeneratorRecipe(steps=arguments.generator_steps)
        tables += _shown(Prediction(study, recipe).table())
    if "G" in wanted:
        from benchmarks.modalities.transfer import transfer_table

        tables += _shown(transfer_table(study))
    if "H" in wanted:
        from benchmarks.modalities.brain import brain_tables

        tables += _shown(*brain_tables(study, arguments.mutual, arguments.anchors))
    return Report("The same tissue found again in another stain.", tuple(tables))


def _shown(*tables: Table) -> tuple[Table, ...]:
    """Print tables as they come, so that a later one that fails does not take them along."""
    for table in tables:
        print(table.markdown(), file=sys.stderr, flush=True)
    return tables


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modalities", description=__doc__)
    parser.add_argument("--tables", default=",".join(TABLES), help="default: all, %(default)s")
    parser.add_argument("--pairs", default="nissl-af", help="name or folder of prepared pairs")
    parser.add_argument("--steps", type=int, help="training steps; default: as the recipe")
    parser.add_argument("--seeds", type=int, default=3, help="runs of the recipe")
    parser.add_argument("--runs", type=Path, help="folder of the runs; default: in the cache")
    parser.add_argument("--change", action="append", default=[], metavar="KEY=VALUE",
                        help="change of the recipe; may be repeated")  # fmt: skip
    parser.add_argument("--places", type=int, default=2000, help="size of gallery and queries")
    parser.add_argument("--validation-places", type=int, default=500,
                        help="places that baselines and ablations are chosen on")  # fmt: skip
    parser.add_argument("--mutual", type=int, default=40, help="queries of mutual information")
    parser.add_argument("--anchors", type=int, default=500, help="patches that are anchored")
    parser.add_argument("--ablation-steps", type=int, default=300, help="steps of an ablation")
    parser.add_argument("--generator-steps", type=int, default=600, help="steps of a generator")
    run("modalities", parser, measure)


if __name__ == "__main__":
    main()
