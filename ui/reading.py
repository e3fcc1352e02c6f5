"""How a visitor's image file is read."""

from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, read_section


@dataclass(frozen=True)
class Reading:
    """What is said of an image file beside its name, by options or in a sidebar.

    Attributes
    ----------
    pixel_size_um : float or None
        Side of a pixel of the file in µm, where the file does not state it.
    slice_index : int or None
        Which plane of a stack.
    axis : {0, 1, 2} or None
        How a NIfTI volume is cut.
    """

    pixel_size_um: float | None = None
    slice_index: int | None = None
    axis: int | None = None

    def section(self, path: Path | str) -> Section:
        """Read a file.

        Raises
        ------
        BrainseekError
            As `brainseek.catalog.sections.section.read_section`.
        """
        return read_section(
            path,
            pixel_size_um=self.pixel_size_um,
            slice_index=self.slice_index,
            axis=self.axis,
        )

    def section_or_why(self, path: Path | str) -> Section | str:
        """Read a file; where it can't be read, return the sentence that says why."""
        try:
            return self.section(path)
        except BrainseekError as error:
            return str(error)
