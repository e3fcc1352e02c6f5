"""The engine of many processes or machines: Ray Data embeds, one commit makes all rows count."""

import pickle
import warnings
from collections.abc import Iterator
from math import ceil
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.encoder import Encoder
from brainseek.index.ingest.engines.ray_session import ray_session
from brainseek.index.ingest.engines.ray_worker import (
    PART,
    RESULT,
    PartResult,
    PartWorker,
    WorkerSettings,
)
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.walk import Walk
from brainseek.index.table.fragments import WrittenRows
from brainseek.index.table.location import local_folder, table_uri
from brainseek.index.writing.collection_writer import CollectionWriter

_PARTS_PER_WORKER = 4
"""Parts of the plan that a worker gets at least, so that all of them end at about the same time."""

_RESTARTS = 3
"""How often a worker that died, and the part it was at, is started again."""

_START_S = 600
"""How long workers may take to start, in seconds."""


def embed_on_ray(
    walk: Walk, writer: CollectionWriter, encoder: str | Encoder, progress: bool = False
) -> tuple[int, int]:
    """Embed what is missing on Ray and add all of it to the collection in one commit.

    The plan is made here, before the work begins. Each worker loads the encoder once, reads the
    files of its parts of the plan and writes their rows beside the collection, where nobody sees
    them until the commit at the end. A run that dies adds nothing. Rows that somebody else added
    meanwhile are left out.

    All machines must see the image files and the collection under the same paths, and have the
    same encoder. The batches are those of the local engine, and so are the vectors.

    Parameters
    ----------
    walk : Walk
        The missing jobs; its ``failures`` take the files that can't be read.
    writer : CollectionWriter
        The collection; it is made when there is anything to embed.
    encoder : str
        Name of a released encoder.
    progress : bool
        Show the rows done and the time left on the terminal.

    Returns
    -------
    (added, blank)
        Rows added, and windows that have the same value everywhere.

    Raises
    ------
    BrainseekError
        Ray is not there, has too few CPUs or GPUs for ``walk.options.workers``, or a worker
        failed; then nothing was added.
    """
    from tqdm import tqdm

    options = walk.options
    assert isinstance(encoder, str)
    with ray_session(options.workers) as ray:
        resources = _resources(ray, options)
        batches = _planned(walk, progress)
        if not batches:
            return 0, 0
        settings = _settings(writer, encoder, options)
        parts = _parts(batches, options)
        written: list[WrittenRows] = []
        blank = 0
        with tqdm(desc="embedding", unit="row", disable=not progress, total=_jobs(walk)) as bar:
            for result in _run(ray, parts, settings, resources):
                blank += result.blank
                for uri, sentence in result.failed:
                    walk.failures.add(uri, sentence)
                if result.written is not None:
                    written.append(result.written)
                bar.update(result.jobs)
    assert writer.collection is not None
    added = writer.collection.table.commit_rows(written)
    walk.skipped += sum(len(part.ids) for part in written) - added
    return added, blank


def _planned(walk: Walk, progress: bool) -> list[bytes]:
    """Return all missing jobs in the batches of the local engine, packed: some 100 bytes a job."""
    from tqdm import tqdm

    batches = []
    with tqdm(desc="planning", unit="row", disable=not progress) as bar:
        for jobs in walk.batches(walk.options.batch):
            batches.append(pickle.dumps(jobs))
            bar.total = walk.expected()
            bar.update(len(jobs))
    return batches


def _parts(batches: list[bytes], options: EmbedOptions) -> list[dict[str, bytes]]:
    """Group batches into parts of at most ``commit_rows`` rows, each a task and a file of rows."""
    even = ceil(len(batches) / (options.workers * _PARTS_PER_WORKER))
    size = max(1, min(even, options.commit_rows // options.batch))
    starts = range(0, len(batches), size)
    return [{PART: pickle.dumps(batches[start : start + size])} for start in starts]


def _jobs(walk: Walk) -> int:
    return walk.planned - walk.skipped


def _settings(writer: CollectionWriter, encoder: str, options: EmbedOptions) -> WorkerSettings:
    from brainseek.embedder.registry import read_card

    card = read_card(encoder)
    collection = writer.ready(card.dim)
    folder = local_folder(writer.uri)
    place = table_uri(writer.uri if folder is None else str(folder.resolve()))
    return WorkerSettings(encoder, card.identity, place, collection.table.schema, options)


def _resources(ray: Any, options: EmbedOptions) -> dict[str, float]:
    """Return what a worker occupies, and refuse more workers than fit: they would wait for ever."""
    there, workers = ray.cluster_resources(), options.workers
    cpus, gpus = int(there.get("CPU", 0)), int(there.get("GPU", 0))
    if workers > cpus:
        raise BrainseekError(
            f"{workers} workers need {workers} CPUs and Ray has {cpus}; use fewer --workers or "
            "add machines with `ray start --address`."
        )
    if options.device.startswith("cuda") and gpus == 0:
        raise BrainseekError(
            f"device '{options.device}' was asked for and Ray has no GPU; use --device cpu."
        )
    if gpus == 0 or not options.device.startswith(("auto", "cuda")):
        return {"num_cpus": 1}
    return {"num_cpus": 1, "num_gpus": 1 / ceil(workers / gpus)}


def _run(
    ray: Any, parts: list[dict[str, bytes]], settings: WorkerSettings, resources: dict[str, float]
) -> Iterator[PartResult]:
    """Yield the results of the parts as they come."""
    with warnings.catch_warnings():
        # max_restarts is deprecated since Ray 2.60, but there is no other way to limit restarts.
        warnings.simplefilter("ignore", DeprecationWarning)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.wait_for_min_actors_s = _START_S
        results = ray.data.from_items(parts, override_num_blocks=len(parts)).map(
            PartWorker,
            fn_constructor_args=(settings,),
            compute=ray.data.ActorPoolStrategy(size=settings.options.workers),
            max_restarts=_RESTARTS,
            max_task_retries=_RESTARTS,
            **resources,
        )
    try:
        for row in results.iter_rows():
            result: PartResult = pickle.loads(row[RESULT])
            if result.error:
                raise BrainseekError(f"nothing was added: {result.error}")
            yield result
    except (ray.exceptions.RayError, ray.data.exceptions.SystemException) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].strip(" .,:")
        raise BrainseekError(
            f"nothing was added: Ray gave up ({reason}); the same command begins the run again."
        ) from error
