"""Encoders of places on the cortex: a patch against the outward normal in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.cards.card import Card
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.encoder import Encoder, Image, pixels_of
from brainseek.embedder.preprocessing.patch_view import PatchView

if TYPE_CHECKING:
    from torch import Tensor

    from brainseek.embedder.networks.embedding import EmbeddingNetwork


class CortexEncoder(Encoder):
    """Every patch is spread to its own gray, so contrast does not matter."""

    card_type: ClassVar[type[Card]] = CortexCard
    batch_size: ClassVar[int] = 128
    channels_last: ClassVar[bool] = False

    card: CortexCard
    network: EmbeddingNetwork

    @property
    def view(self) -> PatchView:
        """What its patches show."""
        return self.card.view

    def prepare(self, image: Image, pixel_um: float | None = None) -> NDArray[np.uint8]:
        """Return the gray of a patch (side, side[, 3]), (side_px, side_px, planes) uint8.

        Without a pixel size the patch must have the encoder's pixels. Raises a `BrainseekError`
        if it has another shape, scale or number of planes, is even, or is not finite.
        """
        return self.view.prepared(*pixels_of(image, pixel_um))

    def _vectors(self, batch: Tensor, modality: str | None) -> Tensor:
        vectors: Tensor = self.network(batch.permute(0, 3, 1, 2).float() / 255.0)
        return vectors

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

        def cut(number: int) -> NDArray[np.uint8]:
            vertex = int(vertices[number])
            picture = self.view.cut(patches, vertex)
            return self.view.prepared(picture, what=f"the patch of vertex {vertex}")

        return self._rows(cut, len(vertices), self.embed_inputs, self.dim, progress=progress)
