"""Walking through the plan: what is missing, how much there is, how much is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.atlas_position import AtlasPlaces
from brainseek.index.ingest.planning.jobs import PatchJob
from brainseek.index.ingest.planning.plan import plan_sources
from brainseek.index.ingest.planning.sources import Source
from brainseek.index.ingest.summary import Failures
from brainseek.index.writing.known_ids import KnownIds

PART = 4096
"""Windows of a plane that are spelled out at a time."""


@dataclass
class Walk:
    """The jobs that are missing in a collection, and a running account of the rest.

    Iterate over :meth:`batches` once; the counts grow meanwhile.

    Attributes
    ----------
    sources : sequence of Source
    options : EmbedOptions
    known : KnownIds
        Rows that are there already.
    failures : Failures
        Files that can't be planned are noted here.
    places : AtlasPlaces, optional
    planned, skipped : int
        Windows seen so far, and those of them whose row is there already.
    """

    sources: Sequence[Source]
    options: EmbedOptions
    known: KnownIds
    failures: Failures
    places: AtlasPlaces | None = None
    planned: int = 0
    skipped: int = 0
    _planes_seen: int = field(default=0, repr=False)
    _windows_seen: int = field(default=0, repr=False)

    def batches(self, size: int) -> Iterator[list[PatchJob]]:
        """Yield the missing jobs in the order of the plan, ``size`` at a time."""
        waiting: list[PatchJob] = []
        for job in self._missing():
            waiting.append(job)
            if len(waiting) == size:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def _missing(self) -> Iterator[PatchJob]:
        limit = self.options.limit
        for plane in plan_sources(self.sources, self.options, self.failures, self.places):
            self._planes_seen += 1
            end = len(plane) if limit is None else min(len(plane), limit - self.planned)
            self._windows_seen += end
            for start in range(0, end, PART):
                numbers = range(start, min(start + PART, end))
                missing = [numbers[at] for at in self.known.missing(plane.ids(numbers))]
                self.planned += len(numbers)
                self.skipped += len(numbers) - len(missing)
                yield from plane.jobs(missing)
            if limit is not None and self.planned >= limit:
                return

    def expected(self) -> int | None:
        """Return about how many missing windows there will be in all, None at the beginning."""
        if self._planes_seen == 0:
            return None
        every = self.options.every
        planes = sum(-(-source.planes.count // every) for source in self.sources)
        # Those that are there already mostly lie at the beginning: don't extrapolate them.
        estimate = round(self._windows_seen * max(1.0, planes / self._planes_seen)) - self.skipped
        limit = self.options.limit
        return estimate if limit is None else min(estimate, limit - self.skipped)
