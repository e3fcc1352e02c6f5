"""The Allen CCFv3 of the mouse as an atlas of its own: cuts of the template every 100 µm."""

from pathlib import Path

from brainseek.catalog.atlases.ccf_volumes import COARSE_UM, COORDINATES, FINE_UM, CcfVolumes
from brainseek.catalog.atlases.volume_atlas import VolumeAtlas
from brainseek.catalog.core.errors import BrainseekError


class MouseCcf(VolumeAtlas):
    """Coronal plates of the CCFv3 autofluorescence template with the annotation of 2017.

    Points are (AP, DV, ML) in CCFv3 µm from the front, the top and the left. The pictures are
    interpolated from 100 µm to the 25 µm of the annotation.

    Parameters
    ----------
    path : Path, optional
        Folder of the data set ``mouse-ccf``; by default it is looked up in the cache and the
        mirror. The structures come from ``mouse-nissl-plates`` in any case.

    Raises
    ------
    BrainseekError
        When ``path`` is not a folder.
    """

    encoder = "plates-mouse-nissl"

    def __init__(self, path: Path | None = None) -> None:
        if path is not None and not path.is_dir():
            raise BrainseekError(
                f"{path} is not a folder; name the one that holds mouse-ccf, or leave path out."
            )
        super().__init__(
            "mouse-ccf",
            "adult mouse, Allen CCFv3 template (autofluorescence)",
            CcfVolumes(path),
            coordinates=COORDINATES,
            spacing_um=COARSE_UM,
            pixel_size_um=FINE_UM,
            annotation_sources=("ccf",),
            encoder=self.encoder,
        )
