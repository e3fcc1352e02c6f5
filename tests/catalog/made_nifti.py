"""A small NIfTI atlas on disk: template, two label files with shared numbers, a table."""

from pathlib import Path

import nibabel as nib
import numpy as np

YAML = """\
name: toy
description: a toy brain
template: template.nii.gz
labels:
  - {file: left.nii.gz, suffix: " left"}
  - {file: right.nii.gz, suffix: " right", offset: 100}
structures: names.csv
spacing_um: 1000
"""
SHAPE = (20, 24, 18)
AFFINE = np.array([[1.0, 0, 0, -9.5], [0, 1, 0, -14], [0, 0, 1, -6], [0, 0, 0, 1]])


def volumes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Template float32; labels 1 (below z = 3) and 2 of the left (x < 0) and of the right."""
    i, j, k = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    inside = ((i - 9.5) / 9) ** 2 + ((j - 11.5) / 11) ** 2 + ((k - 8.5) / 8) ** 2 < 1
    template = np.where(inside, 30 + i + 2 * j + 3 * k, 0).astype(np.float32)
    labels = np.where(inside, np.where(k < 9, 1, 2), 0)
    left, right = (np.where(half, labels, 0) for half in (i < 10, i >= 10))
    return template, left, right


def save(path: Path, data: np.ndarray, affine: np.ndarray = AFFINE) -> None:
    nib.save(nib.Nifti1Image(data.astype(np.float32), affine), path)


def write_toy(folder: Path, yaml: str = YAML) -> Path:
    template, left, right = volumes()
    save(folder / "template.nii.gz", template)
    save(folder / "left.nii.gz", left)
    save(folder / "right.nii.gz", right)
    (folder / "names.csv").write_text("id,name\n0,none\n1,lower\n2,upper\n")
    path = folder / "toy.yaml"
    path.write_text(yaml)
    return path
