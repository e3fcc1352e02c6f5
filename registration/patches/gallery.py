"""The template's patches as a collection of embeddings, kept in the cache."""

from __future__ import annotations

from itertools import chain

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import cached_collection
from brainseek.index.fill.template import TemplateGrid, template_modality, template_rows


def template_gallery(
    atlas: Atlas,
    encoder: MultimodalEncoder,
    grid: TemplateGrid | None = None,
    *,
    progress: bool = True,
) -> Collection:
    """Open the patches of an atlas' template; embed them first where that was not done yet.

    Parameters
    ----------
    atlas : Atlas
    encoder : MultimodalEncoder
        It must know the modality of the template.
    grid : TemplateGrid, optional
    progress : bool
        Show how far the embedding is.

    Raises
    ------
    BrainseekError
        The atlas has no known template, the encoder does not know its modality, or the cache
        can't be written.
    """
    encoder.check_modality(template_modality(atlas.name))
    grid = grid or TemplateGrid()
    return cached_collection(
        f"{atlas.name}__template-{grid.stamp}",
        encoder,
        "",
        lambda: chain.from_iterable(template_rows(atlas, encoder, grid, progress)),
    )
