"""The data sets of the geodesic benchmark: what is changed in the recipes, raw features, labels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.trainers.cortex.sources import Pictures

Vectors = NDArray[np.float32]
Raw = Callable[[Pictures, Pictures], tuple[Vectors, Vectors]]
"""From pictures of the gallery and of the queries to their vectors, without any learning."""


@dataclass(frozen=True)
class PlaceData:
    """One data set and how the recipes are changed for it.

    Attributes
    ----------
    labels : tuple of str
        Label sets; supervised contrastive learning sees the first one.
    truth : str
        What the labels are worth.
    steps : int
        Training steps unless others are asked for.
    changes : tuple of str
        ``KEY=VALUE`` changes to all recipes.
    raw : mapping of str to callable
        Baselines without a network.
    tuned : str
        What was chosen on which places.
    least_spearman : float, optional
        Bar for the correlation of the geodesic encoder.
    ablations : int
        Most runs of an ablation.
    """

    labels: tuple[str, ...]
    truth: str
    steps: int
    changes: tuple[str, ...]
    raw: Mapping[str, Raw]
    tuned: str
    least_spearman: float | None = None
    ablations: int = 3


def grey(gallery: Pictures, queries: Pictures) -> tuple[Vectors, Vectors]:
    """Pictures shrunk to 12 by 12 pixels, every plane, without their mean."""

    def small(pictures: Pictures) -> Vectors:
        shrunk = [cv2.resize(p, (12, 12), interpolation=cv2.INTER_AREA).ravel() for p in pictures]
        values = np.stack(shrunk).astype(np.float32)
        return np.asarray(values - values.mean(1, keepdims=True), np.float32)

    return small(gallery), small(queries)


def depth_means(gallery: Pictures, queries: Pictures) -> tuple[Vectors, Vectors]:
    """Mean grey of every row, which is a depth of the cortex, standardised."""
    rows = [pictures.mean(2, dtype=np.float64) for pictures in (gallery, queries)]
    return _standardised(rows[0], rows[1])


def measurements(gallery: Pictures, queries: Pictures) -> tuple[Vectors, Vectors]:
    """The measured numbers themselves, standardised."""
    return _standardised(*(vectors.reshape(len(vectors), -1) for vectors in (gallery, queries)))


def _standardised(gallery: NDArray, queries: NDArray) -> tuple[Vectors, Vectors]:
    """Scale columns by the gallery's mean and standard deviation."""
    mean, spread = gallery.mean(0), np.maximum(gallery.std(0), 1e-9)
    one, two = (((values - mean) / spread).astype(np.float32) for values in (gallery, queries))
    return one, two


_T1 = PlaceData(
    labels=("julich",),
    truth=(
        "The areas are PSEUDO-TRUTH: the Julich-Brain maximum-probability map of other brains, "
        "read at MNI coordinates, not delineated in this brain."
    ),
    steps=700,
    changes=(),
    raw={"grey values, 12 x 12 x 3": grey},
    tuned=(
        "Patches span 96 mm: what is learned is the anatomy of folds, not layers. Pixel size, "
        "planes, turn, bandwidth, temperature and steps were chosen by Spearman's rho on 600 other "
        "places of the right hemisphere of t1-colin27, seed 0; t1-icbm2009 takes them over."
    ),
    least_spearman=0.6,
    ablations=1,
)
_BIGBRAIN_TRUTH = (
    "The areas are PSEUDO-TRUTH: published atlases carried to BigBrain by registration; two "
    "published mappings of one atlas agree at 74 to 82 % of the vertices."
)

DATA: dict[str, PlaceData] = {
    "t1-colin27": _T1,
    "t1-icbm2009": _T1,
    "bigbrain-profiles": PlaceData(
        labels=("economo", "brodmann"),
        truth=_BIGBRAIN_TRUTH,
        steps=400,
        changes=("cortex.planes=1", "network.trunk=mlp", "augmentation={}"),
        raw={"measurements, standardised": measurements},
        tuned=(
            "Network and augmentation were set by hand, bandwidth and temperature are those of the "
            "T1; nothing was chosen by scores on these vectors."
        ),
    ),
    "bigbrain-rendered": PlaceData(
        labels=("economo", "brodmann"),
        truth=_BIGBRAIN_TRUTH,
        steps=200,
        changes=(
            "cortex.planes=1",
            "cortex.side_px=64",
            "cortex.pixel_um=64",
            "cortex.places=64",
            "network.trunk=graynet",
            "augmentation={gamma: 0.03, gain: 0.03}",
        ),
        raw={"mean grey of every depth": depth_means, "grey values, 12 x 12": grey},
        tuned=(
            "Pixel size and augmentation were set by hand, bandwidth and temperature are those of "
            "the T1; nothing was chosen by scores on these pictures."
        ),
    ),
}
"""Data sets by the name they have in `brainseek.trainers.cortex.data`."""
