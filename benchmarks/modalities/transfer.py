"""Stains that the encoder never saw, looked at through the towers it has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.modalities.features import Embed, FrozenFeatures, both_orders, scaling_of
from benchmarks.modalities.places import Places, chosen_centres, cut_places
from benchmarks.modalities.scores import Retrieval, retrieval, spread
from benchmarks.modalities.study import Study
from benchmarks.report.table import Row, Table
from brainseek.catalog.pairs.patches import PairFrame
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.registration.pairs.other_stains import (
    REMARKS,
    cellbody_pli_pairs,
    nissl_ish_pairs,
    pli_pairs,
)

COLUMNS = (
    "pairs", "patch mm", "sections", "places", "R@5 →", "R@5 ←", "R@5 of blocks",
    "ImageNet →", "ImageNet ←", "chance",
)  # fmt: skip
MOST = 500
BLOCKS = 4
UNFOLDED_PIXEL_UM = 100.0
"""Pixel of patches of the unfolded hippocampus, whose maps are coarse."""
PLI_PIXEL_UM = 12.5
"""Pixel of patches of the PLI section, which is only some mm wide."""
LEAST_TISSUE = 0.98
"""So that the outline of a small section does not give a place away."""


@dataclass(frozen=True, eq=False)
class Transfer:
    """Pairs of one test.

    Attributes
    ----------
    label : str
    pairs : sequence of SectionPair
        Of the same two modalities.
    pixel_um : float
        Of the patches.
    every_um : float
        Distance of the places.
    axis : int
        Coordinate of `catalog.pairs.section_pair.SectionPair.places_um` that cuts the places into
        blocks.
    """

    label: str
    pairs: Sequence[SectionPair]
    pixel_um: float
    every_um: float
    axis: int


def transfers(pixel_um: float) -> list[Transfer]:
    """Return the tests; ``pixel_um`` is the encoder's."""
    flat = [
        Transfer(pair.name, [pair], UNFOLDED_PIXEL_UM, 1000.0, 2) for pair in cellbody_pli_pairs()
    ]
    return [
        Transfer("Calb1 expression - template", nissl_ish_pairs(), pixel_um, 400.0, 0),
        *flat,
        Transfer("PLI section, transmittance - retardation", pli_pairs(), PLI_PIXEL_UM, 200.0, 2),
    ]


def transfer_table(study: Study, tests: Sequence[Transfer] | None = None) -> Table:
    """Recall at 5 without any training on these stains, beside ImageNet features and chance.

    The tests are all `transfers` by default.
    """
    tests = transfers(study.frame.pixel_um) if tests is None else tests
    first, second = study.settings.modalities
    plain = FrozenFeatures("", study.imagenet, 2 * study.settings.side_px)
    lines = tuple(_row(one, study, plain) for one in tests)
    notes = (
        f"TESTS OF TRANSFER: the encoders learned {first} and {second} only. The first stain goes "
        f"through the {first} tower, the second through the {second} tower; mean ± standard "
        f"deviation over {study.seeds} seeds. Queries turned by up to "
        f"{study.settings.relative_turn_deg:g}°; at most {MOST} places, at least "
        f"{LEAST_TISSUE:.0%} tissue. Near patches overlap.",
        f"R@5 of blocks: lowest and highest of {BLOCKS} blocks of equal size along AP "
        "(PLI section: along columns), mean of both directions.",
        "ImageNet features: raw or standardised by these very places, whichever is better on them.",
        *REMARKS.values(),
    )
    return Table("Transfer to stains that were not learned", COLUMNS, lines, notes)


def _row(transfer: Transfer, study: Study, plain: FrozenFeatures) -> Row:
    settings = study.settings
    frame = PairFrame(settings.side_px, transfer.pixel_um)
    chosen = chosen_centres(
        transfer.pairs, frame, MOST, every_um=transfer.every_um, least_tissue=LEAST_TISSUE
    )
    places = in_blocks(cut_places(chosen, frame, settings.relative_turn_deg, 1), transfer.axis)

    def scored(embed: Embed) -> list[Retrieval]:
        return [retrieval(order, places) for order in both_orders(embed, places)]

    runs = [scored(_seen_as(encoder, places.modalities)) for encoder in study.encoders]
    recalls = [spread([run[i].recall5 for run in runs], 3) for i in (0, 1)]
    blocks = np.mean([score.blocks for run in runs for score in run], axis=0)
    others = [scored(one) for one in (plain, replace(plain, scaling=scaling_of(plain, places)))]
    best = max(others, key=lambda scores: sum(score.recall5 for score in scores))
    return (
        transfer.label,
        f"{frame.side_um / 1000:g}",
        str(len(transfer.pairs)),
        str(len(places)),
        *recalls,
        f"{blocks.min():.3f} to {blocks.max():.3f}",
        *(f"{score.recall5:.3f}" for score in best),
        f"{5 / len(places):.3f}",
    )


def in_blocks(places: Places, axis: int) -> Places:
    """Return the places in `BLOCKS` blocks of equal size along a coordinate."""
    order = np.argsort(np.argsort(places.places_um[:, axis], kind="stable"), kind="stable")
    return replace(places, blocks=order * BLOCKS // len(order))


def _seen_as(encoder: MultimodalEncoder, modalities: tuple[str, str]) -> Embed:
    """Look at other stains through the towers of an encoder, in their order."""
    tower = dict(zip(modalities, encoder.modalities, strict=True))
    return lambda patches, modality: encoder.embed(patches, tower[modality])
