"""Where in the atlas does a lone patch lie?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.defaults import encoder_of_modalities
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.collection import Collection
from brainseek.index.fill.template import TemplateGrid, template_modality
from brainseek.index.queries import ByImage, QueryImage
from brainseek.index.writing.places import places_at
from brainseek.registration.patches.calibration import calibration_of
from brainseek.registration.patches.estimate import estimate_place, mirror_doubt
from brainseek.registration.patches.gallery import template_gallery
from brainseek.registration.patches.patch_place import PatchPlace, Place3
from brainseek.registration.planes.cuts import volume_of


def locate_patch(
    patch: QueryImage,
    modality: str,
    *,
    encoder: MultimodalEncoder | str | None = None,
    k: int = 20,
    pixel_um: float | None = None,
    atlas: str = "mouse-ccf",
    bright_field: bool = False,
    grid: TemplateGrid | None = None,
    folder: Path | None = None,
    progress: bool = True,
) -> PatchPlace:
    """Find the place of a patch in an atlas from its neighbours among patches of the template.

    The template's patches are embedded at the first call and kept in the cache.

    Parameters
    ----------
    patch : Section, ndarray or path
        Of a larger image the middle is taken.
    modality : str
        Of the patch.
    encoder : MultimodalEncoder or str, optional
        A two-modality encoder or its name; by default the first that knows both the patch's and
        the template's modality.
    k : int
        Neighbours that are asked.
    pixel_um : float, optional
        Side of the patch's pixels in µm; by default what section or file state, or else the
        encoder's, if the patch has the encoder's size.
    atlas : str
        Its template must be known, see `brainseek.index.fill.template.MODALITIES`.
    bright_field : bool
        The patch shows its stain dark on a bright ground.
    grid : TemplateGrid, optional
        Where the template's patches lie.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/``.
    progress : bool
        Show a progress bar while the template is embedded.

    Returns
    -------
    PatchPlace

    Raises
    ------
    BrainseekError
        If no encoder knows the modality (the known ones are named), the patch can't be read or is
        too small, ``k`` is no positive number, or the atlas is not here.
    """
    template = template_modality(atlas)
    tower = _encoder(encoder, modality, template, folder)
    tower.check_modality(modality)
    grid = grid or TemplateGrid()
    gray = ByImage(
        patch, modality=modality, pixel_size_um=pixel_um, bright_field=bright_field
    ).gray()
    vector = tower.embed(gray.image[None], modality, gray.pixel_size_um)[0]
    opened = load_atlas(atlas)
    gallery = template_gallery(opened, tower, grid, progress=progress)
    return locate_vector(vector, modality, tower, gallery, opened, k, grid)


def locate_vector(
    vector: NDArray[np.float32],
    modality: str,
    encoder: MultimodalEncoder,
    gallery: Collection,
    atlas: Atlas,
    k: int,
    grid: TemplateGrid,
) -> PatchPlace:
    """Place an embedding (d,) in a gallery of the template; as :func:`locate_patch`."""
    hits = gallery.search(vector, k)
    rows = [hit.row for hit in hits]
    places = np.array([[row[name] for name in ("ap_um", "dv_um", "ml_um")] for row in rows], float)
    found = estimate_place(places, hits.scores, (grid.cut_um, grid.every_um, grid.every_um))
    calibration = calibration_of(encoder.card.measured)
    remarks = [
        f"The template of {atlas.name} is symmetric: mirror_doubt says how sure the side is."
    ]
    if calibration is None:
        remarks.append(
            f"{encoder.identity} has no calibration: likely_um is the spread of the neighbours, "
            "not an error that was measured."
        )
    elif hits.scores[0] < calibration.unlike_below:
        remarks.append(
            f"The patch is like nothing in the template: its best match scores "
            f"{hits.scores[0]:.2f}, known {modality} patches nearly always above "
            f"{calibration.unlike_below:.2f}. If it shows other tissue, the place means nothing."
        )
    return PatchPlace(
        point_um=_three(found.point_um),
        sd_um=_three(found.sd_um),
        likely_um=(
            found.spread_um if calibration is None else calibration.likely_um(found.agreement)
        ),
        calibrated=calibration is not None,
        agreement=found.agreement,
        candidates_um=places,
        scores=hits.scores,
        structure=places_at(atlas, found.point_um[None])[0].structure,
        mirror_doubt=mirror_doubt(found.point_um, places, hits.scores, midline_um(atlas)),
        encoder=encoder.identity,
        atlas=atlas.name,
        modality=modality,
        remarks=tuple(remarks),
        hits=hits,
    )


def midline_um(atlas: Atlas) -> float:
    """Return ML of the plane of symmetry: the middle of the annotation, or else of the volume."""
    volume = atlas.annotation_volume or volume_of(atlas)
    return volume.centre_um[volume.axes.index(atlas.space_axes[2])]


def _encoder(
    encoder: MultimodalEncoder | str | None, modality: str, template: str, folder: Path | None
) -> MultimodalEncoder:
    if isinstance(encoder, MultimodalEncoder):
        return encoder
    name = encoder or encoder_of_modalities((modality, template), folder)
    return load_encoder(name, folder=folder, kind=MultimodalEncoder)


def _three(values: NDArray[np.float64]) -> Place3:
    ap, dv, ml = (float(value) for value in values)
    return ap, dv, ml
