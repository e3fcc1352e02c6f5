"""Which encoder ranks the plates of an atlas: names looked up once, nothing loaded."""

from __future__ import annotations

from dataclasses import dataclass

from brainseek.catalog.atlases.registry import encoder_named_by, split_name
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.defaults import encoder_of_atlas
from brainseek.embedder.registry import read_card, read_cards


@dataclass(frozen=True)
class EncoderChoice:
    """An encoder for an atlas.

    Attributes
    ----------
    atlas : str
        Name of the atlas as it was asked for.
    name, identity : str
        Of the encoder.
    trained_on : str
        The atlas that the encoder was released for.
    """

    atlas: str
    name: str
    identity: str
    trained_on: str

    @property
    def ships_plates(self) -> bool:
        """Whether the plates of the atlas lie embedded beside the weights of the encoder."""
        base, orientation = split_name(self.atlas)
        return base == self.trained_on and orientation in (None, "coronal")

    @property
    def calibration_note(self) -> str | None:
        """On which atlas confidences were calibrated; None where it is this one."""
        if self.ships_plates:
            return None
        return (
            f"Confidences of {self.name} were calibrated on {self.trained_on}, not on {self.atlas}."
        )


def choose_encoder(atlas: str, encoder: str | None = None) -> EncoderChoice:
    """Choose the encoder that was asked for, that the atlas names, or that was released for it.

    Parameters
    ----------
    atlas, encoder : str
        As in `brainseek.registration.plates.identify.identify`.

    Raises
    ------
    BrainseekError
        If atlas or encoder is unknown, or there is no encoder for the atlas.
    """
    name = encoder or released_encoder(atlas) or encoder_of_atlas(split_name(atlas)[0])
    card = read_card(name, kind=PlateCard)
    return EncoderChoice(atlas, name, card.identity, card.atlas)


def released_encoder(atlas: str) -> str | None:
    """Return the encoder that an atlas names, or else the one released for it; None without one."""
    base, _ = split_name(atlas)
    released = (card.name for card in read_cards(PlateCard) if card.atlas == base)
    return encoder_named_by(atlas) or next(released, None)
