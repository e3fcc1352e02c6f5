"""Encoders of cortical places: a patch in, a unit vector out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.cards.cortex import PlaceCard, places_dir, read_place_card
from brainseek.embedder.cards.files import weights_path
from brainseek.embedder.encoder import ReleasedEncoder, load_weights
from brainseek.embedder.preprocessing.cortex_view import PlaceView

if TYPE_CHECKING:
    from brainseek.embedder.networks.embedding import EmbeddingNetwork

_BATCH = 128


class PlaceEncoder(ReleasedEncoder[PlaceCard]):
    """A trained network and the view of its patches.

    Parameters
    ----------
    card : PlaceCard
    network : EmbeddingNetwork
        Already on ``device``, in evaluation mode.
    device : torch.device
    """

    network: EmbeddingNetwork

    @property
    def view(self) -> PlaceView:
        """What its patches show."""
        return self.card.view

    def embed(
        self,
        patches: ArrayLike | Sequence[NDArray[np.generic]],
        *,
        pixel_um: float | None = None,
        progress: bool = False,
    ) -> NDArray[np.float32]:
        """Embed patches.

        Parameters
        ----------
        patches : array_like, (n, side, side) or (n, side, side, 3)
            Of any real type; every patch is spread to its own gray, so contrast does not matter.
        pixel_um : float, optional
            Side of their pixels in µm; without it they must have the encoder's pixels.
        progress : bool
            Show a progress bar.

        Returns
        -------
        ndarray, (n, dim), float32
            Rows of unit length.

        Raises
        ------
        BrainseekError
            If a patch has another shape, scale or number of planes, is even, or is not finite.
        """
        try:
            given = np.asarray(patches)
        except ValueError as error:
            raise BrainseekError(
                f"the patches differ in shape ({error}); give all of them as {self.view.shape}."
            ) from error
        if given.size and given.ndim not in (3, 4):
            raise BrainseekError(
                f"patches of shape {given.shape} can't be embedded; give "
                f"{('n', *self.view.shape)}, one patch as patches[None]."
            )

        def prepared(place: int) -> NDArray[np.uint8]:
            what = "the patch" if len(given) == 1 else f"patch {place}"
            return self.view.prepared(given[place], pixel_um, what)

        return self._embed(prepared, len(given), progress)

    def embed_vertices(
        self,
        volume: Volume,
        surface: Surface,
        vertices: NDArray[np.int64],
        *,
        progress: bool = False,
    ) -> NDArray[np.float32]:
        """Cut and embed the patches of vertices at angle 0; (n, dim) as :meth:`embed`.

        Parameters
        ----------
        volume : Volume
            Its ``space_axes`` are x, y, z.
        surface : Surface
            In the space of the volume.
        vertices : ndarray of int64, (n,)
        progress : bool
            Show a progress bar.

        Raises
        ------
        BrainseekError
            If a vertex does not exist or has no normal, or its patch is even, e.g. because it
            lies outside the volume.
        """
        patches = self.view.patches(volume, surface)

        def cut(place: int) -> NDArray[np.uint8]:
            vertex = int(vertices[place])
            picture = self.view.cut(patches, vertex)
            return self.view.prepared(picture, what=f"the patch of vertex {vertex}")

        return self._embed(cut, len(vertices), progress)

    def _embed(
        self, picture: Callable[[int], NDArray[np.uint8]], count: int, progress: bool
    ) -> NDArray[np.float32]:
        """Embed the pictures (side, side, planes) of the numbers from 0, a batch at a time."""
        import torch
        from tqdm import tqdm

        out = np.empty((count, self.dim), np.float32)
        with tqdm(total=count, desc="embedding", unit="patch", disable=not progress) as bar:
            for start in range(0, count, _BATCH):
                stop = min(count, start + _BATCH)
                block = np.stack([picture(i) for i in range(start, stop)])
                with torch.inference_mode():
                    batch = torch.from_numpy(block).to(self.device).permute(0, 3, 1, 2)
                    vectors = self.network(batch.float() / 255.0)
                out[start:stop] = vectors.cpu().numpy()
                bar.update(stop - start)
        return out

    def __repr__(self) -> str:
        """Name, size of the vector and what it sees."""
        return f"PlaceEncoder({self.identity}, dim={self.dim}, {self.view})"


def load_place_encoder(name: str, device: str = "auto", folder: Path | None = None) -> PlaceEncoder:
    """Load an encoder of cortical places.

    Parameters
    ----------
    name : str
        :func:`brainseek.embedder.cards.cortex.place_encoder_names` lists them.
    device : str
        ``"auto"`` takes a GPU where there is one; else a torch device such as ``"cpu"``.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/cortex``.

    Raises
    ------
    BrainseekError
        If the name is unknown or the weights don't match their card.
    """
    from brainseek.embedder.networks.embedding import build_network

    folder = folder or places_dir()
    card = read_place_card(name, folder)
    network, target = load_weights(
        build_network(card.trunk, card.dim), weights_path(name, folder), card.weights_sha256, device
    )
    return PlaceEncoder(card, network, target)
