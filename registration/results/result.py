"""What registering one file came to."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment
    from brainseek.registration.alignment.hemisphere import Hemisphere
    from brainseek.registration.plates.identification import Identification


@dataclass(frozen=True, eq=False)
class SectionResult:
    """One section: its alignment and the files about it, or why there are none.

    Attributes
    ----------
    file : str
        The input.
    stem : str
        First part of the names of its output files.
    number : int
        Place in the series, from 1.
    full_shape : (height, width) or None
        Size of the input in pixels; None when it could not be read.
    plate_from : {"given", "alone", "series"}
        Whether the plate or plane was given, or found from this section or the whole series.
    identification : Identification or None
        What was found from this section alone.
    confidence : float or None
        Probability of the plate; None when it was given.
    alignment : Alignment or None
        None when there is an error.
    tilt_deg : (pitch, yaw) or None
        Angles of the cut of the atlas' volume that it was aligned to, in degrees as in
        `brainseek.catalog.volumes.volume.Volume.cut`; None for a plate.
    hemisphere : {"both", "left", "right"}
        The half of the atlas that it was aligned to.
    features : str
        Identity of the encoder whose features were compared.
    pixel_size_um : float or None
        Side of a pixel of the input in µm as stated by the file or the user.
    estimated_pixel_size_um : float or None
        The same, from the size of the tissue in the atlas, where none was stated.
    notes : tuple of str
        Sentences the user should read.
    files : tuple of Path
        What was written.
    error : str or None
        Why the section could not be registered.
    """

    file: str
    stem: str
    number: int
    full_shape: tuple[int, int] | None = None
    plate_from: Literal["given", "alone", "series"] = "given"
    identification: "Identification | None" = None
    confidence: float | None = None
    alignment: "Alignment | None" = None
    tilt_deg: tuple[float, float] | None = None
    hemisphere: "Hemisphere" = "both"
    features: str = ""
    pixel_size_um: float | None = None
    estimated_pixel_size_um: float | None = None
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    error: str | None = None

    @property
    def warning(self) -> str | None:
        """Why the alignment should not be trusted, or None."""
        return None if self.alignment is None else self.alignment.quality.warning
