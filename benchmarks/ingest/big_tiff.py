"""Peak memory and time of reading a 25 600 x 20 480 TIFF down to 1024 pixels.

Run with ``python -m benchmarks.ingest.big_tiff``. Every layout is written to a temporary folder and
read in a process of its own, whose peak resident memory the operating system reports.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEIGHT, TILE = 25_600, 20_480, 512
LAYOUTS: dict[str, dict[str, Any]] = {
    "uncompressed strips": {"rowsperstrip": TILE},
    "uncompressed tiles": {"tile": (TILE, TILE)},
    "deflate strips": {"rowsperstrip": TILE // 8, "compression": "deflate"},
    "deflate tiles": {"tile": (TILE, TILE), "compression": "deflate"},
    "JPEG tiles, RGB": {"tile": (TILE, TILE), "compression": "jpeg", "photometric": "rgb"},
}
_READ = """
import json, resource, sys, time
import tifffile, brainseek.catalog.sections.readers.tiff.whole
from brainseek.catalog.sections.section import read_section
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start = peak(), time.perf_counter()
section = read_section(sys.argv[1], max_side=1024)
print(json.dumps({"seconds": time.perf_counter() - start, "start_mb": before,
                  "peak_mb": peak(), "shape": section.image.shape}))
"""


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
                yield zlib.compress(
                    block.tobytes(), level=1
                )  # tifffile takes encoded strips as bytes
            else:
                yield np.stack([block, block, 255 - block], axis=2) if colour else block


def write(layout: str, path: Path) -> None:
    """Write the made section in one of the ``LAYOUTS``."""
    import tifffile

    options = LAYOUTS[layout]
    channels = (3,) if options.get("photometric") == "rgb" else ()
    tifffile.imwrite(
        path, blocks(options), shape=(HEIGHT, WIDTH, *channels), dtype=np.uint8, **options
    )


def measure(layout: str, folder: Path) -> dict[str, Any]:
    """Write one layout and read it again, each in a new process.

    This process stays small, because on Linux the peak of a process starts at the size of the
    one that started it.

    Parameters
    ----------
    layout : str
        A key of ``LAYOUTS``.
    folder : Path
        Where the file (up to 525 MB) is written; it is removed again.

    Returns
    -------
    dict
        seconds, start_mb and peak_mb (resident memory in MiB), shape, file_mb.
    """
    path = folder / "big.tif"
    writing = [
        sys.executable,
        "-m",
        "benchmarks.ingest.big_tiff",
        "--layout",
        layout,
        "--write",
        str(path),
    ]
    subprocess.run(writing, check=True)
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    result["file_mb"] = path.stat().st_size / 2**20
    path.unlink()
    return result


def main() -> None:
    """Print one line per layout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="default: all")
    parser.add_argument("--write", type=Path, help="only write the file, do not measure")
    arguments = parser.parse_args()
    chosen = arguments.layout or list(LAYOUTS)
    if arguments.write is not None:
        write(chosen[0], arguments.write)
        return
    print(f"{WIDTH} x {HEIGHT} pixels down to 1024; memory in MiB")
    print(f"{'layout':22} {'file':>6} {'start':>6} {'peak':>6} {'growth':>7} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for layout in chosen:
            r = measure(layout, Path(folder))
            growth = r["peak_mb"] - r["start_mb"]
            print(
                f"{layout:22} {r['file_mb']:6.0f} {r['start_mb']:6.0f} {r['peak_mb']:6.0f} "
                f"{growth:7.0f} {r['seconds']:8.1f}"
            )


if __name__ == "__main__":
    main()
