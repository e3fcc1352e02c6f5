"""The same tissue in another stain: retrieval, anchoring, what is shared, prediction, transfer.

``python -m benchmarks.modalities --tables retrieval,bars``. Trains recipe ``clip-nissl-af``; runs
are kept in ``--runs`` and go on from there. Needs prepared pairs (``brainseek pairs nissl-af``),
``mouse-ccf`` and ``imagenet-weights``; the table new-brain also ``brainseek pairs serial-af``.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.modalities.ablations import ablation_table
from benchmarks.modalities.anchors import anchor_table
from benchmarks.modalities.new_brain import brain_tables, new_brain
from benchmarks.modalities.prediction import Prediction
from benchmarks.modalities.retrieval import bars_table, compare, retrieval_tables
from benchmarks.modalities.shared_features import shared_tables
from benchmarks.modalities.study import Study
from benchmarks.modalities.transfer import transfer_table
from benchmarks.report.report import Report, add_tables, chosen_tables, run
from benchmarks.report.table import Table
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.synthesis.stain.train_generator import GeneratorRecipe

TABLES = (
    "anchors", "retrieval", "bars", "ablations", "shared", "prediction", "transfer", "new-brain",
)  # fmt: skip
"""In the order in which they are measured; the bars rest on the two before."""


def measure(arguments: argparse.Namespace) -> Report:
    """Measure the tables that are asked for."""
    wanted = chosen_tables(arguments.tables, TABLES)
    if "bars" in wanted and "retrieval" not in wanted:
        raise BrainseekError(
            "the bars rest on the retrieval; ask for both, e.g. --tables retrieval,bars."
        )
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
    for name in wanted:
        match name:
            case "anchors":
                anchors, anchor_um = anchor_table(study, arguments.anchors)
                tables += _shown(anchors)
            case "retrieval":
                compared = compare(study, arguments.mutual)
                tables += _shown(*retrieval_tables(study, compared))
            case "bars":
                tables += _shown(bars_table(compared, anchor_um))
            case "ablations":
                tables += _shown(ablation_table(study, arguments.ablation_steps))
            case "shared":
                tables += _shown(*shared_tables(study))
            case "prediction":
                recipe = GeneratorRecipe(steps=arguments.generator_steps)
                tables += _shown(Prediction(study, recipe).table())
            case "transfer":
                tables += _shown(transfer_table(study))
            case "new-brain":
                brain, most = new_brain(study), arguments.anchors
                lone, _ = anchor_table(brain, most)
                tables += _shown(*brain_tables(brain, arguments.mutual, lone, most))
    return Report("The same tissue found again in another stain.", tuple(tables))


def _shown(*tables: Table) -> tuple[Table, ...]:
    """Print tables as they come, so that a later one that fails does not take them along."""
    for table in tables:
        print(table.markdown(), file=sys.stderr, flush=True)
    return tables


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modalities", description=__doc__)
    add_tables(parser, TABLES)
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
