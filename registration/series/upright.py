"""Which way up do the sections of a series stand?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.plate_encoder import PlateEncoder

_TURN_MARGIN = 0.03
_TURN_NEIGHBOURS = 4


def embed_upright(
    encoder: PlateEncoder,
    plate_vectors: NDArray[np.float32],
    inputs: NDArray[np.float32],
    blank: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Unit vectors, each the right way up, and by how many degrees it was turned for it.

    The whole series is taken one way up; a single section is turned against it only where both
    the plates and the other sections say so.

    Parameters
    ----------
    encoder : PlateEncoder
    plate_vectors : ndarray, (plates, dim)
        Embeddings of the plates.
    inputs : ndarray, (n, size, size)
        The members as the encoder prepares them.
    blank : ndarray of bool, (n,)
        Sections that show nothing and have no vote.

    Returns
    -------
    vectors : ndarray, (n, dim)
    turned_deg : ndarray of int, (n,)
        0 or 180.
    """
    both = np.empty((2, len(inputs), encoder.dim), np.float32)
    for start in range(0, len(inputs), 16):
        part = inputs[start : start + 16]
        both[0, start : start + len(part)] = encoder.embed_inputs(part)
        upside_down = np.ascontiguousarray(part[:, ::-1, ::-1])
        both[1, start : start + len(part)] = encoder.embed_inputs(upside_down)
    plates = (both @ plate_vectors.T).max(2)
    usual = int(plates[1][~blank].sum() > plates[0][~blank].sum())
    likeness = np.stack([vectors @ both[usual].T for vectors in both])
    for way in likeness:
        np.fill_diagonal(way, -1.0)
    votes = min(_TURN_NEIGHBOURS, max(len(inputs) - 1, 1))
    alike = np.sort(likeness, axis=2)[:, :, -votes:].mean(2)
    against = plates[1 - usual] - plates[usual] > _TURN_MARGIN
    against &= alike[1 - usual] - alike[usual] > _TURN_MARGIN
    way = np.where(against & ~blank, 1 - usual, usual)
    return both[way, np.arange(len(inputs))], 180 * way.astype(np.int64)
