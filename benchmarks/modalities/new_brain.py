"""Table H: sections of a brain that no training saw, found and anchored as those of the test."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from benchmarks.modalities.anchors import ATLAS
from benchmarks.modalities.features import Embed
from benchmarks.modalities.places import EVERY_UM, Centres, Places
from benchmarks.modalities.retrieval import compare, retrieval_tables
from benchmarks.modalities.study import Study
from benchmarks.report.table import Table
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.transforms import jacobian
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.fill.template import TemplateGrid
from brainseek.trainers.pairs.data import open_pairs

PAIRS = "serial-af"
TITLE = "A brain that no training saw"
PSEUDO_TRUTH = (
    "The alignments are PSEUDO-TRUTH made by registration (sections to template cuts), not by an "
    "expert: errors include theirs. Registration compared features of plates-mouse-nissl, which "
    "learned from the Nissl plates, not from this brain; what it aligned poorly was left out. How "
    "a series is placed, and when it is taken for upside down, was settled on these very sections."
)
WHAT_IS_NEW = (
    "New are the brain, its cutting, its stain and its pixels (58.88 µm). The template is the "
    "average that was trained on: its cuts near the trained plates' planes have been seen."
)


@dataclass(frozen=True, eq=False)
class NewBrain(Study):
    """A study whose test sections are those of another brain.

    Attributes
    ----------
    base : Study
        Whose encoders are tested, and on whose validation blocks baselines are chosen.
    """

    base: Study

    @cached_property
    def parts(self) -> dict[str, list[SectionPair]]:
        """Pairs of the study, but under "test" all sections of the other brain."""
        return {**self.base.parts, "test": open_pairs(self.pairs, self.frame.pixel_um)}

    @cached_property
    def validation(self) -> Places:
        """Places of the study's validation blocks."""
        return self.base.validation

    @cached_property
    def training(self) -> Places:
        """Some places of the study's sections that are learned from."""
        return self.base.training

    @cached_property
    def encoders(self) -> list[MultimodalEncoder]:
        """The study's encoders."""
        return self.base.encoders

    @cached_property
    def imagenet(self) -> Embed:
        """The study's features of photographs."""
        return self.base.imagenet

    @cached_property
    def plates(self) -> Embed:
        """The study's features of plates."""
        return self.base.plates

    def split_note(self, part: str, places: Places) -> str:
        """Say which sections and how many places a table is about."""
        groups = sorted(pair.group for pair in self.parts[part])
        return (
            f"all {len(groups)} kept sections of one brain (numbers {groups[0]} to {groups[-1]}), "
            f"{len(places)} places; no encoder learned from any of them."
        )


def new_brain(study: Study, pairs: str = PAIRS) -> NewBrain:
    """Return a study with the same settings and encoders, tested on another brain's pairs."""
    own = {field.name: getattr(study, field.name) for field in fields(Study)}
    return NewBrain(**(own | {"pairs": pairs}), base=study)


def lying(places: Centres) -> tuple[float, float]:
    """Return how the second images lie to the first ones at some places.

    Returns
    -------
    turn_deg, scale : float
        Medians of the angle, positive from rows towards columns, and of how many times as large
        the tissue is.
    """
    turns, scales = [], []
    for number in np.unique(places.numbers):
        pair = places.pairs[number]
        left, size, right = np.linalg.svd(
            jacobian(pair.transform, places.centres[places.numbers == number])
        )
        turn = left @ right
        turns.append(np.rad2deg(np.arctan2(turn[:, 1, 0], turn[:, 0, 0])))
        scales.append(np.sqrt(size.prod(1)) * pair.second.pixel_um / pair.first.pixel_um)
    return float(np.median(np.concatenate(turns))), float(np.median(np.concatenate(scales)))


def brain_tables(
    brain: NewBrain, mutual_queries: int, anchored: Table, anchors: int
) -> list[Table]:
    """Retrieval in both directions on the other brain, then what was anchored of it.

    Parameters
    ----------
    brain : NewBrain
    mutual_queries : int
        Queries of mutual information.
    anchored : Table
        As of `benchmarks.modalities.anchors.anchor_table` on this brain.
    anchors : int
        Patches that it was asked to anchor.

    Raises
    ------
    BrainseekError
        If the brain's pairs are not prepared.
    """
    settings, test = brain.settings, brain.test
    found = compare(brain, mutual_queries)
    forward, back = retrieval_tables(brain, found)
    grid, few = TemplateGrid(), len(brain.validation)
    split = f"Split: {brain.split_note('test', test)}"
    turned = f"turned at random by up to {settings.relative_turn_deg:g}° from how they lie"
    seeds = f"Mean ± standard deviation over {brain.seeds} seeds."
    turn, scale = lying(brain.centres("test", brain.places))
    lie = (
        f"The template lies turned by {abs(turn):.0f}° to the sections, as these were mounted, and "
        f"is {scale:.2f} times as large as they shrank to (medians); patches of both are cut at "
        "their own µm."
    )
    last = (lie, WHAT_IS_NEW, PSEUDO_TRUTH)
    of_retrieval = (
        split,
        f"Gallery: {len(test)} patches of {settings.side_px} x {settings.side_px} pixels of "
        f"{settings.pixel_um:g} µm; places on a grid of {EVERY_UM:g} µm. Queries: the same places "
        f"in the other modality, {turned}.",
        f"{seeds} R@5 of blocks: lowest and highest of the blocks of {settings.block} kept "
        "sections in a row. Place error and folded as of the test blocks.",
        *found.notes,
        *last,
    )
    of_anchors = (
        f"{split} Of these {min(anchors, len(test))} single {test.modalities[0]} patches, "
        f"{turned}.",
        f"Gallery: upright patches of the whole {ATLAS}, cuts every {grid.cut_um:g} µm, patches "
        f"every {grid.every_um:g} µm.",
        f"{seeds} Errors are 3-D. Within 1 and 2 sd: share of single coordinates (68 and 95 % if "
        f"normal). Within likely_um: calibrated on {min(anchors, few)} validation patches of the "
        "plates (50 % if right).",
        *last,
    )
    first, second = test.modalities
    return [
        replace(forward, title=f"{TITLE}: {first} → {second}"),
        replace(back, title=f"{TITLE}: {second} → {first}", notes=of_retrieval),
        replace(
            anchored,
            title=f"{TITLE}: anchoring lone patches in the whole template",
            notes=of_anchors,
        ),
    ]
