"""The mouse Nissl atlas: 132 coronal plates with expert regions and their CCFv3 planes."""

import csv
from functools import cached_property
from pathlib import Path

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas, Plate
from brainseek.catalog.atlases.ccf_volumes import COORDINATES, CcfVolumes
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path, file_of_dataset
from brainseek.catalog.structures.midline import midline, mirror_right_half
from brainseek.catalog.structures.tree import StructureTree
from brainseek.catalog.volumes.quicknii import COMPONENTS, FRONT_VOXEL, TOP_VOXEL, VOXEL_UM
from brainseek.catalog.volumes.volume import Plane, Volume

PLATES_SET = "mouse-nissl-plates"

_COLUMNS = {"plate", "ap_um_from_front", "height_px", "width_px", "pixel_size_um", *COMPONENTS}

LABEL_FILES = {"expert": "ara_labels.npz", "ccf": "ccf_labels.npz"}


class MouseNissl(Atlas):
    """Nissl plates of the adult mouse (Allen Reference Atlas), about 100 µm apart.

    Plate 1 is the most anterior. Row 0 is dorsal, columns run from left to right as pictured;
    only the right half carries expert labels. Points are (AP, DV, ML) in CCFv3 µm from the
    front, the top and the left. ``position_um`` is the AP position of the plate's centre from
    the linear anchoring, which is about 125 µm too anterior in the median; it is unreliable for
    plates 1 to 12 and 130 to 132, and plate 1 is even negative.

    Parameters
    ----------
    path : Path, optional
        Folder of the data set ``mouse-nissl-plates``; by default it is looked up in the cache
        and the mirror. Only ``plates.csv`` is needed for numbers and positions.

    Raises
    ------
    BrainseekError
        When the data set is not on this computer; the message says how to get it.
    """

    name: str = "mouse-nissl"
    description: str = (
        "adult mouse, 132 coronal Nissl plates about 100 µm apart (Allen Reference Atlas)"
    )
    axis: str = "CCFv3 AP in µm from the front"
    space_axes: tuple[str, str, str] = ("AP", "DV", "ML")
    coordinates: tuple[str, str, str] = COORDINATES
    cut_atlas: str | None = "mouse-ccf"
    annotation_sources: tuple[str, ...] = ("expert", "ccf")

    def __init__(self, path: Path | None = None) -> None:
        if path is not None and not path.is_dir():
            raise BrainseekError(
                f"{path} is not a folder; name the one that holds {PLATES_SET}, or leave path out."
            )
        self.folder = path or dataset_path(PLATES_SET)

    @cached_property
    def plates(self) -> tuple[Plate, ...]:
        """The 132 plates; ``pixel_size_um`` is the width of a pixel in atlas µm."""
        return tuple(
            Plate(
                number=number,
                position_um=float(row["ap_um_from_front"]),
                height_px=int(row["height_px"]),
                width_px=int(row["width_px"]),
                pixel_size_um=float(row["pixel_size_um"]),
            )
            for number, row in self._rows.items()
        )

    @cached_property
    def structures(self) -> StructureTree:
        """The Allen tree of 2017; it explains both sources of labels."""
        return StructureTree.from_csv(self._file("structures.csv"))

    def plate_image(self, number: int) -> np.ndarray:
        """Return the Nissl picture of a plate, uint8 (height, width), on dark background."""
        import cv2

        path = self._file(f"plates/{self.plate(number).number:03d}.jpg")
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise BrainseekError(
                f"{path} is not a readable JPEG; check it with "
                f"`brainseek data verify {PLATES_SET}`."
            )
        return np.asarray(image)

    def annotation(
        self, number: int, source: str | None = None, mirror: bool = False
    ) -> np.ndarray:
        """Return structure ids, int32 (height, width), 0 = no structure.

        Parameters
        ----------
        number : int
            Plate number, 1 to 132.
        source : {"expert", "ccf"}, optional
            ``expert`` (default): the outlines drawn on the plate, right half only. ``ccf``: the
            CCFv3 2017 annotation cut along the plate's anchoring, both halves; it lies as far
            off as the anchoring does.
        mirror : bool
            Fill the left half with the reflection of the expert labels at the midline, which is
            found from the labels themselves. The left half is then an assumption of symmetry,
            not an observation: it is poor where a section is not symmetric, above all in the
            separate olfactory bulbs of plates 1 to 20.
        """
        chosen = self.checked_source(source)
        if mirror and chosen != "expert":
            raise BrainseekError(
                f"the {chosen!r} annotation of mouse-nissl covers both hemispheres; "
                "leave mirror off."
            )
        key = str(self.plate(number).number)
        with np.load(self._file(LABEL_FILES[chosen])) as labels:
            found = labels[key].astype(np.int32, copy=False)
        return mirror_right_half(found) if mirror else found

    def plane(self, number: int) -> Plane:
        """Return the CCFv3 plane of a plate as (AP, DV, ML) in µm, from its anchoring."""
        row = self._rows[self.plate(number).number]
        # `plane_of` rounds otherwise, which would change what was recorded on these plates.
        ox, oy, oz, ux, uy, uz, vx, vy, vz = (float(row[key]) * VOXEL_UM for key in COMPONENTS)
        return Plane(
            o=(FRONT_VOXEL * VOXEL_UM - oy, TOP_VOXEL * VOXEL_UM - oz, ox),
            u=(-uy, -uz, ux),
            v=(-vy, -vz, vx),
        )

    @cached_property
    def volume(self) -> Volume:
        """The CCFv3 template at 100 µm, see `catalog.atlases.ccf_volumes.CcfVolumes.volume`.

        It comes from the separate data set ``mouse-ccf``; a `BrainseekError` says how to get it
        when it is missing.
        """
        return self._ccf.volume

    @cached_property
    def annotation_volume(self) -> Volume:
        """The CCFv3 2017 annotation, see `catalog.atlases.ccf_volumes`; also in ``mouse-ccf``."""
        return self._ccf.annotation_volume

    @property
    def plane_remarks(self) -> tuple[str, ...]:
        """A sentence when the annotation at 25 µm is missing."""
        return self._ccf.remarks

    def midline(self, number: int) -> tuple[float, float]:
        """Return the side of the expert labels that faces left, see `structures.midline`."""
        return midline(self.annotation(number))

    @cached_property
    def _ccf(self) -> CcfVolumes:
        return CcfVolumes()

    @cached_property
    def _rows(self) -> dict[int, dict[str, str]]:
        """Rows of plates.csv by plate number, from anterior to posterior."""
        path = self._file("plates.csv")
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            missing = _COLUMNS - set(table.fieldnames or ())
            rows = [] if missing else list(table)
        if not rows:
            problem = f"lacks the columns {', '.join(sorted(missing))}" if missing else "is empty"
            raise BrainseekError(
                f"{path} {problem}; check it with `brainseek data verify {PLATES_SET}`."
            )
        return {int(row["plate"]): row for row in sorted(rows, key=lambda row: int(row["plate"]))}

    def _file(self, name: str) -> Path:
        """Return a file of the data set, or say how to get it."""
        return file_of_dataset(PLATES_SET, self.folder, name)
