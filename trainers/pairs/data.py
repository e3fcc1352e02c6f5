"""The pairs of sections that a recipe names, and which of them may be learned from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.pairs.section_pair import SectionPair, holdout
from brainseek.catalog.pairs.store import load_pairs
from brainseek.catalog.pairs.table import read_pairs
from brainseek.embedder.preprocessing.section_gray import paired_gray
from brainseek.trainers.recipe import ModalitiesSettings


def pairs_folder(name: str) -> Path:
    """Return the folder of prepared pairs of a name; it need not be there."""
    return cache_dir() / "pairs" / name


def open_pairs(pairs: str, pixel_um: float) -> list[SectionPair]:
    """Read pairs by the name of prepared ones, their folder, or the path of a CSV file.

    Parameters
    ----------
    pairs : str
    pixel_um : float
        Side of the pixels that patches will have, µm; images of a CSV file are kept at half.

    Raises
    ------
    BrainseekError
        If they are not there, or can't be read.
    """
    path = Path(pairs).expanduser()
    if path.suffix.lower() == ".csv":
        return read_pairs(path, paired_gray, finest_um=pixel_um / 2)
    if path.is_dir():
        return load_pairs(path)
    folder = pairs_folder(pairs)
    if not folder.is_dir():
        raise BrainseekError(
            f"The pairs '{pairs}' are not on this computer: make them with `brainseek pairs "
            f"{pairs}`, or give the path of a folder of pairs or of a CSV file."
        )
    return load_pairs(folder)


def chosen_pairs(settings: ModalitiesSettings) -> dict[str, list[SectionPair]]:
    """Return the pairs under "train", "validation", "test" and "unused".

    Raises
    ------
    BrainseekError
        If a modality does not occur, no pair has both in this order, or none is left to train or
        to validate.
    """
    found = open_pairs(settings.pairs, settings.pixel_um)
    known = sorted({modality for pair in found for modality in pair.modalities})
    for modality in settings.modalities:
        if modality not in known:
            raise BrainseekError(
                f"The modality '{modality}' does not occur in the pairs '{settings.pairs}': choose "
                f"from {', '.join(known)}."
            )
    fitting = [pair for pair in found if pair.modalities == settings.modalities]
    if not fitting:
        orders = sorted({" - ".join(pair.modalities) for pair in found})
        raise BrainseekError(
            f"No pair of '{settings.pairs}' is {' - '.join(settings.modalities)}: there are "
            f"{', '.join(orders)}; name two in this order."
        )
    return split_pairs(fitting, settings)


def split_pairs(
    pairs: Sequence[SectionPair], settings: ModalitiesSettings
) -> dict[str, list[SectionPair]]:
    """Split pairs by the settings' blocks of adjacent groups; as `chosen_pairs`."""
    if settings.split not in ("train", "all"):
        raise BrainseekError(f"The split '{settings.split}' is unknown: choose train or all.")
    groups = np.array([pair.group for pair in pairs])
    parts = holdout(groups, settings.every, settings.block, settings.gap)
    chosen = {name: [pairs[i] for i in rows] for name, rows in parts.items()}
    if settings.split == "all":
        chosen["train"] = list(pairs)
    for part in ("train", "validation"):
        if not chosen[part]:
            raise BrainseekError(
                f"None of the {len(pairs)} pairs in {len(set(groups.tolist()))} groups is left for "
                f"{part}: lower clip.block (now {settings.block}) or clip.gap (now {settings.gap})."
            )
    return chosen
