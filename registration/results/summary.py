"""The little that is kept of every section for the files about all of them."""

import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.registration.alignment.hemisphere import Hemisphere
from brainseek.registration.exports.quicknii import Slice, in_ccf, quicknii_slice
from brainseek.registration.results.result import SectionResult

PICTURE_SIDE = 640
_JPEG_QUALITY = 82
_FOR_THE_METHODS = ("tilt_deg", "hemisphere", "labels", "features")


@dataclass(frozen=True)
class SectionSummary:
    """One section without its pixels and fields, so that hundreds fit into memory.

    Attributes
    ----------
    file : str
        The input.
    number : int
        Place in the series, from 1.
    error : str or None
        Why it was not registered; everything below is then empty.
    plate : int or None
        Plate it was aligned to.
    plate_from : str
        "given", "alone" or "series"; see `brainseek.registration.results.result.SectionResult`.
    confidence, none_of_these : float or None
        How sure the identification was; None when plate or plane was given.
    centre_um : tuple of three floats, or None
        Middle of the image in the atlas.
    method : str
        "affine" or "affine+bspline".
    tilt_deg : (pitch, yaw) or None
        Angles of the cut it was aligned to, in degrees; None for a plate.
    hemisphere : str
        "both", or the half of the atlas that it was aligned to.
    labels : str or None
        Where the labels come from, as words; None where there are none.
    features : str
        Identity of the encoder whose features found the start and give the similarity.
    similarity, tissue_overlap, folding : float or None
        Quality of the alignment.
    trusted : bool
        False when the alignment should not be used without a look.
    warning : str or None
        Why not.
    seconds : float or None
        Time of the alignment.
    pixel_size_um, estimated_pixel_size_um : float or None
        Of the file: stated, or guessed from the tissue.
    notes, files : tuple of str
        Remarks, and names of the files about it.
    versions : tuple of (str, str)
        Programs that took part.
    slice : Slice or None
        For QuickNII; None outside CCF space.
    picture : bytes
        JPEG of the section with its regions.
    """

    file: str
    number: int
    error: str | None = None
    plate: int | None = None
    plate_from: str = "given"
    confidence: float | None = None
    none_of_these: float | None = None
    centre_um: tuple[float, float, float] | None = None
    method: str = ""
    tilt_deg: tuple[float, float] | None = None
    hemisphere: Hemisphere = "both"
    labels: str | None = None
    features: str = ""
    similarity: float | None = None
    tissue_overlap: float | None = None
    folding: float | None = None
    trusted: bool = False
    warning: str | None = None
    seconds: float | None = None
    pixel_size_um: float | None = None
    estimated_pixel_size_um: float | None = None
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    slice: Slice | None = None
    picture: bytes = b""

    def to_dict(self) -> dict[str, Any]:
        """Dictionary for JSON; a section that was not registered has only its error."""
        if self.error is not None:
            return {"file": self.file, "error": self.error}
        left_out = {"error", "picture", "slice", "versions", *_FOR_THE_METHODS}
        content = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in left_out
        }
        return {**content, "versions": dict(self.versions)}


def summary(result: SectionResult, atlas: Atlas) -> SectionSummary:
    """Return what is kept of a section.

    Parameters
    ----------
    result : SectionResult
        After its files were written.
    atlas : Atlas
        The atlas it was aligned to.
    """
    alignment, full = result.alignment, result.full_shape
    if alignment is None or full is None:
        return SectionSummary(result.file, result.number, error=result.error)
    quality, known = alignment.quality, result.identification
    name = Path(result.file).name
    return SectionSummary(
        file=result.file,
        number=result.number,
        plate=alignment.target.plate,
        plate_from=result.plate_from,
        confidence=result.confidence,
        none_of_these=None if known is None else known.none_of_these,
        centre_um=alignment.plane.point(0.5, 0.5),
        method=alignment.method,
        tilt_deg=result.tilt_deg,
        hemisphere=result.hemisphere,
        labels=_labels(result, atlas),
        features=result.features,
        similarity=quality.similarity,
        tissue_overlap=quality.tissue_overlap,
        folding=quality.folding,
        trusted=quality.trusted,
        warning=quality.warning,
        seconds=alignment.seconds,
        pixel_size_um=result.pixel_size_um,
        estimated_pixel_size_um=result.estimated_pixel_size_um,
        notes=result.notes,
        files=tuple(path.name for path in result.files),
        versions=tuple(sorted(alignment.versions.items())),
        slice=quicknii_slice(alignment, name, result.number, full) if in_ccf(atlas) else None,
        picture=_picture(result, atlas),
    )


def _labels(result: SectionResult, atlas: Atlas) -> str | None:
    """Say where the labels of a section come from."""
    assert result.alignment is not None
    target = result.alignment.target
    if not target.labels.any():
        return None
    if target.plate is None:
        return f"cut from the annotation volume of {atlas.name}"
    source = f"the annotation '{atlas.checked_source(None)}' of the plates"
    if result.hemisphere == "right" or atlas.midline(target.plate) is None:
        return source
    return f"{source}, drawn on one half and mirrored to the other"


def _picture(result: SectionResult, atlas: Atlas) -> bytes:
    """Return a small JPEG of the section with its regions."""
    from PIL import Image

    from brainseek.registration.exports.overlay import painted

    assert result.alignment is not None
    labels = np.asarray(result.alignment.labels())
    pixels = painted(result.alignment.section, labels, atlas.structures, PICTURE_SIDE)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
