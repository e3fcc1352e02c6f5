"""Realistic sections with a known place, cut from the MNI152 volume that ships along."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, section_from_array

if TYPE_CHECKING:
    from brainseek.registration.plates.identification import Identification

ATLAS = "mni152"
PIXEL_SIZE_UM = 500.0
TILT_SD_DEG, TILT_LIMIT_DEG = 5.0, 12.0

Image = NDArray[np.float32]


@dataclass(frozen=True)
class DemoSection:
    """A section and the plane where it was cut.

    Attributes
    ----------
    section : Section
        uint8 at 500 µm.
    true_position_um : float
        MNI y of the plane at the centre of the volume, about which it is tilted.
    true_tilt_deg : (pitch, yaw)
        As in `brainseek.catalog.volumes.volume.Volume.cut`.
    """

    section: Section
    true_position_um: float
    true_tilt_deg: tuple[float, float]


@dataclass(frozen=True)
class DemoAnswer:
    """What identification said of a demo section.

    Attributes
    ----------
    demo : DemoSection
    identification : Identification
    """

    demo: DemoSection
    identification: "Identification"

    @property
    def error_um(self) -> float:
        """Distance between the best candidate and the truth along MNI y, in µm."""
        return abs(self.identification.candidates[0].position_um - self.demo.true_position_um)


def demo_sections(
    n: int, seed: int = 0, *, worn: bool = True, tilt_limit_deg: float = TILT_LIMIT_DEG
) -> list[DemoSection]:
    """Cut sections from the MNI152 T1 volume and damage them as a bench would.

    Each is tilted about both axes (normal, sd 5°, at most 12°), turned by up to 15° and shifted
    in the picture, and changed in contrast; some lack tissue, have swapped grey and white
    matter or lie on a bright background; all are lit unevenly, blurred and noisy. The same
    ``n`` and ``seed`` give the same sections, and a larger ``n`` goes on from a smaller one.

    Parameters
    ----------
    n : int
        How many; at least 1.
    seed : int
        Where the random numbers start; at least 0.
    worn : bool
        Damage them; else they are as they were cut, float32 in 0..1.
    tilt_limit_deg : float
        Largest tilt about an axis.

    Raises
    ------
    BrainseekError
        ``n`` or ``seed`` is out of range.
    """
    if n < 1:
        raise BrainseekError(f"{n} demo sections can't be made; ask for at least 1.")
    if seed < 0:
        raise BrainseekError(f"the seed {seed} is negative; give 0 or more.")
    atlas = load_atlas(ATLAS)
    volume = atlas.volume
    assert volume is not None
    lowest, highest = float(atlas.positions_um.min()), float(atlas.positions_um.max())
    made = []
    for number in range(n):
        rng = np.random.default_rng((seed, number))
        position_um = float(rng.uniform(lowest, highest))
        pitch, yaw = np.clip(rng.normal(0, TILT_SD_DEG, 2), -tilt_limit_deg, tilt_limit_deg)
        tilt_deg = float(pitch), float(yaw)
        cut = volume.cut(position_um, tilt_deg, pixel_size_um=PIXEL_SIZE_UM)
        section = section_from_array(
            _worn(cut, rng) if worn else cut / np.float32(255),
            pixel_size_um=PIXEL_SIZE_UM,
            stain="T1-weighted",
            specimen="MNI152",
            source_uri=f"demo-seed{seed}-{number:03d}",
        )
        made.append(DemoSection(section, position_um, tilt_deg))
    return made


def run_demo(n: int, seed: int = 0, k: int = 5, encoder: str | None = None) -> list[DemoAnswer]:
    """Cut ``n`` demo sections and identify them on the ``mni152`` plates.

    Raises
    ------
    BrainseekError
        An argument is out of range, or the encoder is unknown.
    """
    from brainseek.registration.plates.identify import identify

    made = demo_sections(n, seed)
    found = identify([one.section for one in made], atlas=ATLAS, k=k, encoder=encoder)
    return [DemoAnswer(one, answer) for one, answer in zip(made, found, strict=True)]


def summary(found: Sequence[DemoAnswer]) -> tuple[float, float]:
    """Return the median and the largest error in µm."""
    errors = [one.error_um for one in found]
    return float(np.median(errors)), max(errors)


def _worn(image: Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Damage a clean cut (values in 0..255, background 0) and return it as uint8."""
    image = image / np.float32(255)
    tissue = _tissue(image)
    image = _new_contrast(image, tissue, rng)
    if rng.random() < 0.5:
        image = image * _kept_part(tissue, rng)
    image = _unevenly_lit(image, rng)
    image = _moved(image, rng)
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.8)), np.float32)
    if rng.random() < 0.25:
        image = (1 - 0.8 * image) * rng.uniform(0.85, 0.98)
    image = image + rng.normal(0, rng.uniform(0.01, 0.06), image.shape).astype(np.float32)
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _tissue(image: Image) -> Image:
    """Return a soft mask of the brain, 0..1, with filled ventricles."""
    mask = cv2.morphologyEx(
        (image > 0.08).astype(np.uint8),
        cv2.MORPH_CLOSE,
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15)),
    )
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0), np.float32)


def _new_contrast(image: Image, tissue: Image, rng: np.random.Generator) -> Image:
    """Bend the grey values; in a quarter of the sections bright tissue becomes dark."""
    image = np.clip(image, 0, 1) ** rng.uniform(0.6, 1.7)
    if rng.random() < 0.25:
        image = tissue * (1.05 - 0.8 * image)
    return image * np.float32(rng.uniform(0.6, 1.0))


def _kept_part(tissue: Image, rng: np.random.Generator) -> Image:
    """Return a mask that drops what lies beyond a ragged line: 5 to 40 % of the tissue."""
    rows, columns = np.indices(tissue.shape, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = rows * np.sin(angle) + columns * np.cos(angle)
    ragged = cv2.GaussianBlur(rng.normal(0, 1, tissue.shape).astype(np.float32), (0, 0), 6.0)
    along += ragged * (6.0 / max(float(ragged.std()), 1e-6))
    inside = tissue > 0.5
    if not inside.any():
        return np.ones_like(tissue)
    edge = np.quantile(along[inside], 1 - rng.uniform(0.05, 0.4))
    return (along < edge).astype(np.float32)


def _unevenly_lit(image: Image, rng: np.random.Generator) -> Image:
    """Multiply with a smooth field between about 0.7 and 1.3."""
    field = rng.uniform(0.7, 1.3, (3, 3)).astype(np.float32)
    smooth = cv2.resize(field, image.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(image * smooth, np.float32)


def _moved(image: Image, rng: np.random.Generator) -> Image:
    """Turn, scale and shift the section on its slide."""
    rows, columns = image.shape
    turn = cv2.getRotationMatrix2D(
        (columns / 2, rows / 2), rng.uniform(-15, 15), rng.uniform(0.85, 1.05)
    )
    shift = rng.uniform(-0.04, 0.04, 2) * (columns, rows)
    turn = turn + np.column_stack([np.zeros((2, 2)), shift])
    return np.asarray(cv2.warpAffine(image, turn, (columns, rows)), np.float32)
