"""FreeSurfer's bert as it is; SynthSeg label maps as uint16."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.manifest import DataSet


def store_as_uint16(source: Path, target: Path) -> None:
    """Write the label map `source` with voxels of type uint16, values and affine unchanged.

    Raises
    ------
    BrainseekError
        If a value is not a whole number that uint16 can hold.
    """
    import nibabel

    volume: Any = nibabel.load(source)
    values = np.asarray(volume.dataobj)
    labels = values.astype(np.uint16)
    if not np.array_equal(labels, values):
        raise BrainseekError(
            f"{source.name} holds values that are not whole numbers below 65536, so it is no "
            "label map; check the pinned commit in data_manifest.yaml."
        )
    image = volume.__class__(labels, volume.affine, dtype=np.uint16)
    nibabel.save(image, target)


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `brainseek.catalog.datasets.prepare`)."""
    (out / "bert").mkdir()
    (out / "synthseg-labels").mkdir()
    for file in data_set.files:
        source, name = raw / file.source / file.path, Path(file.path).name
        if file.source == "bert":
            shutil.copyfile(source, out / "bert" / name)
        else:
            store_as_uint16(source, out / "synthseg-labels" / name)
