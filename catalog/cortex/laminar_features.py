"""BigBrain's measured layers and staining as one vector for every vertex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.cortex.measured_tissue import LAYERS, CortexTissue

DEPTHS = 50
"""Depths of a staining profile, from pia to white matter."""
FEATURES = LAYERS + 1 + DEPTHS
"""Length of a vector."""
UNIT_UM = 5000.0
"""Thickness of the cortex that is written as 1."""


def laminar_vectors(tissue: CortexTissue) -> NDArray[np.float32]:
    """Return layers and staining of every vertex, (n, 57), all within 0 and 1.

    Columns 0 to 5 are the shares of the six layers in the thickness, column 6 is the thickness
    in units of 5 mm; both belong to the vertex. Columns 7 to 56 are the stain at 50 depths,
    from 0 (none) to 1 (black), of the vertex's parcel: all vertices of a parcel share them.
    Vertices that are not usable have zeros.
    """
    total = tissue.thickness_um.sum(1)
    vectors = np.zeros((len(total), FEATURES), np.float32)
    own = tissue.usable
    vectors[own, :LAYERS] = tissue.thickness_um[own] / total[own, None]
    vectors[own, LAYERS] = total[own] / UNIT_UM
    vectors[own, LAYERS + 1 :] = tissue.darkness[:, tissue.parcel[own]].T
    return vectors
