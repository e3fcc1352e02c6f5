"""The template's patches as a collection of embeddings, kept in the cache."""

from __future__ import annotations

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import make_derived
from brainseek.registration.pairs.template import TemplateGrid, template_modality, template_rows


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
    name = f"{atlas.name}__template-{grid.stamp}__{encoder.identity}"
    folder = cache_dir() / "collections" / name
    try:
        return Collection.open(folder, encoder=encoder.identity)
    except BrainseekError:
        pass  # missing or damaged: it is derived data, so it is made again
    rows = [row for cut in template_rows(atlas, encoder, grid, progress) for row in cut]
    return make_derived(folder, encoder.identity, encoder.dim, rows)
