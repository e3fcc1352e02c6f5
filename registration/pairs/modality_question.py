"""What is asked about one place of a section in one stain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.shared_specific import SharedSpecific
from brainseek.index.collection import Collection
from brainseek.index.fill.template import TemplateGrid
from brainseek.index.modalities.pair_matches import Matches, find_matches, other_sections
from brainseek.registration.pairs.stain_specificity import only_here
from brainseek.registration.pairs.stained_section import StainedPatch, StainedSection
from brainseek.registration.patches.locate import locate_vector
from brainseek.registration.patches.patch_place import PatchPlace

NEIGHBOURS = 20
"""Patches of the template that name a place."""


@dataclass(frozen=True, eq=False)
class ModalityQuestion:
    """A place of a section, and the stain in which the same tissue is wanted.

    Attributes
    ----------
    section : StainedSection
    number : int
        Of the place.
    patch : StainedPatch
        What lies there.
    find : str
        The stain to find.
    store : PairStore or None
        The prepared pairs that are searched.
    pairs : list of SectionPair
        All of them; empty where they need not be read.
    parts : list of str
        See `brainseek.registration.pairs.stain_specificity.parts_of`.
    """

    section: StainedSection
    number: int
    patch: StainedPatch
    find: str
    store: PairStore | None
    pairs: list[SectionPair]
    parts: list[str]

    @property
    def modality(self) -> str:
        """The stain of the section."""
        return self.section.image.modality

    def elsewhere(self) -> str | None:
        """Return the condition for rows of other sections; None for an image of one's own."""
        if self.store is None or self.section.pair is None:
            return None
        return other_sections(self.store.name, self.pairs, self.section.pair, self.find)

    def matches(
        self, encoder: MultimodalEncoder, gallery: Collection, k: int, elsewhere: bool
    ) -> Matches:
        """Return the patches of the other stain that fit best, and where the partner ranks.

        ``elsewhere`` leaves out this section and its neighbours.
        """
        where = self.elsewhere() if elsewhere else None
        return find_matches(
            self.patch.gray,
            self.patch.partner,
            self.modality,
            self.find,
            encoder,
            gallery,
            k,
            where,
        )

    def only_here(
        self, fitted: SharedSpecific, encoder: MultimodalEncoder
    ) -> tuple[float, float] | None:
        """Return what only this stain and only the other one shows; None without a partner."""
        pair, gray, partner = self.section.pair, self.patch.gray, self.patch.partner
        if pair is None or partner is None:
            return None
        if self.modality == pair.first.modality:
            return only_here(fitted, encoder, pair, gray, partner)
        other, own = only_here(fitted, encoder, pair, partner, gray)
        return own, other

    def place(self, encoder: MultimodalEncoder, atlas: Atlas, template: Collection) -> PatchPlace:
        """Return the place in the atlas, from patches of its template."""
        vector = encoder.embed(self.patch.gray[None], self.modality)[0]
        return locate_vector(
            vector, self.modality, encoder, template, atlas, NEIGHBOURS, TemplateGrid()
        )

    def known_place(self, atlas: str) -> NDArray[np.float64] | None:
        """Return where the pair puts the patch in an atlas, (3,) µm; None if it doesn't."""
        if self.section.pair is None or self.section.pair.atlas != atlas:
            return None
        return self.patch.point_um
