"""Two-modality encoders: a patch in any of their stains in, one and the same space out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import check_pixel_size
from brainseek.embedder.cards.files import weights_path
from brainseek.embedder.cards.multimodal import CrossCard, cross_folder, read_cross_card
from brainseek.embedder.encoder import ReleasedEncoder, load_weights
from brainseek.embedder.preprocessing.patch_gray import spread_gray

if TYPE_CHECKING:
    from brainseek.embedder.networks.two_tower import TwoTowerNetwork

COARSEST = 4.0
"""Pixels of a patch may be this much coarser than those the encoder was trained on."""


class CrossEncoder(ReleasedEncoder[CrossCard]):
    """A trained two-tower network with what decides its vectors.

    Parameters
    ----------
    card : CrossCard
    network : TwoTowerNetwork
        Already on ``device``, in evaluation mode.
    device : torch.device
    """

    network: TwoTowerNetwork

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities that it knows."""
        return self.card.modalities

    def embed(
        self,
        patches: NDArray[np.generic],
        modality: str,
        pixel_um: float | None = None,
        *,
        batch_size: int = 256,
    ) -> NDArray[np.float32]:
        """Embed patches of one modality.

        Parameters
        ----------
        patches : ndarray, (n, rows, columns)
            Gray with a dark background (bright-field stains inverted), any real type.
        modality : str
        pixel_um : float, optional
            Side of their pixels in µm; the middle is brought to the card's pixels. Without, they
            must be as the card says.
        batch_size : int

        Returns
        -------
        ndarray, (n, dim), float32
            Rows of unit length.

        Raises
        ------
        BrainseekError
            If the modality is unknown (the known ones are named), or the patches are too small,
            have pixels more than 4 times coarser than the card's, or are not (n, rows, columns).
        """
        return self._through(self.network.embed, patches, modality, pixel_um, batch_size)

    def features(
        self,
        patches: NDArray[np.generic],
        modality: str,
        pixel_um: float | None = None,
        *,
        batch_size: int = 256,
    ) -> NDArray[np.float32]:
        """Pooled features before the last layer, (n, channels); otherwise as :meth:`embed`."""
        return self._through(self.network.features, patches, modality, pixel_um, batch_size)

    def _through(
        self,
        layer: Any,
        patches: NDArray[np.generic],
        modality: str,
        pixel_um: float | None,
        batch_size: int,
    ) -> NDArray[np.float32]:
        import torch

        self.network.index(modality)
        if batch_size < 1:
            raise BrainseekError(f"A batch of {batch_size} patches is too small: use 1 or more.")
        parts = []
        with torch.inference_mode():
            for start in range(0, max(1, len(patches)), batch_size):
                inputs = self.inputs(patches[start : start + batch_size], pixel_um)
                block = torch.from_numpy(inputs)[:, None].to(self.device)
                block = block.to(memory_format=torch.channels_last)
                with torch.autocast(
                    self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"
                ):
                    parts.append(layer(block, modality).float().cpu().numpy())
        return np.concatenate(parts)

    def inputs(
        self, patches: NDArray[np.generic], pixel_um: float | None = None
    ) -> NDArray[np.float32]:
        """Network inputs of patches, (n, side_px, side_px) in 0..1, each spread by itself."""
        if patches.ndim != 3:
            raise BrainseekError(
                f"Patches of shape {patches.shape} can't be embedded: give (n, rows, columns)."
            )
        side = self.card.side_px
        if pixel_um is None:
            if patches.shape[1:] != (side, side):
                raise BrainseekError(
                    f"Patches of {patches.shape[1]} x {patches.shape[2]} pixels do not fit the "
                    f"encoder's {side} x {side} of {self.card.pixel_um:g} µm: say their pixel_um."
                )
            fitted = list(patches)
        else:
            fitted = [self._resampled(patch, pixel_um) for patch in patches]
        grays = [spread_gray(patch) for patch in fitted]
        return np.asarray(grays, np.float32).reshape(-1, side, side) / np.float32(255)

    def _resampled(self, patch: NDArray[np.generic], pixel_um: float) -> NDArray[np.float32]:
        """The middle of a patch at the card's pixel size, area-averaged when shrinking."""
        check_pixel_size(pixel_um)
        side, ratio = self.card.side_px, self.card.pixel_um / pixel_um
        if ratio < 1 / COARSEST:
            raise BrainseekError(
                f"Patches with pixels of {pixel_um:g} µm are more than {COARSEST:.0f} times "
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

    def __repr__(self) -> str:
        """Name, modalities and device."""
        return f"CrossEncoder({self.identity}, {' | '.join(self.modalities)}, {self.device})"


def load_cross_encoder(
    name: str, folder: Path | None = None, *, device: str = "auto"
) -> CrossEncoder:
    """Load a released two-modality encoder.

    Parameters
    ----------
    name : str
        :func:`brainseek.embedder.cards.multimodal.cross_encoder_names` lists them.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/crossmodal/``.
    device : str
        ``"auto"`` takes a GPU where there is one; else a torch device such as ``"cpu"``.

    Raises
    ------
    BrainseekError
        If the name is unknown or the weights don't match their card.
    """
    import torch

    from brainseek.embedder.networks.two_tower import TwoTowerNetwork

    folder = folder or cross_folder()
    card = read_cross_card(name, folder)
    network, target = load_weights(
        TwoTowerNetwork(card.modalities, card.trunk, card.dim, card.shared),
        weights_path(name, folder),
        card.weights_sha256,
        device,
    )
    return CrossEncoder(card, network.to(memory_format=torch.channels_last), target)  # type: ignore[call-overload]
