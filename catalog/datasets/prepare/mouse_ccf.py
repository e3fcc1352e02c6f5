"""CCFv3 at 100 µm from a MATLAB file; the 25 µm annotation as it is."""

import itertools
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.checks import array_digest
from brainseek.catalog.datasets.manifest import DataSet

ARCHIVE = "ccfv3_100um_ASR.npz"
ASR_SHAPE = (132, 80, 114)


def orient(
    template: np.ndarray[Any, Any], annotation: np.ndarray[Any, Any], expected_digest: str
) -> dict[str, np.ndarray[Any, Any]]:
    """Return both volumes with axes anterior to posterior, superior to inferior, medio-lateral.

    The MATLAB file does not record its axes. Its three lengths differ, so the shape settles their
    order; the directions are those that reproduce the digest in the manifest.

    Raises
    ------
    BrainseekError
        If no order and direction reproduces the digest.
    """
    if sorted(template.shape) == sorted(ASR_SHAPE) and template.shape == annotation.shape:
        order = [template.shape.index(length) for length in ASR_SHAPE]
        turned: list[np.ndarray[Any, Any]] = [
            template.transpose(order).astype(np.uint16),
            annotation.transpose(order).astype(np.uint32),
        ]
        for count in range(4):
            for axes in itertools.combinations(range(3), count):
                arrays = {
                    "template": np.ascontiguousarray(np.flip(turned[0], axes)),
                    "annotation": np.ascontiguousarray(np.flip(turned[1], axes)),
                }
                if array_digest(arrays) == expected_digest:
                    return arrays
    raise BrainseekError(
        f"The CCF volumes of shape {template.shape} match the reference in no orientation; check "
        "the pinned commit in data_manifest.yaml."
    )


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `brainseek.catalog.datasets.prepare`)."""
    from scipy.io import loadmat

    source = raw / "ccf100/data/atlas_for_vis.mat"
    try:
        content = loadmat(str(source), variable_names=["mousetemplate", "mouseanno"])
    except (NotImplementedError, ValueError) as error:  # the first one for files of version 7.3
        raise BrainseekError(
            f"{source.name} can't be read as a MATLAB file before version 7.3 ({error}); check the "
            "pinned commit in data_manifest.yaml."
        ) from error
    expected = next(f.expect for f in data_set.prepared_files if f.path == ARCHIVE)
    arrays: dict[str, Any] = orient(content["mousetemplate"], content["mouseanno"], expected)
    np.savez_compressed(out / ARCHIVE, **arrays)
    name = "annotation_25_reoriented_2017.nrrd"
    shutil.copyfile(raw / "ccf25/tests/test_data/allen_mouse_2017_atlas" / name, out / name)
