"""Encoders: preprocessing, network and pooling in one; image in, unit vector out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.catalog.sections.section import Section
from brainseek.embedder.cards.files import weights_path
from brainseek.embedder.cards.plates import Card, read_card
from brainseek.embedder.encoder import ReleasedEncoder, load_weights

if TYPE_CHECKING:
    from brainseek.embedder.networks.embedding import EmbeddingNetwork

Image = Section | NDArray[np.generic]


class Encoder(ReleasedEncoder[Card]):
    """A trained network with everything around it that decides its vectors.

    Parameters
    ----------
    card : Card
        Name, preprocessing, views.
    network : EmbeddingNetwork
        Already on ``device``, in evaluation mode.
    device : torch.device
    """

    network: EmbeddingNetwork

    def preprocess(self, image: Image) -> NDArray[np.float32]:
        """Network input of one image, (size, size) float32 in 0..1."""
        pixels = image.image if isinstance(image, Section) else image
        return self.card.preprocessing(pixels)

    def embed(
        self, images: Sequence[Image], *, batch_size: int = 16, progress: bool = False
    ) -> NDArray[np.float32]:
        """Embed images.

        Parameters
        ----------
        images : sequence of Section or ndarray
            Each (rows, columns) or (rows, columns, 3).
        batch_size : int
            Images that pass the network at once.
        progress : bool
            Show a progress bar.

        Returns
        -------
        ndarray, (n, dim), float32
            Rows of unit length; the mean over the card's views, normalised again.

        Raises
        ------
        BrainseekError
            If an image can't be preprocessed.
        """
        if batch_size < 1:
            raise BrainseekError(f"A batch of {batch_size} images is too small: use 1 or more.")
        out = np.empty((len(images), self.dim), np.float32)
        starts: Iterable[int] = range(0, len(images), batch_size)
        if progress:
            from tqdm import tqdm

            starts = tqdm(starts, desc="embedding", unit="batch")
        with ThreadPoolExecutor(2) as pool:
            for start in starts:
                block = list(pool.map(self.preprocess, images[start : start + batch_size]))
                out[start : start + len(block)] = self.embed_inputs(np.stack(block))
        return out

    def embed_inputs(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embed network inputs (n, size, size) as :meth:`preprocess` makes them; (n, dim)."""
        import torch

        from brainseek.embedder.preprocessing.views import make_views

        with torch.inference_mode():
            batch = torch.from_numpy(inputs)[:, None].to(self.device)
            views = make_views(batch, self.card.views)
            stacked = views.to(memory_format=torch.channels_last)
            with torch.autocast(
                self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"
            ):
                vectors = self.network(stacked).float()
            mean = vectors.unflatten(0, (len(self.card.views), len(batch))).mean(0)
            unit: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return unit

    def __repr__(self) -> str:
        """Name, size of the vector and device."""
        return f"Encoder({self.identity}, dim={self.dim}, device={self.device})"


def load_encoder(name: str, device: str = "auto", folder: Path | None = None) -> Encoder:
    """Load a released encoder.

    Parameters
    ----------
    name : str
        E.g. ``"plates-mouse-nissl"``; :func:`encoder_names` lists them.
    device : str
        ``"auto"`` takes a GPU where there is one; else a torch device such as ``"cpu"``.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/``.

    Raises
    ------
    BrainseekError
        If the name is unknown or the weights don't match their card.
    """
    import torch

    from brainseek.embedder.networks.embedding import build_network

    folder = folder or weights_dir()
    card = read_card(name, folder)
    network, target = load_weights(
        build_network(card.trunk, card.dim), weights_path(name, folder), card.weights_sha256, device
    )
    return Encoder(card, network.to(memory_format=torch.channels_last), target)  # type: ignore[call-overload]
