"""The engine of one machine: threads plan and read ahead while the network works."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from brainseek.embedder.encoder import Encoder
from brainseek.index.ingest.embed_rows import Prepared, embed, prepare
from brainseek.index.ingest.engines.ahead import Ahead
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.jobs import PatchJob
from brainseek.index.ingest.planning.walk import Walk
from brainseek.index.table.schema import Row
from brainseek.index.writing.collection_writer import CollectionWriter


def embed_locally(
    walk: Walk, writer: CollectionWriter, encoder: str | Encoder, progress: bool = False
) -> tuple[int, int]:
    """Embed what is missing and add it to the collection, a few thousand rows at a time.

    A run that is killed has lost the rows since the last commit and nothing else. Only a few
    batches of prepared images and the rows of one commit are held in memory.

    Parameters
    ----------
    walk : Walk
        The missing jobs; its ``failures`` take the files that can't be read.
    writer : CollectionWriter
        The collection; it is made when the first batch can be read.
    encoder : str or Encoder
        Name of a released encoder, which is loaded on ``walk.options.device``, or a loaded one.
    progress : bool
        Show rows, rows per second and the time left on the terminal.

    Returns
    -------
    (added, blank)
        Rows added, and windows that have the same value everywhere.
    """
    from tqdm import tqdm

    options = walk.options
    network = _loaded(encoder, options.device)
    added = blank = 0
    waiting: list[Row] = []
    with (
        tqdm(desc="embedding", unit="row", disable=not progress, total=walk.expected()) as bar,
        Ahead(walk.batches(options.batch)) as planned,
        ThreadPoolExecutor(options.workers) as pool,
        Ahead(_prepared(planned, network, options, pool)) as batches,
    ):
        for batch in batches:
            blank += batch.blank
            for uri, sentence in batch.failed:
                walk.failures.add(uri, sentence)
            if batch.jobs:
                writer.ready(network.dim)
            waiting += embed(batch, network, options)
            while len(waiting) >= options.commit_rows:
                writer.ready(network.dim).add(waiting[: options.commit_rows])
                added += options.commit_rows
                del waiting[: options.commit_rows]
            bar.total = walk.expected()
            bar.update(len(batch.jobs) + batch.blank + len(batch.failed))
        if waiting:
            writer.ready(network.dim).add(waiting)
        added += len(waiting)
    return added, blank


def _prepared(
    planned: Iterable[list[PatchJob]],
    encoder: Encoder,
    options: EmbedOptions,
    pool: ThreadPoolExecutor,
) -> Iterator[Prepared]:
    for jobs in planned:
        yield prepare(jobs, encoder, options, pool)


def _loaded(encoder: str | Encoder, device: str) -> Encoder:
    from brainseek.embedder.registry import load_encoder

    return load_encoder(encoder, device) if isinstance(encoder, str) else encoder
