"""What a worker of the Ray engine does: it loads the encoder once and writes files of rows."""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.encoder import Encoder
from brainseek.index.ingest.embed_rows import Prepared, embed, prepare
from brainseek.index.ingest.engines.ahead import Ahead
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.jobs import PatchJob
from brainseek.index.table.fragments import WrittenRows, write_rows
from brainseek.index.table.lance_call import first_line
from brainseek.index.table.schema import Row, rows_to_table

if TYPE_CHECKING:
    import pyarrow as pa

PART, RESULT = "part", "result"
"""Columns of what goes to a worker and of what comes back."""

_THREADS = 2
"""Threads of a worker that read and prepare images."""


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker has to know.

    Attributes
    ----------
    encoder, identity : str
        Name of the encoder, and its identity on the machine that began the run.
    place : str
        The Lance table.
    schema : pa.Schema
        Its columns.
    options : EmbedOptions
    """

    encoder: str
    identity: str
    place: str
    schema: "pa.Schema"
    options: EmbedOptions


@dataclass(frozen=True)
class PartResult:
    """What became of a part of the plan.

    Attributes
    ----------
    jobs : int
        Their number.
    written : WrittenRows or None
        The file of their rows; None if there are none.
    blank : int
        Windows with the same value everywhere.
    failed : tuple of (str, str)
        File and sentence of each job that could not be read.
    error : str
        Why the whole run has to end, if it has.
    """

    jobs: int = 0
    written: WrittenRows | None = None
    blank: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    error: str = ""


class PartWorker:
    """An encoder in a process of its own; Ray Data calls it with one part of the plan at a time.

    What goes wrong comes back as a result: Ray would wrap it, log it and, for the constructor,
    try again.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(_THREADS)
        self._encoder: Encoder | None = None

    def __call__(self, row: dict[str, bytes]) -> dict[str, bytes]:
        """Embed a part (pickled batches of jobs), write its rows, return a `PartResult`."""
        try:
            if self._encoder is None:
                self._encoder = self.load()
            batches = [pickle.loads(batch) for batch in pickle.loads(row[PART])]
            result = self._embed(batches, self._encoder)
        except BrainseekError as error:
            result = PartResult(error=str(error))
        except Exception as error:
            reason = f"{type(error).__name__}: {first_line(error)}"
            result = PartResult(
                error=f"a worker failed ({reason}); the same command begins the run again."
            )
        return {RESULT: pickle.dumps(result)}

    def load(self) -> Encoder:
        """Return the encoder.

        Raises
        ------
        BrainseekError
            It is missing here, is another one, or can't run on the device.
        """
        from brainseek.embedder.registry import load_encoder

        encoder = load_encoder(self._settings.encoder, self._settings.options.device)
        if encoder.identity != self._settings.identity:
            raise BrainseekError(
                f"a worker has encoder {encoder.identity} and the run was begun with "
                f"{self._settings.identity}; install the same brainseek on all machines."
            )
        return encoder

    def _embed(self, batches: Sequence[list[PatchJob]], encoder: Encoder) -> PartResult:
        rows: list[Row] = []
        failed: list[tuple[str, str]] = []
        blank = 0
        with Ahead(self._prepared(batches, encoder)) as ready:
            for batch in ready:
                blank += batch.blank
                failed += batch.failed
                rows += embed(batch, encoder, self._settings.options)
        return PartResult(sum(map(len, batches)), self._write(rows), blank, tuple(failed))

    def _prepared(self, batches: Iterable[list[PatchJob]], encoder: Encoder) -> Iterator[Prepared]:
        for jobs in batches:
            yield prepare(jobs, encoder, self._settings.options, self._pool)

    def _write(self, rows: Sequence[Row]) -> WrittenRows | None:
        if not rows:
            return None
        return write_rows(self._settings.place, rows_to_table(rows, self._settings.schema))
