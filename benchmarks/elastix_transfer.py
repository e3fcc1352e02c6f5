"""Labels carried by itk-elastix with its default maps and its own start (baseline)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from catalog.section import Section
from registration.alignment import Target
from registration.masks import picture

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

    fixed, moving = (picture(image, SIDE, None, "it") for image in (section.image, target.image))
    rows, columns = moving.gray.shape
    small = cv2.resize(
        target.labels.astype(np.float64), (columns, rows), interpolation=cv2.INTER_NEAREST
    )
    ids, numbers = np.unique(small, return_inverse=True)
    parameters = itk.ParameterObject.New()
    for name in ("affine", "bspline"):
        settings = parameters.GetDefaultParameterMap(name)
        settings["AutomaticTransformInitialization"] = ["true"]
        parameters.AddParameterMap(settings)
    height, width = section.image.shape[:2]
    try:
        _, found = itk.elastix_registration_method(
            itk.image_view_from_array(np.ascontiguousarray(fixed.gray * 255)),
            itk.image_view_from_array(np.ascontiguousarray(moving.gray * 255)),
            parameter_object=parameters,
            log_to_console=False,
        )
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
