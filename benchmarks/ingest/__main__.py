"""Bulk embedding: what the collection costs beside the network, commits, engines and memory.

``python -m benchmarks.ingest`` takes about five minutes on two cores.
"""

from __future__ import annotations

import argparse

from benchmarks.ingest.commits import commit_table, large_table
from benchmarks.ingest.engines import engine_table
from benchmarks.ingest.memory import memory_table
from benchmarks.ingest.stages import stage_table, time_stages
from benchmarks.report.report import Report, run
from benchmarks.shared.patch_vectors import ENCODER, SETS, image_files
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.ingest.options import EmbedOptions

CLAIM = (
    "Bulk embedding into a collection: what planning, thumbnails and commits add to the network."
)
LARGE = (0, 100_000, 1_000_000)
LARGE_COMMITS = 5


def measure(arguments: argparse.Namespace) -> Report:
    """Measure the stages, the commits, the engines and the memory."""
    # First what can fail on a busy machine: Ray gives up when it can't start in time.
    engines = [engine_table(arguments.engine_images)] if arguments.engine_images else []
    part = SETS[0]
    options = EmbedOptions(patch_px=part.patch_px, stride_px=part.stride_px, limit=arguments.images)
    encoder = load_encoder(ENCODER, kind=PlateEncoder)
    stages = time_stages(image_files(part), encoder, options, arguments.runs)
    title = (
        f"{stages.images:,} patches of Nissl plates ({part.patch_px} pixels) with "
        f"{encoder.identity} on {encoder.device}, engine local, {options.workers} threads"
    )
    sizes = tuple(size for size in LARGE if size <= arguments.large_rows)
    tables = [
        stage_table(stages, title),
        *engines,
        commit_table(arguments.runs),
        large_table(sizes, LARGE_COMMITS),
    ]
    if arguments.memory:
        tables.append(memory_table())
    return Report(CLAIM, tuple(tables))


def main() -> None:
    """Command line of this benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1024, help="patches for the stages")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians are reported")
    parser.add_argument("--large-rows", type=int, default=1_000_000, help="largest collection")
    parser.add_argument("--engine-images", type=int, default=512, help="patches; 0: no engines")
    parser.add_argument(
        "--memory", action=argparse.BooleanOptionalAction, default=True, help="embed a large TIFF"
    )
    run("ingest", parser, measure)


if __name__ == "__main__":
    main()
