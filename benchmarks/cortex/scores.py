"""What embeddings of cortical places are worth: areas and places.

Every score takes a gallery (the hemisphere that was trained on) and queries (the one that was not).
"""

import warnings

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.vectors import unit
from brainseek.index.vector_cache.exact import ExactIndex

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]

NEIGHBOURS = 15
LEAST = 5
"""Areas with fewer places than this on either side are left out."""


def scored_areas(train: Labels, test: Labels) -> NDArray[np.int32]:
    """Areas (not 0) with at least five places on both sides."""
    sides = [np.unique(labels[labels > 0], return_counts=True) for labels in (train, test)]
    kept = [names[counts >= LEAST] for names, counts in sides]
    return np.asarray(np.intersect1d(kept[0], kept[1]), np.int32)


def macro_f1(found: Labels, truth: Labels) -> float:
    """Mean over the true areas of 2·tp / (2·tp + fp + fn)."""
    scores = []
    for area in np.unique(truth):
        hit = int(((found == area) & (truth == area)).sum())
        wrong = int(((found == area) ^ (truth == area)).sum())
        scores.append(2 * hit / (2 * hit + wrong))
    return float(np.mean(scores))


def probe_f1(train: Vectors, areas: Labels, test: Vectors, truth: Labels) -> float:
    """Macro-F1 of a linear probe (logistic regression, standardised features)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, areas, test, truth = _shared(train, areas, test, truth)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 300 rounds are enough for a comparison
        model.fit(train, areas)
    return macro_f1(model.predict(test), truth)


def neighbour_f1(train: Vectors, areas: Labels, test: Vectors, truth: Labels) -> float:
    """Macro-F1 of the vote of the 15 nearest neighbours by cosine similarity."""
    train, areas, test, truth = _shared(train, areas, test, truth)
    _, nearest = ExactIndex(unit(train)).search(unit(test), NEIGHBOURS)
    known = np.unique(areas)
    votes = np.stack([(areas[nearest] == area).sum(1) for area in known], axis=1)
    return macro_f1(known[votes.argmax(1)].astype(np.int32), truth)


def place_errors_um(
    gallery: Vectors, queries: Vectors, distances_um: NDArray[np.float32], best: int
) -> NDArray[np.float64]:
    """Distance from each query's place to the nearest of its ``best`` hits, (m,) in µm.

    Parameters
    ----------
    gallery : ndarray, (n, d)
    queries : ndarray, (m, d)
    distances_um : ndarray, (m, n)
        Distance along the surface from the (mirrored) place of each query to each gallery place.
    best : int
    """
    _, hits = ExactIndex(unit(gallery)).search(unit(queries), best)
    return np.asarray(np.take_along_axis(distances_um, hits, axis=1).min(1), np.float64)


def _shared(
    train: Vectors, areas: Labels, test: Vectors, truth: Labels
) -> tuple[Vectors, Labels, Vectors, Labels]:
    """Keep places in areas that both sides have."""
    both = scored_areas(areas, truth)
    one, two = np.isin(areas, both), np.isin(truth, both)
    return train[one], areas[one], test[two], truth[two]
