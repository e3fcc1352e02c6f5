"""What two stains of the same tissue share, and what only one of them shows.

Features of co-located patches in one stain are predicted from those in the other by ridge
regression. What can be predicted is shared, what remains is specific to the stain (or noise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

Features = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Predictable:
    """How much of the variance of held-out features can be predicted from the other stain.

    Attributes
    ----------
    share : float
        Coefficient of determination over all features together: 1 − Σ‖x − x̂‖² / Σ‖x − x̄‖²; 1 is
        all, 0 no more than the mean, and below 0 is worse than that.
    by_component : ndarray, (c,), float64
        The same along each principal component of the fitted features, the largest first.
    variance : ndarray, (c,), float64
        Share of the held-out variance along each component.
    """

    share: float
    by_component: NDArray[np.float64]
    variance: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Side:
    """One stain: how it is predicted from the other."""

    mean: NDArray[np.float64]
    total: float
    components: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SharedSpecific:
    """Ridge regressions between the features of two stains; made by :meth:`fit`."""

    first: _Side
    second: _Side

    @classmethod
    def fit(cls, first: Features, second: Features, ridge: float = 1e-2) -> SharedSpecific:
        """Fit on co-located patches.

        Parameters
        ----------
        first, second : ndarray, (n, p) and (n, q)
            Features of the same n places, e.g. `MultimodalEncoder.features`.
        ridge : float
            Penalty in units of the predictors' mean variance: W minimises
            Σ‖y − Wᵀx‖² + ridge · mean(var x) · n ‖W‖².

        Raises
        ------
        BrainseekError
            If the tables don't belong together, are not finite or constant, or the penalty is
            negative.
        """
        a, b = _checked(first, second, least=3)
        if not ridge >= 0:
            raise BrainseekError(f"a ridge penalty of {ridge} is impossible; give 0 or more.")
        return cls(_side(a, b, ridge), _side(b, a, ridge))

    def score(self, first: Features, second: Features) -> tuple[Predictable, Predictable]:
        """Return what can be predicted of the first and of the second stain, on held-out patches.

        Parameters
        ----------
        first, second : ndarray, (m, p) and (m, q)

        Raises
        ------
        BrainseekError
            If the tables don't belong together or to the fit.
        """
        a, b = _checked(first, second, least=2)
        first, second = self._residual(self.first, a, b), self._residual(self.second, b, a)
        return _predictable(self.first, a, first), _predictable(self.second, b, second)

    def only_in(self, first: Features, second: Features) -> tuple[Features, Features]:
        """Return how far each patch shows what only its stain shows, (m,) for each stain.

        The score is ‖x − x̂‖² over the mean of ‖x − x̄‖² among the fitted patches: 0 where all is
        predicted from the other stain, 1 where a patch's surprise is as large as the usual
        difference between patches; it may be larger.

        Features are given as in :meth:`score`.
        """
        a, b = _checked(first, second, least=1)
        return (
            (self._residual(self.first, a, b) ** 2).sum(1) / self.first.total,
            (self._residual(self.second, b, a) ** 2).sum(1) / self.second.total,
        )

    def _residual(
        self, side: _Side, own: NDArray[np.float64], other: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        far = self.second if side is self.first else self.first
        if own.shape[1] != len(side.mean) or other.shape[1] != len(far.mean):
            raise BrainseekError(
                f"features of {own.shape[1]} and {other.shape[1]} numbers do not belong to a fit "
                f"with {len(side.mean)} and {len(far.mean)}; use the same features."
            )
        return np.asarray(own - side.mean - (other - far.mean) @ side.weights)


def _side(own: NDArray[np.float64], other: NDArray[np.float64], ridge: float) -> _Side:
    mean, far = own.mean(0), other.mean(0)
    centred, predictors = own - mean, other - far
    total = float((centred**2).sum(1).mean())
    if total <= 0:
        raise BrainseekError(
            f"all {len(own)} patches of one stain have the same features, so nothing can be "
            "predicted; give different patches."
        )
    gram = predictors.T @ predictors
    penalty = ridge * np.trace(gram) / len(gram)
    weights = np.linalg.lstsq(
        gram + penalty * np.eye(len(gram)), predictors.T @ centred, rcond=None
    )[0]
    components = np.linalg.svd(centred, full_matrices=False)[2]
    return _Side(mean, total, components, weights)


def _predictable(
    side: _Side, own: NDArray[np.float64], residual: NDArray[np.float64]
) -> Predictable:
    centred = own - own.mean(0)
    total = float((centred**2).sum())
    if total <= 0:
        raise BrainseekError(
            f"all {len(own)} held-out patches have the same features; give different ones."
        )
    there = ((centred @ side.components.T) ** 2).sum(0)
    left = ((residual @ side.components.T) ** 2).sum(0)
    by_component = 1 - left / np.maximum(there, np.finfo(float).tiny)
    return Predictable(1 - float((residual**2).sum()) / total, by_component, there / total)


def _checked(
    first: Features, second: Features, least: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or len(a) < least:
        raise BrainseekError(
            f"features of shapes {a.shape} and {b.shape} are not of the same patches; give (n, p) "
            f"and (n, q) with n of at least {least}."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise BrainseekError("the features hold NaN or infinite values; embed the patches again.")
    return a, b
