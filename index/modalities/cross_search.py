"""From a patch in one stain to patches in another one."""

from __future__ import annotations

from pathlib import Path

from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.collection import Collection
from brainseek.index.modalities.cross_patch import PatchImage, gray_patch
from brainseek.index.search.hits import Hits


def cross_search(
    image: PatchImage,
    collection: Collection | Path | str,
    *,
    encoder: MultimodalEncoder | str,
    modality: str,
    find: str,
    k: int = 10,
    pixel_um: float | None = None,
    where: str | None = None,
    bright_field: bool = False,
) -> Hits:
    """Return the patches of one modality that look most like the tissue of a patch in another.

    Parameters
    ----------
    image : Section, ndarray or path
        The patch; of a larger image the middle is taken.
    collection : Collection, path or str
        Written by the same encoder, e.g. by `brainseek.index.modalities.paired_rows.index_pairs`.
    encoder : MultimodalEncoder or str
        A two-modality encoder, or the name of one that is released.
    modality : str
        Of ``image``.
    find : str
        Of the hits. It may be the same one.
    k : int
        How many hits.
    pixel_um : float, optional
        Side of the image's pixels in µm; by default what section or file state, or else the
        encoder's, if the image has the encoder's size.
    where : str, optional
        Only rows that fulfil this condition too.
    bright_field : bool
        The image shows its stain dark on a bright ground.

    Raises
    ------
    BrainseekError
        The encoder does not know a modality (the known ones are named) or did not write the
        collection; the image can't be read or is too small; ``k`` or ``where`` is not valid.

    Examples
    --------
    >>> hits = cross_search("patch.png", "pairs.brain", encoder="nissl-af", modality="nissl",
    ...                     find="autofluorescence", pixel_um=25)  # doctest: +SKIP
    """
    tower = load_encoder(encoder, kind=MultimodalEncoder) if isinstance(encoder, str) else encoder
    tower.check_modality(find)
    opened = collection if isinstance(collection, Collection) else Collection.open(collection)
    opened.require_encoder(tower.identity)
    gray, size = gray_patch(image, pixel_um, bright_field)
    vector = tower.embed(gray[None], modality, size)[0]
    return opened.search(vector, k, where=of_modality(find, where))


def of_modality(modality: str, where: str | None = None) -> str:
    """Return the condition that rows are of a modality, and fulfil ``where`` if it is given."""
    quoted = modality.replace("'", "''")
    condition = f"modality = '{quoted}'"
    return condition if where is None else f"{condition} and ({where})"
