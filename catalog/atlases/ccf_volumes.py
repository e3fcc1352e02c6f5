"""The Allen CCFv3 of the mouse: template at 100 µm and annotation at 25 µm."""

from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path, file_of_dataset
from brainseek.catalog.structures.tree import StructureTree
from brainseek.catalog.volumes.labels import compact_labels
from brainseek.catalog.volumes.volume import Volume

DATA_SET, STRUCTURES_SET = "mouse-ccf", "mouse-nissl-plates"
FINE, COARSE = "annotation_25_reoriented_2017.nrrd", "ccfv3_100um_ASR.npz"
FINE_UM, COARSE_UM = 25.0, 100.0
FINE_SHAPE = (456, 528, 320)
"""Voxels of the NRRD file: left to right, posterior to anterior, inferior to superior."""

COARSE_ORIGIN_UM = (5.0, 5.0, 95.0)
"""Centre of the first voxel of the 100 µm volumes.

They behave as samples at every tenth voxel of 10 µm volumes, from the front, the top and the right,
and not as means over 100 µm: placed so, 96 % of the labels agree with the fine annotation; with
centres at 50 µm only 76 % do.
"""

AXES = ("AP", "DV", "ML")
COORDINATES = (
    "CCFv3 AP in µm from the front",
    "CCFv3 DV in µm from the top",
    "CCFv3 ML in µm from the left",
)


class CcfVolumes:
    """Volumes of the data set ``mouse-ccf`` in coronal order, read when asked for.

    Points are µm from the front, the top and the left of the CCFv3. Voxel centres of the fine
    annotation lie at (index + 0.5) · 25 µm, those of the template at ``COARSE_ORIGIN_UM`` +
    index · 100 µm. The volumes are symmetric, so left and right are a convention.

    Parameters
    ----------
    path : Path, optional
        Folder of the data set; by default it is looked up in the cache and the mirror.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @cached_property
    def folder(self) -> Path:
        """Folder of the data set."""
        return self._path or dataset_path(DATA_SET)

    @cached_property
    def volume(self) -> Volume:
        """The autofluorescence template, uint16 (132, 80, 114) at 100 µm, 0 to 516."""
        return _placed(self._coarse("template"), COARSE_UM, COARSE_ORIGIN_UM)

    @property
    def annotation_volume(self) -> Volume:
        """The annotation of 2017 at 25 µm, or at 100 µm where that file is missing."""
        if self.has_fine_annotation:
            return _fine_annotation(self.folder / FINE)
        return self._coarse_annotation

    @property
    def has_fine_annotation(self) -> bool:
        """Whether the 25 µm annotation is there."""
        return (self.folder / FINE).is_file()

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence when the 25 µm annotation is missing."""
        if self.has_fine_annotation:
            return ()
        return (
            f"{self.folder / FINE} is missing, so regions come from the coarser annotation at "
            f"100 µm; get it with `brainseek data get {DATA_SET}`.",
        )

    @cached_property
    def structures(self) -> StructureTree:
        """The Allen tree of 2017, from the data set of the Nissl plates."""
        folder = dataset_path(STRUCTURES_SET)
        return StructureTree.from_csv(file_of_dataset(STRUCTURES_SET, folder, "structures.csv"))

    @cached_property
    def _coarse_annotation(self) -> Volume:
        indices, ids = compact_labels(self._coarse("annotation"))
        return _placed(indices, COARSE_UM, COARSE_ORIGIN_UM, ids)

    def _coarse(self, name: str) -> np.ndarray:
        path = file_of_dataset(DATA_SET, self.folder, COARSE)
        try:
            with np.load(path) as arrays:
                return np.asarray(arrays[name])
        except (OSError, ValueError, KeyError) as error:
            raise BrainseekError(
                f"{path} can't be read ({error}); check it with `brainseek data verify {DATA_SET}`."
            ) from error


@lru_cache(maxsize=1)
def _fine_annotation(path: Path) -> Volume:
    """Read the NRRD file; 150 MB stay in memory, shared by all atlases that use it."""
    try:
        import nrrd
    except ImportError:
        raise BrainseekError(
            "reading the CCFv3 annotation needs the package pynrrd, which is not installed; "
            'get it with pip install "brainseek[atlas]".'
        ) from None
    try:
        stored, _ = nrrd.read(str(path))
    except Exception as error:  # pynrrd, zlib and numpy each raise their own type
        raise BrainseekError(
            f"{path} can't be read ({' '.join(str(error).split())}); check it with "
            f"`brainseek data verify {DATA_SET}`."
        ) from error
    if stored.shape != FINE_SHAPE:
        raise BrainseekError(
            f"{path} has the shape {stored.shape} instead of {FINE_SHAPE}; check it with "
            f"`brainseek data verify {DATA_SET}`."
        )
    # The header states another order than the voxels have (README of the data set), so it is
    # not used.
    indices, ids = compact_labels(stored.transpose(1, 2, 0)[::-1, ::-1])
    return _placed(indices, FINE_UM, (FINE_UM / 2,) * 3, ids)


def _placed(
    data: np.ndarray,
    voxel_um: float,
    origin_um: tuple[float, float, float],
    ids: np.ndarray | None = None,
) -> Volume:
    return Volume(data, (voxel_um,) * 3, origin_um, AXES, AXES, ids)
