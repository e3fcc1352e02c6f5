"""Large label numbers as small ones, so that fine annotations fit into memory."""

import numpy as np

from brainseek.catalog.core.errors import BrainseekError


def compact(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels as indices into the list of those that occur.

    Parameters
    ----------
    labels : ndarray of int, (n0, n1, n2)
        0 = none.

    Returns
    -------
    indices : ndarray of uint16, (n0, n1, n2)
        C order; 0 where the label is 0.
    ids : ndarray of int32, (n,)
        ``ids[indices]`` are the labels; ``ids[0]`` is 0.

    Raises
    ------
    BrainseekError
        When a label is negative or exceeds 2³¹ - 1, or there are more than 65 535 labels.
    """
    # Labels come in long runs, so only the first of each run is looked at.
    slabs = [_runs(slab) for slab in labels]
    ids = np.unique(np.concatenate([np.zeros(1, np.int64), *(values for values, _ in slabs)]))
    if ids[0] < 0 or ids[-1] > np.iinfo(np.int32).max or len(ids) > np.iinfo(np.uint16).max:
        raise BrainseekError(
            f"the annotation has {len(ids)} labels from {ids[0]} to {ids[-1]}; at most 65 535 "
            "labels from 0 to 2147483647 can be used."
        )
    indices = np.empty(labels.shape, np.uint16)
    for number, (values, lengths) in enumerate(slabs):
        small = np.searchsorted(ids, values).astype(np.uint16)
        indices[number] = np.repeat(small, lengths).reshape(labels.shape[1:])
    return indices, ids.astype(np.int32)


def _runs(slab: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return value (int64) and length of every run of equal labels in C order."""
    flat = slab.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    return flat[starts].astype(np.int64), np.diff(np.append(starts, len(flat)))
