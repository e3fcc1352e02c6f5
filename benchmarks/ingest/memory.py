"""Peak memory of embedding a 25 600 x 20 480 TIFF, in a process of its own, with a tiny encoder.

The encoder has no network, so what is measured is reading, the plan, the rows in waiting and the
commits.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ingest.big_tiff import HEIGHT, WIDTH, write
from benchmarks.report.in_process import in_process
from benchmarks.report.table import Table
from benchmarks.shared.resources import peak_mb, seconds_of
from brainseek.catalog.sections.section import Section
from brainseek.embedder.encoder import Encoder, Image

LAYOUTS = ("uncompressed tiles", "deflate tiles")
PATCH_PX, SIDE = 256, 16


class MeanEncoder(Encoder):
    """Stands in for an encoder: the means of 16 x 16 blocks, of unit length."""

    def __init__(self) -> None:
        """There is neither card nor network."""

    @property
    def identity(self) -> str:
        """``name@hash``."""
        return "means@00000000"

    @property
    def extent_um(self) -> None:
        """It sees images of any scale."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return SIDE * SIDE

    def prepare(self, image: Image, pixel_um: float | None = None) -> NDArray[np.float32]:
        """Return the block means (16, 16) of a square patch."""
        assert isinstance(image, Section)
        gray = image.gray()
        step = min(gray.shape) // SIDE
        blocks = gray[: SIDE * step, : SIDE * step].reshape(SIDE, step, SIDE, step)
        return np.asarray(blocks.mean((1, 3)), np.float32)

    def embed_inputs(
        self, inputs: NDArray[np.generic], modality: str | None = None
    ) -> NDArray[np.float32]:
        """Return unit vectors (n, 256)."""
        values = np.asarray(inputs, np.float32).reshape(len(inputs), -1) + np.float32(1e-3)
        return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def embed_file(path: str, folder: str) -> dict[str, Any]:
    """Embed a file into a new collection; memory in MiB before and at its peak."""
    import lance  # noqa: F401  (what is imported anyway shall not count as growth)

    from brainseek.index.collection import Collection
    from brainseek.index.ingest.options import EmbedOptions
    from brainseek.index.ingest.run import embed_paths

    before = peak_mb()
    options = EmbedOptions(patch_px=PATCH_PX, min_tissue=0.5)
    seconds = seconds_of(embed_paths, [path], folder, MeanEncoder(), options)
    peak = peak_mb()
    rows = len(Collection.open(folder))
    return {"seconds": seconds, "start_mb": before, "peak_mb": peak, "growth_mb": peak - before,
            "rows": rows}  # fmt: skip


def memory_table() -> Table:
    """Write each layout, embed it in a new process, and report."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for layout in LAYOUTS:
            path = Path(name) / "big.tif"
            in_process(write, layout, str(path))
            place = Path(name) / layout.replace(" ", "-")
            size = {"layout": layout, "file_mb": path.stat().st_size / 2**20}
            found.append(size | in_process(embed_file, str(path), str(place)))
            path.unlink()
    return Table.of(
        f"Memory of embedding one TIFF of {WIDTH:,} x {HEIGHT:,} pixels (made)",
        {
            "layout": "{layout}",
            "file (MiB)": "{file_mb:,.0f}",
            "rows": "{rows:,}",
            "seconds": "{seconds:.1f}",
            "start (MiB)": "{start_mb:,.0f}",
            "peak (MiB)": "{peak_mb:,.0f}",
            "growth (MiB)": "{growth_mb:,.0f}",
        },
        found,
        (
            f"Windows of {PATCH_PX} pixels, an encoder without a network (block means), so memory "
            "and time are those of reading, planning, thumbnails and commits.",
        ),
    )
