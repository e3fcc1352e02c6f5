"""Peak memory and time of reading a 25 600 x 20 480 TIFF down to 1024 pixels.

``python -m benchmarks.ingest.big_tiff``. Every layout is written to a temporary folder and read,
each in a process of its own.
"""

import argparse
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report.in_process import in_process
from benchmarks.report.report import Report, run
from benchmarks.report.table import Table
from benchmarks.shared.resources import peak_mb, seconds_of

WIDTH, HEIGHT, TILE = 25_600, 20_480, 512
LAYOUTS: dict[str, dict[str, Any]] = {
    "uncompressed strips": {"rowsperstrip": TILE},
    "uncompressed tiles": {"tile": (TILE, TILE)},
    "deflate strips": {"rowsperstrip": TILE // 8, "compression": "deflate"},
    "deflate tiles": {"tile": (TILE, TILE), "compression": "deflate"},
    "JPEG tiles, RGB": {"tile": (TILE, TILE), "compression": "jpeg", "photometric": "rgb"},
}


def blocks(options: dict[str, Any]) -> Iterator[Any]:
    """Yield the strips or tiles of a made section: a bright ellipse with texture."""
    colour = options.get("photometric") == "rgb"
    rows = options["tile"][0] if "tile" in options else options["rowsperstrip"]
    columns = TILE if "tile" in options else WIDTH
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 40, (rows, columns), np.uint8)
    for top in range(0, HEIGHT, rows):
        for left in range(0, WIDTH, columns):
            y = (np.arange(top, top + rows)[:, None] / HEIGHT - 0.5) * 2.2
            x = (np.arange(left, left + columns)[None] / WIDTH - 0.5) * 2.2
            block = texture + np.where(x * x + y * y < 1, 150, 10).astype(np.uint8)
            if options.get("compression") == "deflate" and "tile" not in options:
                yield zlib.compress(block.tobytes(), level=1)  # tifffile takes them encoded
            else:
                yield np.stack([block, block, 255 - block], axis=2) if colour else block


def write(layout: str, path: str) -> None:
    """Write the made section in one of the ``LAYOUTS``."""
    import tifffile

    options = LAYOUTS[layout]
    channels = (3,) if options.get("photometric") == "rgb" else ()
    tifffile.imwrite(
        path, blocks(options), shape=(HEIGHT, WIDTH, *channels), dtype=np.uint8, **options
    )


def read(path: str) -> dict[str, Any]:
    """Read a file down to 1024 pixels; seconds, and memory in MiB before and at its peak."""
    import tifffile  # noqa: F401  (what is imported anyway shall not count as growth)

    import brainseek.catalog.sections.readers.tiff.whole  # noqa: F401
    from brainseek.catalog.sections.section import read_section

    before = peak_mb()
    seconds = seconds_of(read_section, path, max_side=1024)
    peak = peak_mb()
    return {"seconds": seconds, "start_mb": before, "peak_mb": peak, "growth_mb": peak - before}


def measure(options: argparse.Namespace) -> Report:
    """Write and read each layout; a file takes up to 525 MB and is removed again."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.tif"
        for layout in options.layout or LAYOUTS:
            in_process(write, layout, str(path))
            size = {"layout": layout, "file_mb": path.stat().st_size / 2**20}
            found.append(size | in_process(read, str(path)))
            path.unlink()
    columns = {
        "layout": "{layout}",
        "file (MiB)": "{file_mb:,.0f}",
        "start (MiB)": "{start_mb:,.0f}",
        "peak (MiB)": "{peak_mb:,.0f}",
        "growth (MiB)": "{growth_mb:,.0f}",
        "seconds": "{seconds:.1f}",
    }
    table = Table.of(f"{WIDTH:,} x {HEIGHT:,} pixels down to 1024", columns, found)
    return Report("A TIFF larger than memory allows is read in pieces.", (table,))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ingest.big_tiff", description=__doc__
    )
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="default: all")
    run("ingest.big_tiff", parser, measure)


if __name__ == "__main__":
    main()
