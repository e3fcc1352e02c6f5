"""What can be asked of a registration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.alignment.hemisphere import Hemisphere


@dataclass(frozen=True)
class RegisterSettings:
    """How sections are registered.

    Attributes
    ----------
    atlas : str
        Name of the atlas.
    plate : int or None
        Plate of every section; by default each is identified.
    plane : (position_um, pitch_deg, yaw_deg) or None
        Plane of every section, for atlases with a volume; see `catalog.volumes.volume.Volume.cut`.
    nonlinear : bool
        Follow the affine alignment by a B-spline.
    series : bool
        The files are sections of one brain: their plates are found together.
    locks : mapping of str to int
        Plates of a series that are known, by file name.
    order : {"name", "unknown"}
        Whether the order of a series' files means something.
    spacing_um : float or None
        Distance from section to section of a series, where it is known.
    tilted : bool
        Align the sections of a series to cuts of the atlas' volume at the two angles at which
        the brain was cut, found from the series, instead of to plates.
    pixel_size_um : float or None
        Side of a pixel of the files in µm, where they do not say it.
    encoder : str or None
        Encoder that names the plates and whose features are compared; by default the atlas' own.
    slice_index, axis : int or None
        Which plane of a stack or volume, as in `catalog.read_section`.
    hemisphere : {"both", "left", "right"}
        The half that the sections show, left or right as the atlas shows it; see
        `brainseek.registration.alignment.hemisphere.one_hemisphere`.
    """

    atlas: str = "mouse-nissl"
    plate: int | None = None
    plane: tuple[float, float, float] | None = None
    nonlinear: bool = True
    series: bool = False
    locks: Mapping[str, int] = field(default_factory=dict)
    order: str = "name"
    spacing_um: float | None = None
    tilted: bool = False
    pixel_size_um: float | None = None
    encoder: str | None = None
    slice_index: int | None = None
    axis: int | None = None
    hemisphere: Hemisphere = "both"

    @property
    def at_planes(self) -> bool:
        """Whether sections are aligned to cuts of the atlas' volume, not to its plates."""
        return self.plane is not None or self.tilted

    @property
    def identifies(self) -> bool:
        """Whether places are found, not given."""
        return self.plate is None and self.plane is None

    def check(self) -> None:
        """Refuse settings that contradict each other.

        Raises
        ------
        BrainseekError
            Plate and plane are both given, or what belongs to a series is asked without one.
        """
        if self.plate is not None and self.plane is not None:
            raise BrainseekError("both a plate and a plane were given; choose one of them.")
        if self.series and not self.identifies:
            raise BrainseekError(
                "the sections of a series can't all have one plate or plane; leave series out, or "
                "the plate and plane."
            )
        if self.tilted and not self.series:
            raise BrainseekError(
                "the angles at which a brain was cut are found from a series; add series, or give "
                "one plane."
            )
