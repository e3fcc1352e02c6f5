"""Embedding files into a collection: the one function that everybody calls."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.image_files import image_files
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.sources import Source
from brainseek.index.ingest.summary import Failures, Summary

if TYPE_CHECKING:
    from brainseek.embedder.cards.card import Card
    from brainseek.embedder.encoder import Encoder
    from brainseek.index.ingest.planning.atlas_position import AtlasPlaces
    from brainseek.index.ingest.planning.walk import Walk
    from brainseek.index.writing.collection_writer import CollectionWriter

    Engine = Callable[[Walk, CollectionWriter, str | Encoder, bool], tuple[int, int]]

ENGINES = ("local", "ray")
"""Where the work is done: on this machine, or on a Ray cluster."""


def embed_paths(
    paths: Iterable[Path | str],
    collection_uri: Path | str,
    encoder: "str | Encoder",
    options: EmbedOptions | None = None,
    engine: str = "local",
    *,
    progress: bool = False,
    dry_run: bool = False,
) -> Summary:
    """Embed image files into a collection, as a grid of windows or as whole planes.

    The collection is made if there is none. Rows are identified by the content of their file,
    the plane and the window, so the same call again adds only what is missing: after a crash or
    a kill, when files have been added, or with other options, whose windows then join the old
    ones. A row that is there is not made anew, even if ``options`` names another stain. The
    windows of a file that has changed get new ids; its old rows stay until they are deleted
    (``collection.delete("source_sha256 = '…'")``).

    Parameters
    ----------
    paths : iterable of path
        Image files, folders (with their subfolders) and patterns.
    collection_uri : path or str
        Folder of the collection or ``s3://bucket/key``.
    encoder : str or Encoder
        Name of a released encoder, or a loaded one.
    options : EmbedOptions, optional
        What is cut out and noted; by default windows of 500 µm that are at least half tissue.
    engine : {"local", "ray"}
        Where the work is done. ``"ray"`` needs the name of an encoder.
    progress : bool
        Show progress on the terminal.
    dry_run : bool
        Only make the plan; nothing is embedded or written.

    Returns
    -------
    Summary
        Files that failed are named in it; they don't stop the others.

    Raises
    ------
    BrainseekError
        Nothing is there to embed, another encoder wrote the collection, it can't be written, an
        option does not apply, or the encoder needs a modality.
    """
    from brainseek.embedder.registry import read_card

    begin = time.monotonic()
    options = options or EmbedOptions()
    _check_engine(engine, encoder, options)
    known = read_card(encoder) if isinstance(encoder, str) else encoder
    options = _fitting(options, known)
    files = _absolute_files(paths)
    walk, writer = _walk(files, str(collection_uri), known.identity, options)
    added = blank = 0
    if dry_run:
        _count(walk)
    elif walk.sources:
        added, blank = _engine(engine)(walk, writer, encoder, progress)
    return Summary(
        sources=len(files),
        planned=walk.planned,
        skipped=walk.skipped,
        added=added,
        blank=blank,
        failed=walk.failures.as_tuple(),
        seconds=time.monotonic() - begin,
    )


def _check_engine(engine: str, encoder: "str | Encoder", options: EmbedOptions) -> None:
    """Refuse an unknown engine, and one that can't use a loaded encoder."""
    if engine not in ENGINES:
        raise BrainseekError(f"engine '{engine}' is not known; choose one of {', '.join(ENGINES)}.")
    if not isinstance(encoder, str) and (engine == "ray" or options.device != "auto"):
        raise BrainseekError(
            f"the encoder {encoder.identity} is loaded already; give its name to use another "
            "engine or device."
        )


def _absolute_files(paths: Iterable[Path | str]) -> list[Path]:
    """Return the image files, each once, so that rows lead back to them from anywhere."""
    return list(dict.fromkeys(p.absolute() for p in image_files(paths, recursive=True)))


def _walk(
    files: list[Path], uri: str, encoder: str, options: EmbedOptions
) -> "tuple[Walk, CollectionWriter]":
    """Plan what is missing in a collection, which need not be there yet."""
    from brainseek.index.ingest.planning.walk import Walk
    from brainseek.index.writing.collection_writer import CollectionWriter
    from brainseek.index.writing.known_ids import KnownIds

    failures = Failures()
    sources = _sources(files, options, failures)
    places = _places(options)
    writer = CollectionWriter(uri, encoder)
    return Walk(sources, options, KnownIds.of(writer.collection), failures, places), writer


def _count(walk: "Walk") -> None:
    """Go through the plan, which counts it, and do nothing of it."""
    for _ in walk.batches(walk.options.batch):
        pass


def _sources(files: list[Path], options: EmbedOptions, failures: Failures) -> list[Source]:
    """Look at the beginning of every file; those that can't be read are noted."""
    sources: list[Source] = []
    for path in files:
        try:
            sources.append(Source.of(path, options.axis))
        except BrainseekError as error:
            failures.add(str(path), str(error))
    if sources and options.axis is not None and all(s.planes.axis is None for s in sources):
        raise BrainseekError(
            f"axis {options.axis} was chosen, but none of the files is a NIfTI volume; leave "
            "--axis out."
        )
    if sources and options.every > 1 and not any(s.planes.stacked for s in sources):
        raise BrainseekError(
            f"every {options.every}th plane was asked for, but none of the files is a volume or "
            "stack; leave --every out."
        )
    return sources


def _places(options: EmbedOptions) -> "AtlasPlaces | None":
    if options.atlas is None:
        return None
    from brainseek.catalog.atlases.registry import load_atlas
    from brainseek.index.ingest.planning.atlas_position import AtlasPlaces

    return AtlasPlaces(load_atlas(options.atlas))


def _fitting(options: EmbedOptions, encoder: "Encoder | Card") -> EmbedOptions:
    """Return the options with the size of window that an encoder sees, where none is asked for."""
    encoder.check_modality(options.modality)
    sizes = (options.patch_um, options.patch_px)
    if encoder.extent_um is None or options.whole or sizes != (None, None):
        return options
    return replace(options, patch_um=encoder.extent_um)


def _engine(name: str) -> "Engine":
    if name == "local":
        from brainseek.index.ingest.engines.local import embed_locally

        return embed_locally
    try:
        found: Engine = import_module("brainseek.index.ingest.engines.ray_engine").embed_on_ray
    except ModuleNotFoundError:
        raise BrainseekError(
            "engine 'ray' is not available here; use --engine local, or install Ray with "
            "`pip install 'brainseek[distributed]'`."
        ) from None
    return found
