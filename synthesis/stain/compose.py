"""Prediction by retrieval: a section in another stain, composed of retrieved patches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_upright, tissue_grid
from brainseek.catalog.pairs.section_pair import PairedImage
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.filters.conditions import of_modality
from brainseek.index.writing.thumbnails import patch_of_png
from brainseek.synthesis.stain.aligned import grid_shape


@dataclass(frozen=True)
class ComposeSettings:
    """How patches are blended.

    Attributes
    ----------
    k : int
        Neighbours of each patch.
    overlap : int
        Patches along a patch's side that share a pixel; the step is side / overlap.
    temperature : float
        A neighbour weighs exp((score − best score) / temperature).
    least_tissue : float
        Patches with a smaller share of tissue are not asked for.

    Raises
    ------
    BrainseekError
        If a number is impossible.
    """

    k: int = 8
    overlap: int = 4
    temperature: float = 0.05
    least_tissue: float = 0.1

    def __post_init__(self) -> None:
        """Refuse numbers that blend nothing."""
        if self.k < 1 or self.overlap < 1 or not self.temperature > 0:
            raise BrainseekError(
                f"k = {self.k}, overlap = {self.overlap} and temperature = {self.temperature} "
                "compose nothing; give at least 1, 1 and a positive number."
            )


@dataclass(frozen=True, eq=False)
class Composed:
    """A section that was composed of patches of another stain.

    Attributes
    ----------
    image : ndarray of float32, (rows, columns)
        Gray 0 to 255; 0 where no patch lies.
    disagreement : ndarray of float32, (rows, columns)
        Weighted standard deviation of the gray of all patches that were blended there.
    covered : ndarray of bool, (rows, columns)
        Where patches lie.
    pixel_um : float
        Side of a pixel in µm, that of the encoder.
    """

    image: NDArray[np.float32]
    disagreement: NDArray[np.float32]
    covered: NDArray[np.bool_]
    pixel_um: float


def compose(
    image: PairedImage,
    gallery: Collection,
    *,
    encoder: MultimodalEncoder,
    find: str,
    where: str | None = None,
    settings: ComposeSettings | None = None,
) -> Composed:
    """Predict a section in another stain from its patches' neighbours in that stain.

    Overlapping patches of the image are embedded by the tower of its modality; each takes its k
    nearest patches of the other stain, which are averaged by weight and added under a Hann window.

    Parameters
    ----------
    image : PairedImage
    gallery : Collection
        Written by `index.fill.pairs.index_pairs` or
        `registration.pairs.template.index_template`
        with the same encoder: its thumbnails are the patches.
    encoder : MultimodalEncoder
    find : str
        Modality to predict.
    where : str, optional
        Only rows that fulfil it, e.g. to leave out the section itself.
    settings : ComposeSettings, optional

    Returns
    -------
    Composed
        On pixels of the encoder's size that fill the image.

    Raises
    ------
    BrainseekError
        If the encoder does not know a modality or did not write the gallery, the image shows no
        tissue, or no row with a patch fulfils the condition.
    """
    settings = settings or ComposeSettings()
    encoder.check_modality(find)
    gallery.require_encoder(encoder.identity)
    frame = encoder.card.frame
    step_um = frame.side_um / settings.overlap
    centres = tissue_grid(image, frame, step_um, settings.least_tissue)
    if not len(centres):
        raise BrainseekError(
            f"the {image.modality} image has no patch with {settings.least_tissue:.0%} tissue; "
            "give a larger one."
        )
    vectors = encoder.embed(cut_upright(image, centres, frame), image.modality)
    condition = of_modality(find, where)
    batch = gallery.search_batch(vectors, settings.k, where=condition)
    if not batch.scores.shape[1]:
        raise BrainseekError(
            f"the gallery {gallery.uri} has no row with {condition}; index patches of {find} first."
        )
    ids = np.array(batch.rows["id"].to_pylist()).reshape(batch.scores.shape)
    patches = _patches(gallery.thumbnails(condition), ids, frame.side_px)
    weights = np.exp((batch.scores - batch.scores.max(1, keepdims=True)) / settings.temperature)
    weights /= weights.sum(1, keepdims=True)
    ratio = image.pixel_um / frame.pixel_um
    corners = np.rint((centres + 0.5) * ratio - frame.side_px / 2).astype(np.int64)
    return _blended(patches, ids, weights, corners, grid_shape(image, frame.pixel_um), frame)


def hann(side: int) -> NDArray[np.float64]:
    """Return the Hann window (side, side); its copies every side / 2 pixels add up to 1."""
    line = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
    return np.outer(line, line)


def _patches(
    pictures: dict[str, bytes], ids: NDArray[np.str_], side: int
) -> dict[str, NDArray[np.float64]]:
    found = {}
    for name in np.unique(ids).tolist():
        patch = patch_of_png(pictures[name]) if name in pictures else None
        if patch is None or patch.shape != (side, side):
            raise BrainseekError(
                f"row {name} has no thumbnail of {side} x {side} pixels; index the patches with "
                "index_pairs or index_template and this encoder."
            )
        found[name] = patch.astype(np.float64)
    return found


def _blended(
    patches: dict[str, NDArray[np.float64]],
    ids: NDArray[np.str_],
    weights: NDArray[np.float64],
    corners: NDArray[np.int64],
    shape: tuple[int, int],
    frame: PairFrame,
) -> Composed:
    side, window = frame.side_px, hann(frame.side_px)
    # A border of one patch on every side takes what reaches beyond the image.
    total, first, second = np.zeros((3, shape[0] + 2 * side, shape[1] + 2 * side))
    for names, shares, (row, column) in zip(ids, weights, corners + side, strict=True):
        stack = np.stack([patches[name] for name in names])
        here = (slice(row, row + side), slice(column, column + side))
        total[here] += window
        first[here] += window * np.tensordot(shares, stack, 1)
        second[here] += window * np.tensordot(shares, stack**2, 1)
    inner = (slice(side, side + shape[0]), slice(side, side + shape[1]))
    total, first, second = total[inner], first[inner], second[inner]
    covered = total > 0
    safe = np.where(covered, total, 1)
    mean, square = first / safe, second / safe
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    return Composed(mean.astype(np.float32), spread.astype(np.float32), covered, frame.pixel_um)
