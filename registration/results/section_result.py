"""What one section of a run came to, without its pixels, so that hundreds fit into memory."""

from dataclasses import dataclass
from typing import Any, Literal

from brainseek.registration.alignment.alignment import Quality
from brainseek.registration.alignment.hemisphere import Hemisphere
from brainseek.registration.exports.quicknii import Slice

CutPlane = tuple[float, float, float]
"""Position (µm), pitch and yaw (degrees), as in `catalog.volumes.volume.Volume.cut`."""


@dataclass(frozen=True)
class SectionPlace:
    """Where in the atlas a section belongs and how it lies, before it is aligned.

    Attributes
    ----------
    source : {"given", "alone", "series"}
        Whether it was given, or found from this section or the whole series.
    plate : int or None
        The plate, or the one nearest to ``plane`` where that is known.
    plane : (position_um, pitch_deg, yaw_deg) or None
        Where to cut the atlas' volume; None where the plate is used.
    confidence, none_of_these : float or None
        How sure the identification was; None when it was given.
    turned_deg : int or None
        180 where the section lies upside down, else 0; None where nobody knows.
    mirrored : bool
        Left and right are exchanged.
    """

    source: Literal["given", "alone", "series"]
    plate: int | None
    plane: CutPlane | None
    confidence: float | None = None
    none_of_these: float | None = None
    turned_deg: int | None = None
    mirrored: bool = False

    @property
    def tilt_deg(self) -> tuple[float, float] | None:
        """Pitch and yaw of the cut that is used, in degrees; None for a plate."""
        return None if self.plane is None else self.plane[1:]


@dataclass(frozen=True)
class RegisteredSection:
    """A section with its place in the atlas.

    Attributes
    ----------
    place : SectionPlace
        Where it was put before it was aligned.
    plate : int or None
        Plate it was aligned to; None for a cut of the volume.
    hemisphere : {"both", "left", "right"}
        The half of the atlas that it was aligned to.
    centre_um : tuple of three floats
        Middle of the image in the atlas.
    method : str
        "affine" or "affine+bspline".
    labels : str or None
        Where the labels come from, as words; None where there are none.
    features : str
        Identity of the encoder whose features found the start and give the similarity.
    quality : Quality
        Of the alignment.
    seconds : float
        Time of the alignment.
    pixel_size_um, estimated_pixel_size_um : float or None
        Side of a pixel of the file in µm: as the file or the user states it, or else guessed
        from the size of the tissue in the atlas.
    versions : tuple of (str, str)
        Programs that took part.
    slice : Slice or None
        For QuickNII; None outside CCF space.
    picture : bytes
        JPEG of the section with its regions.
    """

    place: SectionPlace
    plate: int | None
    hemisphere: Hemisphere
    centre_um: tuple[float, float, float]
    method: str
    labels: str | None
    features: str
    quality: Quality
    seconds: float
    pixel_size_um: float | None
    estimated_pixel_size_um: float | None
    versions: tuple[tuple[str, str], ...]
    slice: Slice | None
    picture: bytes


@dataclass(frozen=True)
class SectionResult:
    """One file of a run.

    Attributes
    ----------
    file : str
        The input.
    number : int
        Place in the series, from 1.
    registered : RegisteredSection or None
        None when there is an error.
    notes : tuple of str
        Sentences the user should read.
    files : tuple of str
        Names of the files about it.
    error : str or None
        Why it could not be registered.
    """

    file: str
    number: int
    registered: RegisteredSection | None = None
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Dictionary for JSON; a section that was not registered has only its error."""
        found = self.registered
        if found is None:
            return {"file": self.file, "error": self.error}
        return {
            "file": self.file,
            "number": self.number,
            "plate": found.plate,
            "plate_from": found.place.source,
            "confidence": found.place.confidence,
            "none_of_these": found.place.none_of_these,
            "centre_um": found.centre_um,
            "method": found.method,
            "similarity": found.quality.similarity,
            "tissue_overlap": found.quality.tissue_overlap,
            "folding": found.quality.folding,
            "trusted": found.quality.trusted,
            "warning": found.quality.warning,
            "seconds": found.seconds,
            "pixel_size_um": found.pixel_size_um,
            "estimated_pixel_size_um": found.estimated_pixel_size_um,
            "notes": self.notes,
            "files": self.files,
            "versions": dict(found.versions),
        }
