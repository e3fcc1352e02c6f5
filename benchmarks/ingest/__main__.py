"""Bulk embedding: what the collection costs beside the network, commits, engines and memory.

``python -m benchmarks.ingest`` takes about five minutes on two cores.
"""

import argparse
from collections.abc import Callable

from benchmarks.ingest.commits import commit_table, large_table
from benchmarks.ingest.engines import engine_table
from benchmarks.ingest.memory import memory_table
from benchmarks.ingest.stages import stage_table, time_stages
from benchmarks.report.report import Report, add_tables, chosen_tables, run
from benchmarks.report.table import Table
from benchmarks.shared.patch_vectors import ENCODER, SETS, image_files
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.ingest.options import EmbedOptions

CLAIM = (
    "Bulk embedding into a collection: what planning, thumbnails and commits add to the network."
)
TABLES = ("stages", "engines", "commits", "large", "memory")
LARGE = (0, 100_000, 1_000_000)
LARGE_COMMITS = 5


def measure(arguments: argparse.Namespace) -> Report:
    """Measure the tables that are asked for."""
    wanted = chosen_tables(arguments.tables, TABLES)
    found = {name: one(arguments) for name, one in MEASURES.items() if name in wanted}
    return Report(CLAIM, tuple(found[name] for name in wanted))


def _stages(images: int, runs: int) -> Table:
    """Time the stages on patches of the Nissl plates."""
    part = SETS[0]
    options = EmbedOptions(patch_px=part.patch_px, stride_px=part.stride_px, limit=images)
    encoder = load_encoder(ENCODER, kind=PlateEncoder)
    stages = time_stages(image_files(part), encoder, options, runs)
    title = (
        f"{stages.images:,} patches of Nissl plates ({part.patch_px} pixels) with "
        f"{encoder.identity} on {encoder.device}, engine local, {options.workers} threads"
    )
    return stage_table(stages, title)


def _large(most_rows: int) -> Table:
    """Time commits into collections of all sizes up to the largest that is asked for."""
    return large_table(tuple(size for size in LARGE if size <= most_rows), LARGE_COMMITS)


MEASURES: dict[str, Callable[[argparse.Namespace], Table]] = {
    # First what can fail on a busy machine: Ray gives up when it can't start in time.
    "engines": lambda arguments: engine_table(arguments.engine_images),
    "stages": lambda arguments: _stages(arguments.images, arguments.runs),
    "commits": lambda arguments: commit_table(arguments.runs),
    "large": lambda arguments: _large(arguments.large_rows),
    "memory": lambda _: memory_table(),
}


def main() -> None:
    """Command line of this benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1024, help="patches for the stages")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians are reported")
    parser.add_argument("--large-rows", type=int, default=1_000_000, help="largest collection")
    parser.add_argument("--engine-images", type=int, default=512, help="patches for the engines")
    add_tables(parser, TABLES)
    run("ingest", parser, measure)


if __name__ == "__main__":
    main()
