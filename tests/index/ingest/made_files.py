"""Small files with tissue in known places, and an encoder without a network."""

from pathlib import Path

import cv2
import nibabel
import numpy as np
import tifffile

from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.embedder.encoder import Encoder


class MeanEncoder(Encoder):
    """Eight numbers of an image: the means of its eight rows of blocks, of unit length."""

    identity = "mean@00000001"
    dim = 8
    extent_um = None

    def __init__(self) -> None:
        self.images = 0
        self.largest_batch = 0

    def prepare(self, image: Section | np.ndarray, pixel_um: float | None = None) -> np.ndarray:
        section = image if isinstance(image, Section) else section_from_array(image)
        return cv2.resize(section.gray(), (8, 8), interpolation=cv2.INTER_AREA)

    def embed_inputs(self, inputs: np.ndarray, modality: str | None = None) -> np.ndarray:
        self.images += len(inputs)
        self.largest_batch = max(self.largest_batch, len(inputs))
        values = inputs.mean(axis=2) + 1e-3
        return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def tissue_picture(height: int = 256, width: int = 320, seed: int = 0) -> np.ndarray:
    """Return a dark picture, uint8, with textured tissue in the columns of its left half."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 4, (height, width), dtype=np.uint8)
    texture = cv2.GaussianBlur(rng.random((height, width)), (0, 0), 3)
    texture = (texture - texture.min()) / np.ptp(texture)
    picture[:, : width // 2] = (120 + 100 * texture[:, : width // 2]).astype(np.uint8)
    return picture


def write_tiff(path: Path, picture: np.ndarray, um: float = 2.0, **options: object) -> Path:
    """Write a TIFF that states its pixel size."""
    per_cm = (10_000 / um, 10_000 / um)
    tifffile.imwrite(path, picture, resolution=per_cm, resolutionunit="CENTIMETER", **options)
    return path


def write_volume(path: Path, shape: tuple[int, int, int] = (40, 20, 36), mm: float = 1.0) -> Path:
    """Write a volume (RAS) with a textured ball of tissue; its first slices are empty."""
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    away = np.linalg.norm((grid - np.array(shape) / 2) / (np.array(shape) / 2.5), axis=-1)
    rng = np.random.default_rng(1)
    data = np.where(away < 1, 100 + 50 * rng.random(shape), 0).astype(np.uint8)
    data[:, :2] = 0
    affine = np.diag([mm, mm, mm, 1.0])
    affine[:3, 3] = -mm * np.array(shape) / 2
    nibabel.save(nibabel.Nifti1Image(data, affine), path)
    return path
