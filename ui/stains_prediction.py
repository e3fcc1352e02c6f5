"""A whole section predicted in the other stain, beside the true one where that is known."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from catalog.pairs import PairedImage, SectionPair
from ui.stains_section import StainedSection

if TYPE_CHECKING:
    from embedder.cross_encoder import CrossEncoder
    from index.collection import Collection

_MADE = "predicted"


@dataclass(frozen=True, eq=False)
class Prediction:
    """A predicted section; all images lie on one grid of pixels.

    Attributes
    ----------
    source, predicted, disagreement : ndarray, (rows, columns)
        Gray; the last is the standard deviation of the patches that were blended, in gray values.
    truth : ndarray, (rows, columns), or None
        The true section.
    nmse, ssim : float or None
        Of the prediction within the tissue, see `synthesis.scores`.
    """

    source: NDArray[np.generic]
    predicted: NDArray[np.generic]
    disagreement: NDArray[np.generic]
    truth: NDArray[np.generic] | None = None
    nmse: float | None = None
    ssim: float | None = None


def predict_section(
    section: StainedSection,
    find: str,
    encoder: "CrossEncoder",
    gallery: "Collection",
    where: str | None,
) -> Prediction:
    """Compose a section of retrieved patches of another stain.

    Parameters
    ----------
    section : StainedSection
    find : str
        The stain to predict.
    encoder : CrossEncoder
    gallery : Collection
    where : str or None
        Condition on the patches, such as not to be cut from this section.

    Returns
    -------
    Prediction
        On the grid of the first image of the pair, at the encoder's pixels.
    """
    from synthesis.aligned import aligned
    from synthesis.compose import compose
    from synthesis.scores import nmse, ssim

    composed = compose(section.image, gallery, encoder=encoder, find=find, where=where)
    rows, columns = composed.image.shape
    source = cv2.resize(section.image.image, (columns, rows), interpolation=cv2.INTER_AREA)
    other = section.other
    if section.pair is None or other is None or other.modality != find:
        return Prediction(source, composed.image, composed.disagreement)
    true = aligned(section.pair, section.image.modality, composed.pixel_um)
    predicted: NDArray[np.generic] = composed.image
    spread: NDArray[np.generic] = composed.disagreement
    if section.image is not section.pair.first:
        predicted = _on_first(section.pair, composed.image, composed.pixel_um)
        spread = _on_first(section.pair, composed.disagreement, composed.pixel_um)
    return Prediction(
        true.source, predicted, spread, true.target,
        nmse(true.target, predicted, true.mask), ssim(true.target, predicted, true.mask),
    )  # fmt: skip


def _on_first(pair: SectionPair, values: NDArray[np.float32], pixel_um: float) -> NDArray[np.uint8]:
    """Return values on the grid of the second image of a pair on that of the first."""
    from synthesis.aligned import aligned

    height, width = pair.second.image.shape
    gray = np.clip(cv2.resize(values, (width, height)) + 0.5, 0, 255).astype(np.uint8)
    made = PairedImage(gray, pair.second.pixel_um, _MADE, pair.second.mask)
    return aligned(dataclasses.replace(pair, second=made), _MADE, pixel_um).source
