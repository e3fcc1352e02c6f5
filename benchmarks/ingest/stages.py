"""What an ingestion costs beyond the network: the same images through one, two and all stages."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.report.table import Row, Table
from benchmarks.shared.resources import Times, seconds_of
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.encoder import Encoder
from brainseek.index.collection import Collection
from brainseek.index.ingest.embed_rows import query_of
from brainseek.index.ingest.engines.ahead import Ahead
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.jobs import PatchJob
from brainseek.index.ingest.planning.sources import Source
from brainseek.index.ingest.planning.walk import Walk
from brainseek.index.ingest.run import embed_paths
from brainseek.index.ingest.summary import Failures
from brainseek.index.writing.collection_writer import CollectionWriter
from brainseek.index.writing.known_ids import KnownIds

BAR = 0.05
COLUMNS = ("what", "runs", "median", "fastest to slowest", "images/s")


@dataclass(frozen=True)
class Stages:
    """Seconds that the same images take; the stages take turns, so each has one time a round.

    Attributes
    ----------
    images : int
    network : tuple of float
        Network inputs that lie in memory, through the network.
    prepared : tuple of float
        The windows are known: read, prepared and embedded, reading ahead as an ingestion does.
    whole : tuple of float
        `embed_paths` into a new collection.
    writing : tuple of float
        The part of ``whole`` that passed in making the collection and in commits.
    planning : tuple of float
        `embed_paths` with ``dry_run``: digests of the files, finding tissue, ids.
    commits : int
        Commits of rows in each run of ``whole``.
    """

    images: int
    network: tuple[float, ...]
    prepared: tuple[float, ...]
    whole: tuple[float, ...]
    writing: tuple[float, ...]
    planning: tuple[float, ...]
    commits: int

    @property
    def written_share(self) -> float:
        """Share of the whole time that passed inside writes, median of the rounds."""
        return float(np.median(np.divide(self.writing, self.whole)))

    @property
    def extra_share(self) -> float:
        """How much longer the whole takes than ``prepared``, as a share; median of the rounds."""
        return float(np.median(np.divide(self.whole, self.prepared))) - 1


def time_stages(
    files: Sequence[Path], encoder: Encoder, options: EmbedOptions, runs: int
) -> Stages:
    """Time all stages ``runs`` times on the first ``options.limit`` windows of files.

    Raises
    ------
    BrainseekError
        The files hold fewer windows, or one of them can't be read.
    """
    batches = planned(files, options)
    images = sum(len(batch) for batch in batches)
    if images != options.limit:
        raise BrainseekError(
            f"the files hold {images} patches and not {options.limit}; ask for fewer images."
        )
    inputs = list(_inputs(batches, encoder, options.workers))
    with tempfile.TemporaryDirectory() as name:  # the first batch and commit are slower
        few = replace(options, limit=min(images, options.batch))
        embed_paths(files, Path(name) / "collection", encoder, few)
    rounds: list[tuple[float, ...]] = []
    commits = 0
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as name:
            place = Path(name) / "collection"
            alone = sum(seconds_of(encoder.embed_inputs, batch) for batch in inputs)
            without = seconds_of(read_and_embed, batches, encoder, options.workers)
            plan = seconds_of(embed_paths, files, place, encoder, options, dry_run=True)
            with write_clock() as clock:
                all_of_it = seconds_of(embed_paths, files, place, encoder, options)
            if (added := len(Collection.open(place))) != images:
                raise BrainseekError(f"{added} of {images} patches were added; embed them by hand.")
        rounds.append((alone, without, all_of_it, sum(clock.seconds), plan))
        commits = clock.commits
    network, prepared, whole, writing, planning = zip(*rounds, strict=True)
    return Stages(images, network, prepared, whole, writing, planning, commits)


def planned(files: Sequence[Path], options: EmbedOptions) -> list[list[PatchJob]]:
    """Return the jobs of an ingestion in batches."""
    failures = Failures()
    walk = Walk([Source.of(path) for path in files], options, KnownIds(()), failures)
    batches = list(walk.batches(options.batch))
    for uri, sentence in failures.as_tuple():
        raise BrainseekError(f"{Path(uri).name} can't be used ({sentence}); get its data set anew.")
    return batches


def read_and_embed(batches: list[list[PatchJob]], encoder: Encoder, workers: int) -> None:
    """Read, prepare and embed jobs as an ingestion does, and drop the vectors."""
    with Ahead(_inputs(batches, encoder, workers)) as ready:
        for inputs in ready:
            encoder.embed_inputs(inputs)


def _inputs(
    batches: list[list[PatchJob]], encoder: Encoder, workers: int
) -> Iterator[NDArray[np.float32]]:
    with ThreadPoolExecutor(workers) as pool:
        for jobs in batches:
            yield np.stack(
                list(
                    pool.map(
                        lambda job: encoder.prepare(query_of(job, EmbedOptions()).section), jobs
                    )
                )
            )


@dataclass
class WriteClock:
    """Seconds of every write of a collection, and how many of them were commits of rows."""

    seconds: list[float]
    commits: int = 0


@contextmanager
def write_clock() -> Iterator[WriteClock]:
    """Time what collections write while the context is open; conversion to Arrow included."""
    clock = WriteClock([])

    def watched(original: Any, commit: bool) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return original(*arguments, **named)
            finally:
                clock.seconds.append(time.perf_counter() - begun)
                clock.commits += commit

        return call

    with (
        patch.object(Collection, "add", watched(Collection.add, True)),
        patch.object(Collection, "add_table", watched(Collection.add_table, True)),
        patch.object(CollectionWriter, "ready", watched(CollectionWriter.ready, False)),
    ):
        yield clock


def stage_table(stages: Stages, title: str) -> Table:
    """Return the times and how they compare with the bar."""
    rows: list[Row] = []
    for name, seconds in (
        ("network alone, inputs in memory", stages.network),
        ("reading, preparing, network", stages.prepared),
        ("embed_paths: plan, thumbnails and commits too", stages.whole),
    ):
        times = Times(seconds)
        rows.append((name, *times.cells(), f"{stages.images / times.median:,.1f}"))
    rows.append(("of that inside writes", *Times(stages.writing).cells(), ""))
    rows.append(("the plan alone (dry run)", *Times(stages.planning).cells(), ""))
    notes = (
        f"Inside writes (creation and {stages.commits} commit(s) of rows with thumbnails): "
        f"{100 * stages.written_share:.2f} % of the time of embed_paths. "
        f"{verdict(stages.written_share)}",
        f"embed_paths takes {100 * stages.extra_share:+.1f} % compared with reading, preparing and "
        f"embedding the same windows without a collection. {verdict(stages.extra_share)}",
        "The stages take turns; both shares are medians over rounds. Plan: digests of the files, "
        "finding tissue, ids.",
    )
    return Table(title, COLUMNS, tuple(rows), notes)


def verdict(share: float) -> str:
    """Say whether an overhead keeps the bar."""
    return f"Bar ≤ {100 * BAR:.0f} %: {'reached' if share <= BAR else 'missed'}."
