"""Two made sections on disk and a collection of their patches."""

from pathlib import Path

import numpy as np
from PIL import Image

from brainseek.index.collection import Collection
from brainseek.index.table.schema import Row, Window
from brainseek.index.writing.thumbnails import jpeg
from tests.index.made_patches import DIM, ENCODER, unit

SIDE, ACROSS, DOWN = 40, 4, 3
FILES = ("s0.png", "s1.png")


def made_sections(folder: Path) -> Collection:
    """Write both sections and the collection ``c`` of their 24 patches into a folder."""
    rng = np.random.default_rng(0)
    vectors = iter(unit(2 * ACROSS * DOWN, seed=3))
    rows = []
    for number, name in enumerate(FILES):
        pixels = rng.integers(0, 255, (SIDE * DOWN, SIDE * ACROSS), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
        for i in range(ACROSS * DOWN):
            top, left = SIDE * (i // ACROSS), SIDE * (i % ACROSS)
            rows.append(
                Row(
                    next(vectors),
                    "patch",
                    str(folder / name),
                    window=Window(top, left, SIDE, SIDE),
                    atlas="mni152",
                    position_um=1000.0 * number,
                    ap_um=1000.0 * number,
                    dv_um=100.0 * top,
                    ml_um=100.0 * left,
                    structure="GM" if i % 3 else "WM",
                    stain="nissl" if number else "ish",
                    note="dentate gyrus" if i == 5 else None,
                    thumbnail=jpeg(pixels[top : top + SIDE, left : left + SIDE]),
                )
            )
    assert len(rows[0].vector) == DIM
    return Collection.create(folder / "c", ENCODER, DIM, rows)
