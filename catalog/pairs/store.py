"""Folders of prepared pairs: one npz file per pair and a table ``pairs.csv``."""

import csv
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.core.whole_file import make_writable, write_whole
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import (
    AffineAtlas,
    AffinePixels,
    AtlasMap,
    GridPixels,
    PixelTransform,
)

TABLE = "pairs.csv"
COLUMNS = (
    "file", "name", "group", "first_modality", "second_modality", "first_pixel_um",
    "second_pixel_um", "atlas",
)  # fmt: skip


def save_pairs(pairs: Sequence[SectionPair], folder: Path | str) -> Path:
    """Write pairs into a new folder, or in place of an older folder of pairs; return it.

    The folder appears when all is written; until then an older one stays as it is.

    Raises
    ------
    BrainseekError
        If there is no pair, two have one name, the folder holds something else than pairs, or
        can't be written.
    """
    folder = Path(folder).expanduser()
    names = [pair.name for pair in pairs]
    if not names:
        raise BrainseekError(f"there is no pair to be kept in {folder}; give at least one.")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise BrainseekError(f"two pairs are named '{min(twice)}'; give every pair its own name.")
    if folder.exists() and not (folder / TABLE).is_file() and any(folder.iterdir()):
        raise BrainseekError(
            f"{folder} holds other files than pairs; choose a new folder or empty this one."
        )
    sentence = "the folder {folder} for pairs can't be written ({reason}); choose another one."
    parent = make_writable(folder.parent, sentence)
    workplace = Path(tempfile.mkdtemp(prefix=".writing-", dir=parent))
    fresh, old = workplace / "fresh", workplace / "old"
    try:
        fresh.mkdir()
        _write(pairs, fresh)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise BrainseekError(sentence.format(folder=folder, reason=error)) from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return folder


def _write(pairs: Sequence[SectionPair], folder: Path) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for number, pair in enumerate(tqdm(pairs, desc="writing pairs", disable=None)):
        content = io.BytesIO()
        np.savez_compressed(content, **_arrays(pair))
        file = write_whole(folder / f"{number:05d}.npz", content.getvalue())
        sizes = (pair.first.pixel_um, pair.second.pixel_um)
        table.writerow(
            [file.name, pair.name, pair.group, *pair.modalities, *sizes, pair.atlas or ""]
        )
    write_whole(folder / TABLE, text.getvalue().encode())


def _arrays(pair: SectionPair) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for side, image in (("first", pair.first), ("second", pair.second)):
        arrays |= {f"{side}_image": image.image, f"{side}_mask": image.mask}
    arrays |= {f"transform_{key}": value for key, value in pair.transform.arrays().items()}
    if pair.to_atlas is not None:
        arrays |= {f"atlas_{key}": value for key, value in pair.to_atlas.arrays().items()}
    return arrays


def load_pairs(folder: Path | str) -> list[SectionPair]:
    """Read the pairs that `save_pairs` wrote, in the same order.

    Raises
    ------
    BrainseekError
        If the folder holds no pairs or a file of it is missing or damaged.
    """
    folder = Path(folder).expanduser()
    try:
        rows = read_rows(folder / TABLE)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BrainseekError(
            f"{folder} holds no readable {TABLE} ({error}); give a folder that save_pairs wrote."
        ) from error
    pairs = []
    for row in tqdm(rows, desc="reading pairs", disable=None):
        try:
            with np.load(folder / row["file"]) as stored:
                pairs.append(_pair(row, {key: stored[key] for key in stored.files}))
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
            raise BrainseekError(
                f"a pair in {folder} is damaged ({row.get('file')}: {error}); make the folder anew."
            ) from error
    return pairs


def _pair(row: dict[str, str], arrays: dict[str, Any]) -> SectionPair:
    first, second = (
        PairedImage(
            arrays[f"{side}_image"],
            float(row[f"{side}_pixel_um"]),
            row[f"{side}_modality"],
            arrays[f"{side}_mask"],
        )
        for side in ("first", "second")
    )
    transform: PixelTransform
    if "transform_matrix" in arrays:
        transform = AffinePixels(arrays["transform_matrix"])
    else:
        transform = GridPixels(arrays["transform_grid"], float(arrays["transform_step_px"]))
    to_atlas: AtlasMap | None = None
    if "atlas_matrix" in arrays:
        to_atlas = AffineAtlas(arrays["atlas_matrix"])
    elif "atlas_grid" in arrays:
        to_atlas = GridPixels(arrays["atlas_grid"], float(arrays["atlas_step_px"]))
    return SectionPair(
        row["name"], int(row["group"]), first, second, transform, row["atlas"] or None, to_atlas
    )


@dataclass(frozen=True)
class PairStore:
    """A folder of prepared pairs.

    Attributes
    ----------
    name : str
        E.g. nissl-af.
    folder : Path
    stamp : str
        Differs when its files do.
    """

    name: str
    folder: Path
    stamp: str


def pair_stores() -> list[PairStore]:
    """Return the prepared pairs in the cache, by name; see `brainseek pairs`.

    Raises
    ------
    BrainseekError
        If one of them can't be read.
    """
    tables = sorted((cache_dir() / "pairs").glob(f"*/{TABLE}"))
    return [PairStore(table.parent.name, table.parent, _stamp(table)) for table in tables]


def _stamp(table: Path) -> str:
    try:
        facts = [(path.name, path.stat().st_size) for path in sorted(table.parent.glob("*.npz"))]
        content = table.read_bytes() + repr(facts).encode()
    except OSError as error:
        raise BrainseekError(
            f"the pairs in {table.parent} can't be read ({error.strerror}); make them anew with "
            f"`brainseek pairs {table.parent.name}`."
        ) from error
    return hashlib.sha256(content).hexdigest()[:8]
