"""From jobs to rows: read the windows, prepare them, pass them through the network."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.window import BlankWindow
from brainseek.embedder.encoder import Encoder
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.jobs import PatchJob
from brainseek.index.queries import ByImage
from brainseek.index.table.schema import Row
from brainseek.index.writing.thumbnails import thumbnail


@dataclass(frozen=True, eq=False)
class Prepared:
    """A batch that is ready for the network.

    Attributes
    ----------
    jobs : list of PatchJob
        Those that could be read.
    inputs : ndarray, (n, …) or None
        Their network inputs; None when none could be read.
    thumbnails : list of bytes
        A JPEG for each of them.
    blank : int
        Windows that have the same value everywhere.
    failed : list of (str, str)
        File and sentence of each job that could not be read.
    """

    jobs: list[PatchJob]
    inputs: NDArray[np.generic] | None
    thumbnails: list[bytes]
    blank: int
    failed: list[tuple[str, str]]


def prepare(
    jobs: Sequence[PatchJob], encoder: Encoder, options: EmbedOptions, pool: Executor
) -> Prepared:
    """Read and preprocess a batch of jobs.

    Parameters
    ----------
    jobs : sequence of PatchJob
        Best in the order of the plan, so that neighbours share what is decoded.
    encoder : Encoder
        Its ``prepare`` is called from several threads.
    options : EmbedOptions
        How an encoder of several modalities sees the images.
    pool : Executor
        Threads; a batch holds at most as many full images as the pool has workers.
    """

    def one(job: PatchJob) -> tuple[NDArray[np.generic], bytes] | BrainseekError:
        try:
            query = query_of(job, options)
            image = query.section if query.modality is None else query.gray()
            return encoder.prepare(image), thumbnail(query.section)
        except BrainseekError as error:
            return error

    done: list[PatchJob] = []
    inputs: list[NDArray[np.generic]] = []
    thumbnails: list[bytes] = []
    failed: list[tuple[str, str]] = []
    blank = 0
    for job, result in zip(jobs, pool.map(one, jobs), strict=True):
        if isinstance(result, BlankWindow):
            blank += 1
        elif isinstance(result, BrainseekError):
            failed.append((job.plane.uri, str(result)))
        else:
            done.append(job)
            inputs.append(result[0])
            thumbnails.append(result[1])
    return Prepared(done, np.stack(inputs) if inputs else None, thumbnails, blank, failed)


def query_of(job: PatchJob, options: EmbedOptions) -> ByImage:
    """Return the query for the window or plane of a job: the same window has the same vector."""
    return ByImage(
        Path(job.plane.uri),
        modality=options.modality,
        pixel_size_um=job.plane.given_size_um,
        bright_field=options.bright_field,
        window=job.window,
        slice_index=job.plane.index,
        axis=job.plane.axis,
    )


def embed(prepared: Prepared, encoder: Encoder, options: EmbedOptions) -> list[Row]:
    """Pass a prepared batch through the network and return its rows, in the order of the jobs."""
    if prepared.inputs is None:
        return []
    vectors = encoder.embed_inputs(prepared.inputs, options.modality)
    return [
        row_of(job, vector, picture, options)
        for job, vector, picture in zip(prepared.jobs, vectors, prepared.thumbnails, strict=True)
    ]


def row_of(
    job: PatchJob, vector: NDArray[np.float32], picture: bytes, options: EmbedOptions
) -> Row:
    """Return the row of a job.

    Parameters
    ----------
    job : PatchJob
    vector : ndarray of float32, (dim,)
        Its unit vector.
    picture : bytes
        Its thumbnail.
    options : EmbedOptions
        Atlas, stain, modality, species, specimen and note are taken from it.
    """
    plane, place = job.plane, job.place
    return Row(
        vector=vector,
        kind=job.kind,
        source_uri=plane.uri,
        id=job.id,
        source_sha256=plane.sha256,
        source_plane=plane.index,
        source_axis=plane.axis,
        window=job.window,
        pixel_size_um=plane.pixel_size_um,
        atlas=None if place is None else options.atlas,
        position_um=None if place is None else place.ap_um,
        ap_um=None if place is None else place.ap_um,
        dv_um=None if place is None else place.dv_um,
        ml_um=None if place is None else place.ml_um,
        structure_id=None if place is None else place.structure_id,
        structure=None if place is None else place.structure,
        species=options.species,
        stain=options.stain,
        modality=options.modality,
        specimen=options.specimen,
        note=options.note,
        thumbnail=picture,
    )
