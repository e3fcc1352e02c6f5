"""The one base of all encoders: images in, unit vectors out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.embedder.cards.card import Card, check_modality

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Image = Section | NDArray[np.generic]


class Encoder(ABC):
    """A trained network with everything around it that decides its vectors.

    Kinds of encoders differ by how they prepare an image and by their network; they narrow the
    types of ``card`` and ``network``.

    Parameters
    ----------
    card : Card
        What it is.
    network : torch.nn.Module
        Already on ``device``, in evaluation mode.
    device : torch.device
    """

    card_type: ClassVar[type[Card]]
    batch_size: ClassVar[int] = 16
    """Images that pass the network at once where nothing else is asked for."""
    channels_last: ClassVar[bool] = True
    """Whether the released weights lie in memory with the channels last."""

    def __init__(self, card: Card, network: torch.nn.Module, device: torch.device) -> None:
        self.card = card
        self.network = network
        self.device = device

    @property
    def name(self) -> str:
        """Name under which it was loaded."""
        return self.card.name

    @property
    def task(self) -> str:
        """What it is for: one of `brainseek.embedder.registry.KINDS`."""
        return self.card.task

    @property
    def identity(self) -> str:
        """``name@hash``; collections remember it."""
        return self.card.identity

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return self.card.dim

    @property
    def extent_um(self) -> float | None:
        """Side of what it sees of an image in µm; None where it sees all, at any scale."""
        return self.card.extent_um

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities among which its images must say theirs; most encoders have none."""
        return ()

    @abstractmethod
    def prepare(self, image: Image, pixel_um: float | None = None) -> NDArray[np.generic]:
        """Return the network input of one image; all have one shape.

        Parameters
        ----------
        image : Section or ndarray
        pixel_um : float, optional
            Side of its pixels in µm; by default what a section states.

        Raises
        ------
        BrainseekError
            If it is not what the encoder sees.
        """

    def embed_inputs(
        self, inputs: NDArray[np.generic], modality: str | None = None
    ) -> NDArray[np.float32]:
        """Embed network inputs (n, …) as :meth:`prepare` makes them; (n, dim) of unit length."""
        self.check_modality(modality)
        return self._passed(lambda batch: self._vectors(batch, modality), inputs)

    def _vectors(self, batch: Tensor, modality: str | None) -> Tensor:
        """Pass a batch of inputs on the device through the network; kinds with one say how."""
        raise NotImplementedError

    def embed(
        self,
        images: Sequence[Image] | NDArray[np.generic],
        modality: str | None = None,
        pixel_um: float | None = None,
        *,
        batch_size: int | None = None,
        progress: bool = False,
    ) -> NDArray[np.float32]:
        """Embed images.

        Parameters
        ----------
        images : sequence of Section or ndarray
            As :meth:`prepare` takes them.
        modality : str, optional
            One of ``modalities``, for an encoder that has any.
        pixel_um : float, optional
            Side of their pixels in µm; by default what sections state.
        batch_size : int, optional
            Images that pass the network at once.
        progress : bool
            Show a progress bar.

        Returns
        -------
        ndarray, (n, dim), float32
            Rows of unit length.

        Raises
        ------
        BrainseekError
            If an image can't be prepared (of several its number is named), or the modality is
            missing, unknown, or given to an encoder that has none.
        """
        self.check_modality(modality)
        return self._rows(
            self._preparing(images, pixel_um),
            len(images),
            lambda inputs: self.embed_inputs(inputs, modality),
            self.dim,
            batch_size,
            progress,
        )

    def check_modality(self, modality: str | None) -> None:
        """Raise a `BrainseekError` unless images of this modality can be embedded."""
        check_modality(self.identity, self.modalities, modality)

    def _preparing(
        self, images: Sequence[Image] | NDArray[np.generic], pixel_um: float | None
    ) -> Callable[[int], NDArray[np.generic]]:
        """Return what prepares the image of a number."""
        if isinstance(images, np.ndarray) and images.ndim < 3:
            raise BrainseekError(
                f"images of shape {images.shape} can't be embedded; give a list of them, one "
                "image as image[None]."
            )

        def prepared(number: int) -> NDArray[np.generic]:
            try:
                return self.prepare(images[number], pixel_um)
            except BrainseekError as error:
                if len(images) == 1:
                    raise
                raise BrainseekError(f"image {number}: {error}") from error

        return prepared

    def _rows(
        self,
        prepared: Callable[[int], NDArray[np.generic]],
        count: int,
        through: Callable[[NDArray[np.generic]], NDArray[np.float32]],
        width: int,
        batch_size: int | None = None,
        progress: bool = False,
    ) -> NDArray[np.float32]:
        """Prepare the numbers from 0 in two threads and pass them through, a batch at a time."""
        from tqdm import tqdm

        step = self.batch_size if batch_size is None else batch_size
        if step < 1:
            raise BrainseekError(f"A batch of {step} images is too small: use 1 or more.")
        out = np.empty((count, width), np.float32)
        with (
            tqdm(total=count, desc="embedding", unit="image", disable=not progress) as bar,
            ThreadPoolExecutor(2) as pool,
        ):
            for start in range(0, count, step):
                block = list(pool.map(prepared, range(start, min(count, start + step))))
                out[start : start + len(block)] = through(np.stack(block))
                bar.update(len(block))
        return out

    def _passed(
        self, layer: Callable[[Tensor], Tensor], inputs: NDArray[np.generic]
    ) -> NDArray[np.float32]:
        """Pass a batch through a layer on the device."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(inputs).to(self.device)
            out: NDArray[np.float32] = layer(batch).float().cpu().numpy()
        return out

    def _half_on_gpu(self) -> AbstractContextManager:
        """Return the context in which a GPU computes with half precision."""
        import torch

        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    def __repr__(self) -> str:
        """Kind, name, size of the vector and device."""
        return f"{type(self).__name__}({self.identity}, dim={self.dim}, device={self.device})"


def pixels_of(image: Image, pixel_um: float | None) -> tuple[NDArray[np.generic], float | None]:
    """Return the pixels of an image, and their side in µm where it is given or stated."""
    if isinstance(image, Section):
        return image.image, image.pixel_size_um if pixel_um is None else pixel_um
    return np.asarray(image), pixel_um
