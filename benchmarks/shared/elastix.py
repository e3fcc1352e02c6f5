"""The baseline without learning: affine registration to every plate by mutual information.

Registration is itk-elastix with its default ``affine`` parameter map (Mattes mutual information,
four resolutions of 256 steps). Sections and plates are cropped to their tissue and centred in a
square first, which gives the registration a good start. Plates are then ranked by the mutual
information of the section and the warped plate over the whole picture.
"""

import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections.section import Section
from brainseek.embedder.preprocessing.section_gray import Preprocessing

SIDE = 256
SPACING = 12
BINS = 32
N_PLATES = 132
INSTALL = 'pip install "brainseek[bench]"'

Picture = NDArray[np.uint8]


def is_installed() -> bool:
    """Whether itk-elastix is on this machine."""
    try:
        version("itk-elastix")
    except PackageNotFoundError:
        return False
    return True


def square(image: NDArray[np.generic]) -> Picture:
    """Tissue of an image in the middle of a square of 256 pixels, gray, dark background."""
    return Preprocessing(size=SIDE, clahe_clip=0.0).square(image, SIDE)


def mutual_information(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """Mutual information of two pictures of one shape in nats, 32 × 32 bins.

    Source: Σ p(a, b) log (p(a, b) / (p(a) p(b))).
    """
    values = [picture.ravel().astype(np.float64) for picture in (first, second)]
    counts = np.histogram2d(values[0], values[1], bins=BINS)[0]
    joint = counts / counts.sum()
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    here = joint > 0
    return float((joint[here] * np.log(joint[here] / independent[here])).sum())


def register(fixed: Picture, moving: Picture) -> float:
    """Warp ``moving`` onto ``fixed`` and return their mutual information; −inf if it fails."""
    import itk

    parameters = itk.ParameterObject.New()
    parameters.AddParameterMap(parameters.GetDefaultParameterMap("affine"))
    try:
        warped, _ = itk.elastix_registration_method(
            itk.image_view_from_array(fixed.astype(np.float32)),
            itk.image_view_from_array(moving.astype(np.float32)),
            parameter_object=parameters,
            log_to_console=False,
        )
    except RuntimeError:
        return float("-inf")
    return mutual_information(fixed, np.clip(np.asarray(warped), 0, 255))


def subset(truth: int, spacing: int = SPACING) -> NDArray[np.int64]:
    """The true plate and every ``spacing``-th before and after it, in order."""
    return np.arange((truth - 1) % spacing + 1, N_PLATES + 1, spacing, dtype=np.int64)


@dataclass(frozen=True)
class Trial:
    """One section registered to a subset of the plates.

    Attributes
    ----------
    truth : int
        True plate.
    plates : ndarray, (n,), int64
        The subset.
    scores : ndarray, (n,), float64
        Mutual information; −inf where the registration failed.
    seconds : ndarray, (n,), float64
        Wall time of each registration.
    """

    truth: int
    plates: NDArray[np.int64]
    scores: NDArray[np.float64]
    seconds: NDArray[np.float64]

    @property
    def rank(self) -> int:
        """Rank of the true plate in the subset, from 0; ties count against it."""
        return int((self.scores >= self.scores[self.plates == self.truth]).sum()) - 1


def warm_up() -> None:
    """Load itk, so that the first registration is not slower than the others."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (64, 64), np.uint8)
    register(noise, noise)


def trial(section: Section, truth: int, spacing: int = SPACING) -> Trial:
    """Register one section to its subset of plates of the mouse Nissl atlas."""
    atlas = load_atlas("mouse-nissl")
    fixed = square(section.image)
    plates = subset(truth, spacing)
    scores, seconds = [], []
    for plate in plates:
        moving = square(atlas.plate_image(int(plate)))
        start = time.perf_counter()
        scores.append(register(fixed, moving))
        seconds.append(time.perf_counter() - start)
    return Trial(truth, plates, np.array(scores), np.array(seconds))


def spread(truths: NDArray[np.int64], count: int) -> list[int]:
    """Indices of ``count`` sections spread evenly over the series of plates."""
    by_plate = np.argsort(truths, kind="stable")
    count = min(count, len(truths))
    return [int(by_plate[int((i + 0.5) * len(truths) / count)]) for i in range(count)]
