"""Losses that bring two modalities of the same places together, from ``open_clip``."""

import math

import torch
from torch import Tensor, nn

from brainseek.catalog.core.errors import BrainseekError

LARGEST_SCALE = 100.0
"""The learned factor of the cosines, one over the temperature, stays between 1 and this."""


class ClipContrastive(nn.Module):
    r"""Symmetric cross-entropy with a learned temperature (Radford et al. 2021, arXiv:2103.00020).

    With unit vectors :math:`a_i, b_i` of the two modalities of place i and the learned factor s,

    .. math::
        L = -\frac{1}{2n} \sum_i \left( \log \frac{e^{s a_i \cdot b_i}}{\sum_j e^{s a_i \cdot b_j}}
            + \log \frac{e^{s a_i \cdot b_i}}{\sum_j e^{s a_j \cdot b_i}} \right)

    computed by ``open_clip.loss.ClipLoss`` on the vectors of all ranks.

    Parameters
    ----------
    temperature : float
        1 / s at the start, 0.01 to 1.
    learned : bool
        Whether s is learned; else it stays.

    Raises
    ------
    BrainseekError
        If the temperature is out of range, or open_clip is not installed.
    """

    def __init__(self, temperature: float = 0.07, learned: bool = True) -> None:
        super().__init__()
        self.logit_scale = _log_scale(temperature, learned)
        self.contrast: nn.Module = _open_clip("ClipLoss")

    def forward(self, embeddings: Tensor, places: Tensor) -> Tensor:
        """Loss of unit vectors (n, 2, d); a scalar.

        The ``places`` (n, …) may be anything: every place counts as another one.
        """
        first, second = _modalities(embeddings)
        loss: Tensor = self.contrast(first, second, _scale(self.logit_scale))
        return loss


class SigmoidContrastive(nn.Module):
    r"""Sigmoid loss of all pairs (SigLIP; Zhai et al. 2023, arXiv:2303.15343, algorithm 1).

    .. math::
        L = -\frac1n \sum_{i,j} \log \sigma\left(z_{ij} (s\, a_i \cdot b_j + c)\right)

    with :math:`z_{ij} = 1` for i = j, else -1, and learned s and c, by
    ``open_clip.loss.SigLipLoss``.

    Parameters
    ----------
    temperature : float
        1 / s at the start, 0.01 to 1; c starts at -10.
    learned : bool
        Whether s is learned; c always is.

    Raises
    ------
    BrainseekError
        As for `ClipContrastive`.
    """

    def __init__(self, temperature: float = 0.1, learned: bool = True) -> None:
        super().__init__()
        self.logit_scale = _log_scale(temperature, learned)
        self.logit_bias = nn.Parameter(torch.tensor(-10.0))
        self.contrast: nn.Module = _open_clip("SigLipLoss")

    def forward(self, embeddings: Tensor, places: Tensor) -> Tensor:
        """Loss of unit vectors (n, 2, d); a scalar. Of ``places`` as in `ClipContrastive`."""
        first, second = _modalities(embeddings)
        loss: Tensor = self.contrast(first, second, _scale(self.logit_scale), self.logit_bias)
        return loss


def _open_clip(name: str) -> nn.Module:
    """One of open_clip's losses; vectors are gathered before it, so it sees one rank."""
    try:
        import open_clip.loss
    except ImportError as error:
        raise BrainseekError(
            "Training on two modalities needs open_clip: pip install 'brainseek[train]'."
        ) from error
    loss: nn.Module = getattr(open_clip.loss, name)()
    return loss


def _log_scale(temperature: float, learned: bool) -> nn.Parameter:
    if not 1 / LARGEST_SCALE <= temperature <= 1:
        raise BrainseekError(
            f"The temperature {temperature} is out of range: give one from {1 / LARGEST_SCALE:g} "
            "to 1."
        )
    return nn.Parameter(torch.tensor(-math.log(temperature)), requires_grad=learned)


def _scale(log_scale: nn.Parameter) -> Tensor:
    """Return the factor of the cosines after bringing the parameter itself back into its range."""
    with torch.no_grad():
        log_scale.clamp_(0.0, math.log(LARGEST_SCALE))
    return log_scale.exp()


def _modalities(embeddings: Tensor) -> tuple[Tensor, Tensor]:
    if embeddings.ndim != 3 or embeddings.shape[1] != 2:
        raise BrainseekError(
            f"Embeddings of shape {tuple(embeddings.shape)} are no pairs: give (n, 2, d)."
        )
    return embeddings[:, 0], embeddings[:, 1]
