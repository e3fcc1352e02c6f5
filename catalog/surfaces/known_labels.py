"""The names of the areas of a surface, kept between calls."""

from __future__ import annotations

from functools import lru_cache

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.vertex_labels import VertexLabels, label_names, vertex_labels


@lru_cache(maxsize=4)
def kept_labels(surface_name: str, which: str) -> VertexLabels:
    """Return labels as `brainseek.catalog.surfaces.vertex_labels.vertex_labels` and keep them."""
    return vertex_labels(surface_name, which)


def known_labels(surface_name: str, which: str | None = None) -> tuple[VertexLabels | None, str]:
    """Return labels of a surface, or None and why there are none.

    Parameters
    ----------
    surface_name : str
    which : str, optional
        One of `catalog.surfaces.vertex_labels.label_names` of the surface. By default its first
        ones where their data set is on this machine.

    Returns
    -------
    labels : VertexLabels or None
    reason : str
        A sentence where there are none, or else empty.

    Raises
    ------
    BrainseekError
        If labels that were named are unknown or not on this machine.
    """
    if which is not None:
        return kept_labels(surface_name, which), ""
    offered = label_names(surface_name)
    if not offered:
        return None, f"no areas are known on {surface_name}."
    try:
        return kept_labels(surface_name, offered[0]), ""
    except BrainseekError as error:
        return None, str(error)
