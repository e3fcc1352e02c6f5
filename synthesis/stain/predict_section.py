"""A whole section predicted in the other stain, beside the true one where that is known."""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.synthesis.stain.aligned import aligned
from brainseek.synthesis.stain.compose import compose
from brainseek.synthesis.stain.scores import nmse, ssim

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
        Of the prediction within the tissue, see `brainseek.synthesis.stain.scores`.
    """

    source: NDArray[np.generic]
    predicted: NDArray[np.generic]
    disagreement: NDArray[np.generic]
    truth: NDArray[np.generic] | None = None
    nmse: float | None = None
    ssim: float | None = None


def predict_section(
    image: PairedImage,
    find: str,
    encoder: MultimodalEncoder,
    gallery: Collection,
    where: str | None,
    pair: SectionPair | None = None,
) -> Prediction:
    """Compose a section of retrieved patches of another stain.

    Parameters
    ----------
    image : PairedImage
    find : str
        The stain to predict.
    encoder : MultimodalEncoder
    gallery : Collection
    where : str or None
        Condition on the patches, such as not to be cut from this section.
    pair : SectionPair, optional
        The pair that the image is one of; where its other image is of the stain ``find``, it is
        the true section.

    Returns
    -------
    Prediction
        At the encoder's pixels; on the grid of the first image of the pair where the true section
        is known, or else on that of the image.
    """
    composed = compose(image, gallery, encoder=encoder, find=find, where=where)
    if pair is None or find not in pair.modalities or find == image.modality:
        rows, columns = composed.image.shape
        source = cv2.resize(image.image, (columns, rows), interpolation=cv2.INTER_AREA)
        return Prediction(source, composed.image, composed.disagreement)
    true = aligned(pair, image.modality, composed.pixel_um)
    predicted: NDArray[np.generic] = composed.image
    spread: NDArray[np.generic] = composed.disagreement
    if image.modality != pair.first.modality:
        predicted = _on_first(pair, composed.image, composed.pixel_um)
        spread = _on_first(pair, composed.disagreement, composed.pixel_um)
    return Prediction(
        true.source, predicted, spread, true.target,
        nmse(true.target, predicted, true.mask), ssim(true.target, predicted, true.mask),
    )  # fmt: skip


def _on_first(pair: SectionPair, values: NDArray[np.float32], pixel_um: float) -> NDArray[np.uint8]:
    """Return values on the grid of the second image of a pair on that of the first."""
    height, width = pair.second.image.shape
    gray = np.clip(cv2.resize(values, (width, height)) + 0.5, 0, 255).astype(np.uint8)
    made = PairedImage(gray, pair.second.pixel_um, _MADE, pair.second.mask)
    return aligned(dataclasses.replace(pair, second=made), _MADE, pixel_um).source
