"""The human MNI152 T1 template that ships inside nilearn, cut into coronal plates."""

from functools import cached_property
from pathlib import Path

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas, Plate
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.volume import Plane, Volume

DATA_SET = "mni152"

FIRST_Y_MM, LAST_Y_MM, SPACING_MM = 70, -104, 2
"""Plates lie between the first and last even y at which the brain covers at least 10 cm²."""

SHAPE_XYZ = (197, 233, 189)
ORIGIN_XYZ_MM = (-98, -134, -72)
"""Grid of the packaged volumes: 1 mm voxels, RAS, centre of voxel (0, 0, 0) in MNI mm."""

MASK_THRESHOLD = 0.2
"""Share of the largest tissue value above which nilearn's masks count a voxel as tissue."""

GREY, WHITE, BRAIN = 1, 2, 3

_FILE = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"


class Mni152(Atlas):
    """Coronal plates of the ICBM 2009a symmetric T1 template, every 2 mm along MNI y.

    Plate 1 lies at y = +70 mm and the numbers rise towards posterior. Row 0 is superior;
    columns run from the left to the right of the subject (x rises), so the left of the picture
    is the left of the brain. Points are (x, y, z) in MNI µm.

    Parameters
    ----------
    path : Path, optional
        Folder with the three volumes; by default the ones inside the installed ``nilearn``.
    """

    name: str = "mni152"
    description: str = (
        "human MNI152 T1 template (ICBM 2009a symmetric, brain only), coronal plates every 2 mm"
    )
    axis: str = "MNI y in µm, positive = anterior"
    space_axes: tuple[str, str, str] = ("x", "y", "z")
    coordinates: tuple[str, str, str] = (
        "MNI x in µm, positive = right",
        "MNI y in µm, positive = anterior",
        "MNI z in µm, positive = superior",
    )
    annotation_sources: tuple[str, ...] = ("tissue",)

    def __init__(self, path: Path | None = None) -> None:
        self.folder = path or dataset_path(DATA_SET)  # nilearn, which is slow, is not imported

    @cached_property
    def plates(self) -> tuple[Plate, ...]:
        """The 88 plates, from y = +70 mm to y = -104 mm."""
        y_mm = range(FIRST_Y_MM, LAST_Y_MM - 1, -SPACING_MM)
        return tuple(
            Plate(
                number=number,
                position_um=1000.0 * y,
                height_px=SHAPE_XYZ[2],
                width_px=SHAPE_XYZ[0],
                pixel_size_um=1000.0,
            )
            for number, y in enumerate(y_mm, start=1)
        )

    @cached_property
    def structures(self) -> StructureTree:
        """Brain with grey and white matter."""
        return StructureTree(
            [
                Structure(BRAIN, "BR", "brain", None, (200, 200, 200)),
                Structure(GREY, "GM", "grey matter", BRAIN, (110, 110, 130)),
                Structure(WHITE, "WM", "white matter", BRAIN, (240, 235, 220)),
            ]
        )

    def plate_image(self, number: int) -> np.ndarray:
        """Return a coronal plane of the T1 template, uint8 (189, 197)."""
        return np.array(self.volume.data[self._index(number)])

    def annotation(
        self, number: int, source: str | None = None, mirror: bool = False
    ) -> np.ndarray:
        """Return tissue labels, int32 (189, 197): 0 none, 1 grey matter, 2 white matter.

        A voxel belongs to a tissue when its value exceeds 0.2 of the largest one, the threshold
        of nilearn's masks; where both do, the larger value wins (ties are grey).
        """
        self.checked_source(source)
        if mirror:
            raise BrainseekError(
                "the annotation of mni152 covers both hemispheres; leave mirror off."
            )
        return np.array(self._tissue[self._index(number)], np.int32)

    def plane(self, number: int) -> Plane:
        """Return the plane of a plate in MNI µm: u points right (+x), v down (-z)."""
        y_um = self.plate(number).position_um
        left_um = 1000.0 * (ORIGIN_XYZ_MM[0] - 0.5)
        top_um = 1000.0 * (ORIGIN_XYZ_MM[2] + SHAPE_XYZ[2] - 0.5)
        return Plane(
            o=(left_um, y_um, top_um),
            u=(1000.0 * SHAPE_XYZ[0], 0.0, 0.0),
            v=(0.0, 0.0, -1000.0 * SHAPE_XYZ[2]),
        )

    @cached_property
    def volume(self) -> Volume:
        """The T1 template at 1 mm, uint8 (233, 189, 197): posterior, down and right rise."""
        return _as_volume(self._read("t1"), voxel_mm=1)

    @cached_property
    def annotation_volume(self) -> Volume:
        """The tissue labels at 1 mm, uint8, on the grid of ``volume``."""
        return _as_volume(self._tissue, voxel_mm=1)

    def volume_at(self, voxel_mm: int) -> Volume:
        """Return the T1 template at a coarser voxel size, float32, by averaging whole voxels.

        Parameters
        ----------
        voxel_mm : int
            Side of the new voxels in mm; 2 makes the cuts of training about four times cheaper.
            Planes that do not fill a last voxel are dropped (posterior, inferior, right), all
            of them empty up to 4 mm.

        Raises
        ------
        BrainseekError
            When the size is not 1 to 4.
        """
        if voxel_mm not in (1, 2, 3, 4):
            raise BrainseekError(f"voxel size {voxel_mm} mm is not offered; use 1, 2, 3 or 4.")
        fine = self.volume.data
        n0, n1, n2 = (n // voxel_mm for n in fine.shape)
        blocks = fine[: n0 * voxel_mm, : n1 * voxel_mm, : n2 * voxel_mm].reshape(
            n0, voxel_mm, n1, voxel_mm, n2, voxel_mm
        )
        return _as_volume(blocks.mean(axis=(1, 3, 5), dtype=np.float32), voxel_mm)

    @cached_property
    def _tissue(self) -> np.ndarray:
        """Tissue labels, uint8, on the grid of ``volume``."""
        grey, white = self._read("gm"), self._read("wm")
        labels = np.zeros(grey.shape, np.uint8)
        labels[(grey > MASK_THRESHOLD * grey.max()) & (grey >= white)] = GREY
        labels[(white > MASK_THRESHOLD * white.max()) & (white > grey)] = WHITE
        return labels

    def _index(self, number: int) -> int:
        """Index of a plate along the cutting axis of ``volume``."""
        y_mm = self.plate(number).position_um / 1000
        return round(ORIGIN_XYZ_MM[1] + SHAPE_XYZ[1] - 1 - y_mm)

    def _read(self, kind: str) -> np.ndarray:
        """Read one packaged volume, uint8, as (anterior to posterior, down, left to right)."""
        import nibabel

        path = self.folder / _FILE.format(kind)
        if not path.is_file():
            raise BrainseekError(
                f"{path.name} is missing in {self.folder}; install nilearn 0.8.1 or newer "
                "(pip install nilearn)."
            )
        image = nibabel.Nifti1Image.from_filename(path)
        affine = np.eye(4)
        affine[:3, 3] = ORIGIN_XYZ_MM
        if image.shape != SHAPE_XYZ or not np.allclose(image.affine, affine):
            raise BrainseekError(
                f"{path.name} has shape {image.shape} and is not the 1 mm template of nilearn; "
                "install nilearn 0.8.1 or newer (pip install nilearn)."
            )
        values = np.asarray(image.dataobj)
        return np.ascontiguousarray(values[:, ::-1, ::-1].transpose(1, 2, 0))


def _as_volume(data: np.ndarray, voxel_mm: int) -> Volume:
    """Place an array (posterior, down, right rise) in MNI space; blocks start at the corner."""
    step = 1000.0 * voxel_mm
    half_block = 500.0 * (voxel_mm - 1)
    return Volume(
        data=data,
        step_um=(-step, -step, step),
        origin_um=(
            1000.0 * (ORIGIN_XYZ_MM[1] + SHAPE_XYZ[1] - 1) - half_block,
            1000.0 * (ORIGIN_XYZ_MM[2] + SHAPE_XYZ[2] - 1) - half_block,
            1000.0 * ORIGIN_XYZ_MM[0] + half_block,
        ),
        axes=("y", "z", "x"),
        space_axes=("x", "y", "z"),
    )
