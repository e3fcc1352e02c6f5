"""Made pairs: smooth random tissue, and the same tissue turned, shifted and re-stained."""

import cv2
import numpy as np

from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import AffineAtlas, AffinePixels


def smooth_field(shape: tuple[int, int], sigma: float, seed: int) -> np.ndarray:
    """Random values 0..1 that change over about ``sigma`` pixels."""
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    field = cv2.GaussianBlur(noise, (0, 0), sigma)
    return (field - field.min()) / np.ptp(field)


def disc(shape: tuple[int, int], share: float = 0.46) -> np.ndarray:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    middle = (np.array(shape) - 1) / 2
    return np.hypot(rows - middle[0], columns - middle[1]) < share * min(shape)


def turn(angle_deg: float, scale: float = 1.0, shift=(0.0, 0.0)) -> np.ndarray:
    c, s = scale * np.cos(np.deg2rad(angle_deg)), scale * np.sin(np.deg2rad(angle_deg))
    return np.array([[c, -s, shift[0]], [s, c, shift[1]], [0, 0, 1]])


def made_pair(seed: int, side: int = 160, angle_deg: float = 20.0) -> SectionPair:
    """25 µm pixels; the second image is turned about its middle and its gray is folded."""
    first = smooth_field((side, side), 3.0, seed)
    middle = np.eye(3)
    middle[:2, 2] = (side - 1) / 2
    matrix = middle @ turn(angle_deg) @ np.linalg.inv(middle)
    back = np.linalg.inv(matrix)
    swapped = back[:2][::-1][:, [1, 0, 2]]
    field = cv2.warpAffine(first, swapped, (side, side), flags=cv2.WARP_INVERSE_MAP | 1)
    mask = disc((side, side))
    images = (first, np.sin(3 * field) ** 2)
    grays = [np.where(mask, 20 + 230 * image, 0).astype(np.uint8) for image in images]
    atlas = AffineAtlas(np.array([[0, 0, 1000.0 * seed], [25, 0, 0], [0, 25, 0]]))
    return SectionPair(
        f"made {seed}",
        seed,
        PairedImage(grays[0], 25.0, "nissl", mask),
        PairedImage(grays[1], 25.0, "autofluorescence", mask),
        AffinePixels(matrix),
        "made",
        atlas,
    )
