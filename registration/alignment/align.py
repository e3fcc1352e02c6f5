"""Register a section to a plate or plane: affine, then a B-spline, by mutual information."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.registration.alignment.alignment import Alignment, Target
from brainseek.registration.alignment.initial_affine import find_initial_affine
from brainseek.registration.alignment.picture import (
    Picture,
    full_matrix,
    grown,
    low_matrix,
    picture,
    xy_matrix,
)
from brainseek.registration.alignment.quality import judge
from brainseek.registration.alignment.warp import Warp, unfolded

INSTALL = 'pip install "brainseek[registration]"'
_LINE_SEARCH = 6

DEFAULT_FEATURES = "plates-mouse-nissl"
"""Compares sections of atlases that no encoder was released for: it has seen most stains."""


@dataclass(frozen=True)
class AlignSettings:
    """AlignSettings of the registration; lengths are shares of the section's longer side.

    Attributes
    ----------
    side : int
        Longest side of the pictures that are registered, in pixels.
    bins : int
        Bins of the Mattes mutual information.
    affine_steps, bspline_steps : int
        Most steps per resolution.
    spacing : float
        Distance of the B-spline's nodes at the finest resolution, as a share of the square root
        of the target's tissue area (0.11 is about 0.8 mm in the middle of a mouse brain).
    margin : float
        How far beyond the section's tissue pixels are compared.
    """

    side: int = 256
    bins: int = 32
    affine_steps: int = 100
    bspline_steps: int = 20
    spacing: float = 0.11
    margin: float = 0.03


def align(
    section: Section,
    target: Target,
    *,
    nonlinear: bool = True,
    mask: NDArray[np.bool_] | None = None,
    initial: NDArray[np.float64] | None = None,
    settings: AlignSettings | None = None,
    encoder: PlateEncoder | None = None,
    upside_down: bool | None = None,
) -> Alignment:
    """Register a section to a target.

    The section is the fixed image, so that the target's labels are pulled onto it without an
    inversion. Only pixels in and near the section's tissue are compared, so tissue that is
    missing from the section pulls nothing.

    Parameters
    ----------
    section : Section
    target : Target
    nonlinear : bool
        Follow the affine registration with a B-spline.
    mask : ndarray of bool, (height, width), optional
        Tissue of the section; by default ``section.tissue_mask``, or else it is found.
    initial : ndarray, (2, 3), optional
        Affine map of section pixels to target pixels, both (row, column), to begin with; by
        default found by `brainseek.registration.alignment.initial_affine.find_initial_affine`.
    settings : AlignSettings, optional
    encoder : PlateEncoder, optional
        Whose features find the start; by default the one released for the atlas, or else for
        the mouse.
    upside_down : bool, optional
        Whether the section is turned by 180°, where that is known; by default both are tried.

    Returns
    -------
    Alignment

    Raises
    ------
    BrainseekError
        When SimpleITK is not installed, or section or target hold hardly any tissue.

    Notes
    -----
    Mattes et al., "PET-CT image registration in the chest using free-form deformations", 2003;
    Rueckert et al., "Nonrigid registration using free-form deformations", 1999.
    """
    began = time.perf_counter()
    settings = settings or AlignSettings()
    versions = _versions()
    mask = section.tissue_mask if mask is None else mask
    fixed = picture(section.image, settings.side, mask, _name(section))
    moving = picture(target.image, settings.side, None, _target_name(target))
    encoder = encoder or comparing_encoder(target.atlas)
    if initial is None:
        ratio = None
        if section.pixel_size_um:
            ratio = section.pixel_size_um / target.pixel_size_um
        initial = find_initial_affine(fixed, moving, encoder, ratio, upside_down)
    low = low_matrix(initial, fixed, moving)
    stage = _Stage(fixed, moving, settings)
    low = stage.affine(low)
    matrix = full_matrix(low, fixed, moving)
    shape = section.image.shape[0], section.image.shape[1]
    warp = Warp(matrix, None, shape)
    if nonlinear:
        extent_px = float(np.sqrt(moving.tissue.sum() / abs(np.linalg.det(low[:, :2]))))
        spacing_px = settings.spacing * extent_px
        moved = stage.bspline(low, spacing_px)[..., ::-1] * np.array(fixed.scale)
        field = np.ascontiguousarray(moved, np.float32)
        warp = Warp(matrix, unfolded(field, shape, spacing_px / 4), shape)
    return Alignment(
        section=section,
        target=target,
        warp=warp,
        quality=judge(fixed, moving, warp, encoder),
        seconds=time.perf_counter() - began,
        method="affine+bspline" if nonlinear else "affine",
        versions=versions,
    )


class _Stage:
    """The registrations of one pair of pictures, in their own (x, y) pixels."""

    def __init__(self, fixed: Picture, moving: Picture, settings: AlignSettings) -> None:
        import SimpleITK as sitk

        self.sitk, self.settings = sitk, settings
        self.fixed = sitk.GetImageFromArray(np.sqrt(fixed.gray))
        self.moving = sitk.GetImageFromArray(np.sqrt(moving.gray))
        near = grown(fixed.tissue, settings.margin)
        self.mask = sitk.GetImageFromArray(near.astype(np.uint8))

    def affine(self, low: NDArray[np.float64]) -> NDArray[np.float64]:
        """Improve an affine map (2, 3) of (row, column)."""
        transform = self.sitk.AffineTransform(2)
        xy = xy_matrix(low)
        transform.SetMatrix(xy[:, :2].ravel().tolist())
        transform.SetTranslation(xy[:, 2].tolist())
        method = self._method([4, 2], [2.0, 1.0])
        method.SetOptimizerAsRegularStepGradientDescent(
            learningRate=2.0,
            minStep=0.02,
            numberOfIterations=self.settings.affine_steps,
            relaxationFactor=0.6,
        )
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetInitialTransform(transform, inPlace=True)
        method.Execute(self.fixed, self.moving)
        xy = np.column_stack(
            [np.array(transform.GetMatrix()).reshape(2, 2), transform.GetTranslation()]
        )
        return xy_matrix(xy)

    def bspline(self, low: NDArray[np.float64], spacing_px: float) -> NDArray[np.float64]:
        """Displacement (x, y) in fixed pixels before the affine map, (rows, columns, 2)."""
        affine = self.sitk.AffineTransform(2)
        xy = xy_matrix(low)
        affine.SetMatrix(xy[:, :2].ravel().tolist())
        affine.SetTranslation(xy[:, 2].tolist())
        size = self.fixed.GetSize()
        mesh = [max(2, round(n / spacing_px / 2)) for n in size]
        spline = self.sitk.BSplineTransformInitializer(self.fixed, mesh, order=3)
        method = self._method([4, 2], [2.0, 1.0])
        method.SetMovingInitialTransform(affine)
        method.SetInitialTransformAsBSpline(spline, inPlace=True, scaleFactors=[1, 2])
        method.SetOptimizerAsLBFGS2(
            solutionAccuracy=1e-4,
            numberOfIterations=self.settings.bspline_steps,
            lineSearchMaximumEvaluations=_LINE_SEARCH,
        )
        method.Execute(self.fixed, self.moving)
        field = self.sitk.TransformToDisplacementField(
            spline,
            self.sitk.sitkVectorFloat64,
            size,
            self.fixed.GetOrigin(),
            self.fixed.GetSpacing(),
            self.fixed.GetDirection(),
        )
        return np.asarray(self.sitk.GetArrayFromImage(field))

    def _method(self, shrink: list[int], sigmas: list[float]) -> Any:
        method = self.sitk.ImageRegistrationMethod()
        method.SetMetricAsMattesMutualInformation(self.settings.bins)
        method.SetMetricSamplingStrategy(method.NONE)
        method.SetMetricFixedMask(self.mask)
        method.SetInterpolator(self.sitk.sitkLinear)
        method.SetShrinkFactorsPerLevel(shrink)
        method.SetSmoothingSigmasPerLevel(sigmas)
        method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
        return method


def comparing_encoder(atlas: str, encoder: str | None = None) -> PlateEncoder:
    """Load the encoder whose features compare sections with an atlas.

    Parameters
    ----------
    atlas : str
    encoder : str, optional
        By default the one that the atlas names or that was released for it, or else
        `DEFAULT_FEATURES`.
    """
    from brainseek.embedder.registry import load_encoder
    from brainseek.registration.plates.encoder_choice import released_encoder

    if encoder is None:
        try:
            encoder = released_encoder(atlas)
        except BrainseekError:  # an atlas from a file of one's own is not found by its name
            encoder = None
    return load_encoder(encoder or DEFAULT_FEATURES, kind=PlateEncoder)


def _versions() -> dict[str, str]:
    try:
        return {"SimpleITK": version("SimpleITK"), "numpy": np.__version__}
    except PackageNotFoundError:
        raise BrainseekError(
            f"registration needs SimpleITK, which is not installed; get it with {INSTALL}."
        ) from None


def _name(section: Section) -> str:
    return section.source_uri or "the section"


def _target_name(target: Target) -> str:
    return (
        f"plate {target.plate} of {target.atlas}" if target.plate else f"the cut of {target.atlas}"
    )
