"""The engines of an ingestion beside each other, each in a process of its own."""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report.in_process import in_process
from benchmarks.report.table import Row, Table, absent
from benchmarks.shared.patch_vectors import ENCODER, SETS, image_files
from benchmarks.shared.resources import seconds_of
from brainseek.embedder.encoder import Encoder
from brainseek.index.collection import Collection
from brainseek.index.ingest.engines.ray_session import ray_session
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
from brainseek.index.table.schema import table_vectors

ENGINES = (("local", 2), ("ray", 1), ("ray", 2))
FEW = 64
COLUMNS = (
    "engine", "whole call (s)", "images/s", "start (s)", "images/s after it", "same ids",
    "max |difference|",
)  # fmt: skip
Measured = Callable[..., dict[str, Any]]
INSTALL = "pip install 'brainseek[distributed]'"


def time_engine(
    engine: str,
    workers: int,
    images: int,
    folder: str,
    encoder: str | Encoder = ENCODER,
    few: int = FEW,
) -> dict[str, float]:
    """Embed the first patches of the Nissl plates: few, few again, and then all that are asked.

    The first call fills caches and is not counted; each call has its own collection in
    ``folder``, named ``warm``, ``few`` and ``all``.

    Returns
    -------
    dict
        ``few_s`` and ``all_s``, seconds of the second and third call, their ``few`` and ``all``
        rows, and ``session_s``, what starting Ray took: once for the three of them.
    """
    part = SETS[0]
    options = EmbedOptions(patch_px=part.patch_px, stride_px=part.stride_px, workers=workers)
    files = image_files(part)
    found: dict[str, float] = {}
    with ExitStack() as stack:
        begun = time.perf_counter()
        if engine == "ray":
            stack.enter_context(ray_session(workers))
        found["session_s"] = time.perf_counter() - begun
        for name, limit in (("warm", few), ("few", few), ("all", images)):
            chosen = replace(options, limit=limit)
            place = Path(folder) / name
            found[f"{name}_s"] = seconds_of(embed_paths, files, place, encoder, chosen, engine)
            found[name] = len(Collection.open(place))
    return found


def engine_row(label: str, found: dict[str, float], same: bool, most: float) -> Row:
    """Return the line of one engine; speed after the start is that of the further images."""
    speed = (found["all"] - found["few"]) / (found["all_s"] - found["few_s"])
    whole = found["session_s"] + found["all_s"]
    start = found["session_s"] + found["few_s"] - found["few"] / speed
    return (
        label,
        f"{whole:.1f}",
        f"{found['all'] / whole:,.1f}",
        f"{start:.1f}",
        f"{speed:,.1f}",
        "yes" if same else "NO",
        f"{most:.1e}",
    )


def difference(one: Path, other: Path) -> tuple[bool, float]:
    """Compare two collections: whether their ids are the same, and how far vectors differ.

    The difference is the largest of any element between rows with the same id; NaN without any.
    """
    ids: list[np.ndarray] = []
    vectors: list[np.ndarray] = []
    for place in (one, other):
        table = Collection.open(place).table.read(["id", "vector"]).sort_by("id")
        ids.append(np.array(table["id"].to_pylist()))
        vectors.append(table_vectors(table))
    shared, here, there = np.intersect1d(ids[0], ids[1], return_indices=True)
    same = len(shared) == len(ids[0]) == len(ids[1])
    if len(shared) == 0:
        return same, float("nan")
    return same, float(np.abs(vectors[0][here] - vectors[1][there]).max())


def engine_table(images: int, measured: Measured = in_process) -> Table:
    """Run all engines one after the other on the same patches."""
    lines: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        places = {one: Path(name) / f"{one[0]}-{one[1]}" for one in ENGINES}
        for engine, workers in ENGINES:
            unit = "threads" if engine == "local" else "encoder" + ("s" if workers > 1 else "")
            label = f"{engine}, {workers} {unit}"
            if engine == "ray" and find_spec("ray") is None:
                lines.append(absent(f"{label}: ray is not installed", INSTALL, COLUMNS))
                continue
            place = places[engine, workers]
            found = measured(time_engine, engine, workers, images, str(place))
            same, most = difference(places[ENGINES[0]] / "all", place / "all")
            lines.append(engine_row(label, found, same, most))
    return Table(
        f"Engines: {images:,} patches of Nissl plates on one machine",
        COLUMNS,
        tuple(lines),
        (
            f"Each engine in a process of its own. 'Start' is what a call for {FEW} images takes "
            "beyond their share: starting Ray and its workers, loading the encoder. The process "
            "has embedded once before. Ids and vectors are compared with the first line.",
            "On one machine the engines share the same cores: Ray is there for more machines.",
        ),
    )
