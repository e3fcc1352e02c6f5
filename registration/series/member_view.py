"""What a series keeps of each section while it is read, so that hundreds fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.registration.series.background import on_dark_background
from brainseek.registration.series.pictures import TissuePicture, is_blank, tissue_picture


@dataclass(frozen=True, eq=False)
class MemberView:
    """A section as it is compared.

    Attributes
    ----------
    network_input : ndarray, (size, size), float32
        As the encoder prepares it.
    picture : TissuePicture
        Small, for comparing outlines and halves.
    """

    network_input: NDArray[np.float32]
    picture: TissuePicture


@dataclass(frozen=True, eq=False)
class SeenMember:
    """A section that has been read.

    Attributes
    ----------
    blank : bool
        It shows an even ground or noise.
    bright_ground : bool
        On its own, it seems to lie on a bright ground.
    alone : MemberView
        As it looks on its own.
    on_bright : MemberView or None
        As it looks if its series lies on a bright ground, where that makes a difference.
    """

    blank: bool
    bright_ground: bool
    alone: MemberView
    on_bright: MemberView | None


def seen_member(section: Section, encoder: PlateEncoder) -> SeenMember:
    """Reduce a section to what a series needs of it."""
    found = on_dark_background(section.image)

    def view(gray: NDArray[np.uint8]) -> MemberView:
        return MemberView(encoder.prepare(gray), tissue_picture(gray, section.pixel_size_um))

    darkened = None if found.darkened is None else view(found.darkened)
    return SeenMember(is_blank(section), found.bright_ground, view(found.gray), darkened)


def views_of_series(members: Sequence[SeenMember]) -> list[MemberView]:
    """Return how the members look together: on the ground that most of them show.

    A small piece of tissue hardly darkens its picture, so on its own bright ground is easily
    taken for tissue. In a series most members show how the ground looks, and the others follow.
    """
    bright = bool(np.mean([member.bright_ground for member in members]) > 0.5)
    return [member.on_bright if bright and member.on_bright else member.alone for member in members]
