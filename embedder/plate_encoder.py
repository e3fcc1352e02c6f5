"""Encoders of plates: a whole section or a window of it in, whatever its scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.card import Card
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.encoder import Encoder, Image, pixels_of

if TYPE_CHECKING:
    from torch import Tensor

    from brainseek.embedder.networks.embedding import EmbeddingNetwork


class PlateEncoder(Encoder):
    """Vectors are the mean over the card's views of an image, normalised again."""

    card_type: ClassVar[type[Card]] = PlateCard

    card: PlateCard
    network: EmbeddingNetwork

    def prepare(self, image: Image, pixel_um: float | None = None) -> NDArray[np.float32]:
        """Return the gray of an image (rows, columns[, 3]), (size, size) float32 in 0..1.

        The tissue fills the square, so a pixel size is refused.
        """
        if pixel_um is not None:
            raise BrainseekError(
                f"the encoder {self.identity} takes images of any scale, so pixels of "
                f"{pixel_um:g} µm change nothing; leave the pixel size out."
            )
        return self.card.preprocessing(pixels_of(image, None)[0])

    def _vectors(self, batch: Tensor, modality: str | None) -> Tensor:
        import torch
        from torch.nn import functional

        from brainseek.embedder.preprocessing.views import make_views

        views = make_views(batch[:, None], self.card.views)
        with self._half_on_gpu():
            vectors = self.network(views.to(memory_format=torch.channels_last)).float()
        mean = vectors.unflatten(0, (len(self.card.views), len(batch))).mean(0)
        return functional.normalize(mean, dim=1)
