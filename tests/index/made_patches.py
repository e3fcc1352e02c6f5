"""A small collection of made patches with every kind of metadata, for the tests of commands."""

from pathlib import Path

import numpy as np

from brainseek.index.collection import Collection
from brainseek.index.table.schema import Row, Window
from brainseek.index.writing.thumbnails import jpeg

ENCODER = "made@12345678"
DIM = 8
STAINS = ("nissl", "ish", None)


def unit(n: int, seed: int = 0, dim: int = DIM) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def patches(n: int, seed: int = 0) -> list[Row]:
    picture = jpeg(np.arange(64, dtype=np.uint8).reshape(8, 8))
    return [
        Row(
            vector,
            "patch",
            f"slide-{i // 4}.tif",
            source_plane=i % 4,
            source_axis=1,
            window=Window(16 * i, 0, 16, 32),
            stain=STAINS[i % 3],
            structure="CA1" if i % 2 else None,
            structure_id=382 if i % 2 else None,
            ap_um=100.0 * i,
            dv_um=-1.5,
            ml_um=0.1 + 0.2,
            note="dentate gyrus, 'quoted' <b>bold</b>\nä" if i % 5 == 0 else None,
            thumbnail=picture if i % 2 else None,
        )
        for i, vector in enumerate(unit(n, seed))
    ]


def made_collection(folder: Path, n: int = 30, seed: int = 0) -> Collection:
    return Collection.create(folder, ENCODER, DIM, patches(n, seed))
