"""Compare prepared files with the manifest.

An identical file always passes. A file rebuilt from the public ones may differ in its bytes: a
JPEG encoder rounds differently, a ZIP archive stores times. Each comparison here therefore has
two halves: `describe` condenses the reference file to a short text that stands in the manifest,
and `matches` holds a rebuilt file against it.

==========  =====================================================================================
``bytes``   identical bytes only
``arrays``  NumPy archive: identical names, types, shapes and values
``volume``  NIfTI / NRRD: identical voxel type, shape and values
``table``   CSV: identical text and whole numbers, means of decimal columns alike; the columns
            that preparation leaves empty are not compared
``image``   same size and channels; the means of a 4 by 4 grid within 4 grey levels
``labels``  label maps: identical names, types and shapes; labelled area within 0.5 %
``mirror``  identical bytes, but absent from a rebuilt folder
==========  =====================================================================================
"""

import csv
import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np

IMAGE_GRID = 4
IMAGE_TOLERANCE = 4.0
"""Largest accepted difference of a grid cell's mean, in grey levels of 255."""
LABEL_TOLERANCE = 0.005
"""Largest accepted relative difference of the labelled area."""
TABLE_TOLERANCE = 1e-4
"""Largest accepted difference, absolute or relative, of a decimal column's mean."""
UNFILLED_COLUMNS = frozenset(
    {
        "n_structures_ara", "n_structures_ccf", "eta2_ara", "eta2_ccf", "dice_ara_ccf",
        "agreement_at_0", "agreement_best", "best_shift_um", "mean_grey",
    }
)  # fmt: skip
"""Columns that judge the data and are not compared: left empty, or dependent on re-encoding."""


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe(check: str, path: Path) -> str:
    """Condense the reference file `path` to the text that `matches` needs."""
    if check in ("bytes", "mirror"):
        return ""
    return {
        "arrays": _describe_arrays,
        "volume": _describe_volume,
        "table": _describe_table,
        "image": _describe_image,
        "labels": _describe_labels,
    }[check](path)


def matches(check: str, path: Path, expect: str) -> bool:
    """Tell whether the rebuilt file `path` agrees with the description of its reference."""
    if check in ("bytes", "mirror"):
        return False
    found = describe(check, path)
    if check == "image":
        return _images_agree(found, expect)
    if check == "table":
        return _tables_agree(found, expect)
    if check == "labels":
        return _labels_agree(found, expect)
    return found == expect


def array_digest(arrays: dict[str, np.ndarray[Any, Any]]) -> str:
    """SHA-256 over names, types, shapes and values of `arrays`, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _describe_arrays(path: Path) -> str:
    with np.load(path, allow_pickle=False) as archive:
        return array_digest({name: archive[name] for name in archive.files})


def _describe_volume(path: Path) -> str:
    import nibabel

    volume: Any = nibabel.load(path)
    return array_digest({"voxels": np.asarray(volume.dataobj), "affine": volume.affine})


def _describe_table(path: Path) -> str:
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    exact = hashlib.sha256()
    means = []
    for column in zip(*rows, strict=True):
        if column[0] in UNFILLED_COLUMNS:
            continue
        try:
            decimal = any("." in cell for cell in column[1:])
            values = [float(cell) for cell in column[1:]] if decimal else []
        except ValueError:
            values = []
        exact.update("\x1f".join(column[: 1 if values else None]).encode() + b"\n")
        if values:
            means.append(f"{math.fsum(values) / len(values):.6g}")
    return f"{len(rows) - 1}:{exact.hexdigest()[:32]}:{' '.join(means)}"


def _tables_agree(found: str, expect: str) -> bool:
    *exact, means = found.split(":")
    *expected, expected_means = expect.split(":")
    pairs = list(zip(means.split(), expected_means.split(), strict=False))
    return exact == expected and all(
        math.isclose(float(a), float(b), rel_tol=TABLE_TOLERANCE, abs_tol=TABLE_TOLERANCE)
        for a, b in pairs
    )


def _describe_image(path: Path) -> str:
    from PIL import Image

    with Image.open(path) as image:
        width, height = image.size
        channels = len(image.getbands())
        grey = np.asarray(image.convert("L"), dtype=np.float64)
    rows = np.array_split(grey, IMAGE_GRID, axis=0)
    means = [cell.mean() for row in rows for cell in np.array_split(row, IMAGE_GRID, axis=1)]
    return f"{width}x{height}x{channels}:{bytes(round(m) for m in means).hex()}"


def _images_agree(found: str, expect: str) -> bool:
    size, _, means = found.partition(":")
    expected_size, _, expected_means = expect.partition(":")
    if size != expected_size or len(means) != len(expected_means):
        return False
    a = np.frombuffer(bytes.fromhex(means), np.uint8).astype(float)
    b = np.frombuffer(bytes.fromhex(expected_means), np.uint8).astype(float)
    return bool(np.all(np.abs(a - b) <= IMAGE_TOLERANCE))


def _describe_labels(path: Path) -> str:
    layout = hashlib.sha256()
    labelled = 0
    with np.load(path, allow_pickle=False) as archive:
        for name in sorted(archive.files):
            array = archive[name]
            layout.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
            labelled += int(np.count_nonzero(array))
        count = len(archive.files)
    return f"{count}:{labelled}:{layout.hexdigest()[:32]}"


def _labels_agree(found: str, expect: str) -> bool:
    count, labelled, layout = found.split(":")
    expected_count, expected_labelled, expected_layout = expect.split(":")
    if (count, layout) != (expected_count, expected_layout):
        return False
    return abs(int(labelled) - int(expected_labelled)) <= LABEL_TOLERANCE * int(expected_labelled)
