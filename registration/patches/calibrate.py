"""Fit what errors placed patches of a released two-modality encoder have, on its validation blocks.

``python -m brainseek.registration.patches.calibrate NAME`` places single patches of the held-out
sections that chose the encoder, compares them with the pairs' places (pseudo-truth: made by
registration), and writes the calibration into the encoder's card. Test sections are not touched.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np
from tqdm import tqdm

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError, exit_on_error
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.core.whole_file import write_whole
from brainseek.catalog.pairs.patches import cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import holdout
from brainseek.catalog.pairs.store import load_pairs
from brainseek.embedder.cards.files import card_path
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.registry import home_of, load_encoder
from brainseek.index.fill.template import TemplateGrid
from brainseek.registration.patches.calibration import KEY, PatchCalibration, fit_patch_calibration
from brainseek.registration.patches.gallery import template_gallery
from brainseek.registration.patches.locate import locate_vector

ATLAS = "mouse-ccf"
EVERY_UM = 1500.0
NEIGHBOURS = 20
SEED = 7


def calibrate(name: str, folder: Path | None = None) -> MultimodalCard:
    """Calibrate an encoder and write its card; returns the card.

    Parameters
    ----------
    name : str
    folder : Path, optional
        Where weights and card lie, if not in the project's ``weights/``.

    Raises
    ------
    BrainseekError
        If the encoder or its pairs are not here, or the pairs do not lie in ``mouse-ccf``.
    """
    encoder = _uncalibrated(load_encoder(name, folder=folder, kind=MultimodalEncoder))
    clip = encoder.card.training["settings"]["clip"]
    pairs = load_pairs(cache_dir() / "pairs" / Path(clip["pairs"]).name)
    if any(pair.atlas != ATLAS for pair in pairs):
        raise BrainseekError(
            f"the pairs '{clip['pairs']}' do not lie in {ATLAS}, so patches of '{name}' can't be "
            "compared with their places there; calibrate encoders of pairs that do."
        )
    groups = np.array([pair.group for pair in pairs])
    held = holdout(groups, clip["every"], clip["block"], clip["gap"])["validation"]
    atlas, grid = load_atlas(ATLAS), TemplateGrid()
    gallery = template_gallery(atlas, encoder, grid)
    frame = encoder.card.frame
    rng = np.random.default_rng(SEED)
    found, errors = [], []
    for number in tqdm(held, desc="placing patches", unit="section"):
        pair = pairs[number]
        centres = tissue_centres(pair, frame, EVERY_UM, rng=rng)
        turns = rng.uniform(-1, 1, len(centres)) * clip["relative_turn_deg"]
        first, _ = cut_pair(pair, centres, frame, turns, turns, np.ones(len(centres)))
        vectors = encoder.embed(first, pair.first.modality)
        for vector, truth in zip(vectors, pair.places_um(centres), strict=True):
            one = locate_vector(
                vector, pair.first.modality, encoder, gallery, atlas, NEIGHBOURS, grid
            )
            found.append((one.agreement, float(one.scores[0])))
            errors.append(float(np.linalg.norm(np.array(one.point_um) - truth)))
    agreements, scores = np.array(found).T
    calibration = fit_patch_calibration(agreements, np.array(errors), scores)
    return _write(encoder.card, calibration, len(errors), folder)


def _uncalibrated(encoder: MultimodalEncoder) -> MultimodalEncoder:
    measured = {name: value for name, value in encoder.card.measured.items() if name != KEY}
    card = dataclasses.replace(encoder.card, measured=measured)
    return MultimodalEncoder(card, encoder.network, encoder.device)


def _write(
    card: MultimodalCard, calibration: PatchCalibration, n: int, folder: Path | None
) -> MultimodalCard:
    measured = {**card.measured, KEY: {**calibration.to_dict(), "n": n}}
    card = dataclasses.replace(card, measured=measured)
    write_whole(card_path(card.name, home_of(card.name, folder)), card.to_json().encode())
    return card


@exit_on_error()
def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="name of a released two-modality encoder")
    card = calibrate(parser.parse_args().name)
    print(card.identity, card.measured[KEY])


if __name__ == "__main__":
    main()
