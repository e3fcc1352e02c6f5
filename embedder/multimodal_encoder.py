"""Encoders of several modalities: a patch in any of their stains in, one space out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import check_pixel_size
from brainseek.embedder.cards.card import Card
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.encoder import Encoder, Image, pixels_of
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.preprocessing.section_gray import to_gray_uint8

if TYPE_CHECKING:
    from torch import Tensor

    from brainseek.embedder.networks.two_tower import TwoTowerNetwork

COARSEST = 4.0
"""Pixels of a patch may be this much coarser than those the encoder was trained on."""


class MultimodalEncoder(Encoder):
    """A two-tower network; every patch is spread to its own gray."""

    card_type: ClassVar[type[Card]] = MultimodalCard
    batch_size: ClassVar[int] = 256

    card: MultimodalCard
    network: TwoTowerNetwork

    @property
    def modalities(self) -> tuple[str, ...]:
        return self.card.modalities

    def prepare(self, image: Image, pixel_um: float | None = None) -> NDArray[np.float32]:
        """Return the gray of the middle of a patch, (side_px, side_px) float32 in 0..1.

        Parameters
        ----------
        image : Section or ndarray, (rows, columns) or (rows, columns, 3)
            With a dark background (bright-field stains inverted), any real type.
        pixel_um : float, optional
            Side of its pixels in µm; the middle is brought to the card's pixels. Without, the
            patch must be as the card says.

        Raises
        ------
        BrainseekError
            If the patch is too small, has pixels more than 4 times coarser than the card's, or
            is no image.
        """
        patch, pixel_um = pixels_of(image, pixel_um)
        if patch.ndim != 2:
            patch = to_gray_uint8(patch)
        side = self.card.side_px
        if pixel_um is not None:
            patch = self._resampled(patch, pixel_um)
        elif patch.shape != (side, side):
            raise BrainseekError(
                f"A patch of {patch.shape[0]} x {patch.shape[1]} pixels does not fit the "
                f"encoder's {side} x {side} of {self.card.pixel_um:g} µm: say its pixel size."
            )
        return spread_gray(patch).astype(np.float32) / np.float32(255)

    def _vectors(self, batch: Tensor, modality: str | None) -> Tensor:
        return self._through(self.network.embed, batch, modality)

    def features(
        self,
        images: Sequence[Image] | NDArray[np.generic],
        modality: str,
        pixel_um: float | None = None,
    ) -> NDArray[np.float32]:
        """Pooled features before the last layer, (n, channels); otherwise as :meth:`embed`."""
        self.check_modality(modality)

        def through(inputs: NDArray[np.generic]) -> NDArray[np.float32]:
            layer = self.network.features
            return self._passed(lambda batch: self._through(layer, batch, modality), inputs)

        prepared = self._preparing(images, pixel_um)
        return self._rows(prepared, len(images), through, self.network.channels)

    def _through(self, layer: Callable[..., Tensor], batch: Tensor, modality: str | None) -> Tensor:
        import torch

        with self._half_on_gpu():
            return layer(batch[:, None].to(memory_format=torch.channels_last), modality)

    def _resampled(self, patch: NDArray[np.generic], pixel_um: float) -> NDArray[np.float32]:
        """The middle of a patch at the card's pixel size, area-averaged when shrinking."""
        check_pixel_size(pixel_um)
        side, ratio = self.card.side_px, self.card.pixel_um / pixel_um
        if ratio < 1 / COARSEST:
            raise BrainseekError(
                f"A patch with pixels of {pixel_um:g} µm is more than {COARSEST:.0f} times "
                f"coarser than the encoder's {self.card.pixel_um:g} µm: take a finer image."
            )
        needed = side * ratio
        if min(patch.shape) < needed - 0.5:
            raise BrainseekError(
                f"A patch of {patch.shape[0]} x {patch.shape[1]} pixels of {pixel_um:g} µm is too "
                f"small: the encoder sees {side * self.card.pixel_um:g} µm, {needed:.0f} pixels."
            )
        values = patch.astype(np.float32)
        if ratio > 1:  # a plain resampling would skip pixels
            values = np.asarray(cv2.GaussianBlur(values, (0, 0), 0.35 * ratio), np.float32)
        start = (np.array(patch.shape) - 1) / 2 - (side - 1) / 2 * ratio
        matrix = np.array([[ratio, 0, start[1]], [0, ratio, start[0]]])
        return np.asarray(
            cv2.warpAffine(
                values,
                matrix,
                (side, side),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )
