"""itk-elastix with its default maps and its own start (baseline): labels carried, maps found."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.registration.alignment.alignment import Target
from brainseek.registration.alignment.picture import Picture, full_matrix, picture, xy_matrix

SIDE = 256


def transferred(section: Section, target: Target) -> NDArray[np.int32]:
    """Register with elastix' default ``affine`` and ``bspline`` maps and carry the labels.

    Both pictures are shrunk to 256 pixels, as for our own registration. Elastix starts with the
    geometric centres on each other (AutomaticTransformInitialization), without masks.

    Returns
    -------
    ndarray, (height, width), int32
        Labels on the section's pixels; all 0 where elastix gave up.
    """
    import itk

    fixed, moving = _pictures(section, target)
    rows, columns = moving.gray.shape
    small = cv2.resize(
        target.labels.astype(np.float64), (columns, rows), interpolation=cv2.INTER_NEAREST
    )
    ids, numbers = np.unique(small, return_inverse=True)
    height, width = section.image.shape[:2]
    try:
        found = _registered(fixed, moving, ("affine", "bspline"))
        for i in range(found.GetNumberOfParameterMaps()):
            found.SetParameter(i, "FinalBSplineInterpolationOrder", "0")
        carried = itk.transformix_filter(
            itk.image_view_from_array(numbers.reshape(small.shape).astype(np.float32)), found
        )
    except RuntimeError:
        return np.zeros((height, width), np.int32)
    index = np.clip(np.rint(np.asarray(carried)), 0, len(ids) - 1).astype(np.int64)
    labels = ids[index].astype(np.float64)
    return cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.int32)


def affine_map(section: Section, target: Target) -> NDArray[np.float64]:
    """Register with elastix' default ``affine`` map.

    Returns
    -------
    ndarray, (2, 3)
        Map of section pixels (row, column) to target pixels; the centres of the two pictures on
        each other, where elastix gave up.
    """
    fixed, moving = _pictures(section, target)
    try:
        found = _registered(fixed, moving, ("affine",))
    except RuntimeError:
        gap = (np.array(moving.gray.shape) - np.array(fixed.gray.shape)) / 2
        return full_matrix(np.column_stack([np.eye(2), gap]), fixed, moving)
    numbers = np.array([float(x) for x in found.GetParameter(0, "TransformParameters")])
    centre = np.array([float(x) for x in found.GetParameter(0, "CenterOfRotationPoint")])
    linear = numbers[:4].reshape(2, 2)
    shift = numbers[4:] + centre - linear @ centre
    xy = np.column_stack([linear, shift])
    return full_matrix(xy_matrix(xy), fixed, moving)


def _pictures(section: Section, target: Target) -> tuple[Picture, Picture]:
    fixed, moving = (picture(image, SIDE, None, "it") for image in (section.image, target.image))
    return fixed, moving


def _registered(fixed: Picture, moving: Picture, maps: tuple[str, ...]) -> Any:
    """Transform parameters of a registration with elastix' default maps."""
    import itk

    parameters = itk.ParameterObject.New()
    for name in maps:
        settings = parameters.GetDefaultParameterMap(name)
        settings["AutomaticTransformInitialization"] = ["true"]
        parameters.AddParameterMap(settings)
    _, found = itk.elastix_registration_method(
        itk.image_view_from_array(np.ascontiguousarray(fixed.gray * 255)),
        itk.image_view_from_array(np.ascontiguousarray(moving.gray * 255)),
        parameter_object=parameters,
        log_to_console=False,
    )
    return found
