"""Parts of sections: how far from its place does a cropped, turned plate in other contrast land?

Real plates, SIMULATED damage: a window of half to all of each side, turned by up to 25°, its
contrast changed. The reference is the affine alignment of the whole, untouched plate to the next
plate, so that errors below that alignment's own can't be told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.registration.elastix_transfer import affine_map
from benchmarks.registration.transfer import centred, nissl
from benchmarks.report.table import Table
from benchmarks.shared import elastix
from benchmarks.shared.damage import inverted_tissue, stitched
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.registration.alignment.align import align
from brainseek.registration.alignment.alignment import Target
from brainseek.registration.alignment.picture import xy_matrix
from brainseek.registration.alignment.target import target_from_plate

Matrix = NDArray[np.float64]

SMALLEST, WIDEST_DEG = 0.5, 25.0
TISSUE = 40
EXTENT = 1.1
NEAR_UM = 500.0
CONTRASTS = ("as it is", "tissue inverted", "stitched", "faint and noisy")


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a plate as a section.

    Attributes
    ----------
    section : Section
    target : Target
        The next plate.
    truth : ndarray, (2, 3)
        Map of section pixels to target pixels.
    contrast : str
        One of `CONTRASTS`.
    """

    section: Section
    target: Target
    truth: Matrix
    contrast: str


def part_of_plate(plate: int, seed: int) -> Part:
    """Cut a random part out of a plate; seeded by plate and ``seed``."""
    rng = np.random.default_rng((seed, plate))
    atlas = nissl()
    image = np.asarray(atlas.plate_image(plate), np.uint8)
    target = target_from_plate(atlas, plate + 1)
    whole = align(section_from_array(image), target, nonlinear=False, upside_down=False)
    rows, columns = np.nonzero(image > TISSUE)
    centre = np.array([rng.uniform(*np.percentile(x, (30, 70))) for x in (rows, columns)])
    sides = np.array([np.ptp(np.percentile(x, (1, 99))) for x in (rows, columns)]) * EXTENT
    zoom = rng.uniform(0.7, 1.4)
    shape = (sides * rng.uniform(SMALLEST, 1.0, 2) * zoom).astype(int)
    t = np.deg2rad(rng.uniform(-WIDEST_DEG, WIDEST_DEG))
    linear = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) / zoom
    shift = centre - linear @ ((shape - 1) / 2)
    xy = xy_matrix(np.column_stack([linear, shift]))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = int(shape[1]), int(shape[0])
    seen = np.asarray(cv2.warpAffine(image, xy, size, flags=flags), np.uint8)
    contrast = CONTRASTS[int(rng.integers(len(CONTRASTS)))]
    full = whole.warp.matrix
    truth = np.column_stack([full[:, :2] @ linear, full[:, :2] @ shift + full[:, 2]])
    return Part(section_from_array(_changed(seen, contrast, rng)), target, truth, contrast)


def error_um(part: Part, points_to_target: Callable[[Matrix], Matrix]) -> float:
    """Mean distance from the reference over the section's tissue, in atlas µm."""
    points = np.argwhere(part.section.gray() * 255 > TISSUE)[::97].astype(float)
    truth = points @ part.truth[:, :2].T + part.truth[:, 2]
    away = np.linalg.norm(points_to_target(points) - truth, axis=1)
    return float(away.mean() * part.target.pixel_size_um)


def _elastix(part: Part) -> float:
    matrix = affine_map(part.section, part.target)
    return error_um(part, lambda points: points @ matrix[:, :2].T + matrix[:, 2])


PLACERS: dict[str, Callable[[Part], float]] = {
    "affine, started by learned features": lambda part: error_um(
        part, align(part.section, part.target, nonlinear=False).to_target
    ),
    "affine, started at the image centres": lambda part: error_um(
        part,
        align(
            part.section,
            part.target,
            nonlinear=False,
            initial=centred(part.section, part.target),
        ).to_target,
    ),
    "elastix affine, its own start": _elastix,
}
"""Ways of placing a part; each returns its error in µm."""


def placed_parts(
    plates: Sequence[int], seeds: Sequence[int], placers: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Errors in µm of every placer, (plates times seeds,)."""
    parts = [part_of_plate(plate, seed) for plate in plates for seed in seeds]
    return {name: np.array([PLACERS[name](part) for part in parts]) for name in placers}


def parts_table(plates: Sequence[int], seeds: Sequence[int]) -> Table:
    """Measure all placers."""
    names = [name for name in PLACERS if "elastix" not in name or elastix.is_installed()]
    lines = []
    for name, errors in placed_parts(plates, seeds, names).items():
        lines.append(
            (
                name,
                str(len(errors)),
                f"{np.median(errors):,.0f}",
                f"{np.percentile(errors, 90):,.0f}",
                f"{np.mean(errors < NEAR_UM):.0%}",
            )
        )
    notes = (
        "Real plates outside those that chose settings, SIMULATED damage: a window of 50 to 100 % "
        f"of each side, turned by up to {WIDEST_DEG:.0f}°, as it is, tissue inverted, stitched or "
        "faint and noisy. Pixel sizes are not given. Reference: the affine alignment of the whole, "
        "untouched plate to the same target. The encoder has seen these plates in training.",
    )
    columns = ("method", "n", "median µm", "90 % µm", f"within {NEAR_UM:.0f} µm")
    return Table("Parts of mouse Nissl plates on the next plate", columns, tuple(lines), notes)


def _changed(
    image: NDArray[np.uint8], contrast: str, rng: np.random.Generator
) -> NDArray[np.uint8]:
    if contrast == "tissue inverted":
        return inverted_tissue(image)
    if contrast == "stitched":
        return stitched(image, rng)
    if contrast == "faint and noisy":
        noise = rng.normal(0, 12, image.shape) * (image > TISSUE / 2)
        return np.clip(255 * np.sqrt(image / 255) + noise, 0, 255).astype(np.uint8)
    return image
