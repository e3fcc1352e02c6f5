"""The settings of an ingestion."""

import math
from dataclasses import dataclass

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.pixels import MIN_SIDE_PX

DEFAULT_PATCH_UM = 500.0
"""Side of a window when nothing says another one."""


@dataclass(frozen=True)
class EmbedOptions:
    """What is cut out of the files, and what is noted beside it.

    Attributes
    ----------
    patch_um, patch_px : float, int, optional
        Side of the square windows, in µm or in pixels of the file; without either what the
        encoder sees, or 500 µm where it sees images of any scale.
    stride_um, stride_px : float, int, optional
        Step between windows; by default their side.
    whole : bool
        One row for each plane instead of a grid of windows.
    min_tissue : float
        Share of a window that must be tissue, 0 to 1.
    pixel_size_um : float, optional
        Side of a pixel of the files in µm, where they do not state it or state it wrongly.
    axis : {0, 1, 2}, optional
        How NIfTI volumes are cut: sagittal, coronal (the default) or axial.
    every : int
        Take every so many-th plane of volumes and stacks, from the first on.
    atlas : str, optional
        Name of the atlas in whose space the volumes lie; fills positions and structures.
    stain, species, specimen, note : str, optional
        Written into every row.
    modality : str, optional
        Of the tissue, for an encoder of several modalities; written into every row.
    bright_field : bool
        The stain is dark on a bright ground: such an encoder sees it inverted.
    batch : int
        Images that pass the network at once.
    commit_rows : int
        Rows that are written at once.
    workers : int
        Threads that read and prepare images (engine "local"), or encoders (engine "ray").
    limit : int, optional
        Stop after the first so many windows of the plan.
    device : str
        Where the network runs: "auto", "cpu", "cuda", …

    Raises
    ------
    BrainseekError
        A value is impossible, or two of them contradict each other.
    """

    patch_um: float | None = None
    patch_px: int | None = None
    stride_um: float | None = None
    stride_px: int | None = None
    whole: bool = False
    min_tissue: float = 0.5
    pixel_size_um: float | None = None
    axis: int | None = None
    every: int = 1
    atlas: str | None = None
    stain: str | None = None
    species: str | None = None
    specimen: str | None = None
    note: str | None = None
    modality: str | None = None
    bright_field: bool = False
    batch: int = 64
    commit_rows: int = 2048
    workers: int = 2
    limit: int | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        """Refuse impossible values and contradictions."""
        if self.patch_um is not None and self.patch_px is not None:
            raise BrainseekError(
                f"a patch of {self.patch_um:g} µm and of {self.patch_px} pixels was asked for; "
                "give its size once."
            )
        if self.stride_um is not None and self.stride_px is not None:
            raise BrainseekError(
                f"a stride of {self.stride_um:g} µm and of {self.stride_px} pixels was asked for; "
                "give it once."
            )
        sizes = (self.patch_um, self.patch_px, self.stride_um, self.stride_px)
        if self.whole and any(size is not None for size in sizes):
            raise BrainseekError(
                "whole planes have neither patch nor stride; leave out --whole or those sizes."
            )
        if self.bright_field and self.modality is None:
            raise BrainseekError(
                "bright field only matters to encoders of several modalities; name the modality "
                "too, or leave it out."
            )
        if self.patch_px is not None and self.patch_px < MIN_SIDE_PX:
            raise BrainseekError(
                f"a patch of {self.patch_px} pixels is too small; use at least {MIN_SIDE_PX}."
            )
        for name in ("patch_um", "stride_um", "pixel_size_um"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise BrainseekError(
                    f"{name.removesuffix('_um').replace('_', ' ')} {value} µm is impossible; "
                    "give a positive number."
                )
        for name in ("stride_px", "every", "batch", "commit_rows", "workers", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BrainseekError(
                    f"{name.replace('_', ' ')} {value} is impossible; give at least 1."
                )
        if not 0 <= self.min_tissue <= 1:
            raise BrainseekError(
                f"a tissue share of {self.min_tissue} is impossible; give 0 to 1, such as 0.5."
            )
        if self.axis not in (None, 0, 1, 2):
            raise BrainseekError(
                f"axis {self.axis} does not exist; use 0 (sagittal), 1 (coronal) or 2 (axial)."
            )

    def window_px(self, pixel_um: tuple[float, float] | None, what: str) -> tuple[int, int]:
        """Return height and width of a window in pixels of a plane.

        Parameters
        ----------
        pixel_um : (row, column) or None
            Height and width of a pixel of the plane in µm, None when it is not known.
        what : str
            How messages call the plane.

        Raises
        ------
        BrainseekError
            The pixel size is needed and not known, or the window has too few pixels.
        """
        if self.patch_px is not None:
            return self.patch_px, self.patch_px
        side_um = DEFAULT_PATCH_UM if self.patch_um is None else self.patch_um
        height, width = _pixels(side_um, pixel_um, what, "patch")
        if min(height, width) < MIN_SIDE_PX:
            raise BrainseekError(
                f"a patch of {side_um:g} µm has only {width} x {height} pixels of {what}; give a "
                f"--patch-um for which it has at least {MIN_SIDE_PX}."
            )
        return height, width

    def stride(
        self, window: tuple[int, int], pixel_um: tuple[float, float] | None, what: str
    ) -> tuple[int, int]:
        """Return the step between windows in pixels, down and across, at least 1."""
        if self.stride_px is not None:
            return self.stride_px, self.stride_px
        if self.stride_um is None:
            return window
        down, across = _pixels(self.stride_um, pixel_um, what, "stride")
        return max(1, down), max(1, across)


def _pixels(
    length_um: float, pixel_um: tuple[float, float] | None, what: str, which: str
) -> tuple[int, int]:
    if pixel_um is None:
        raise BrainseekError(
            f"{what} does not state its pixel size, so a {which} in µm can't be cut; give "
            f"--pixel-size, or --{which}-px."
        )
    return round(length_um / pixel_um[0]), round(length_um / pixel_um[1])
