"""The tissue behind rows, read again from where it came from."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.index.table.schema import Window


def read_row(row: Mapping[str, Any], max_side: int | None = 1024) -> Section:
    """Read the image of a row at its source.

    Parameters
    ----------
    row : mapping
        The columns of a row, e.g. ``hit.row``.
    max_side : int or None
        Longest side in pixels; None keeps the full resolution.

    Raises
    ------
    BrainseekError
        The source is not on this machine, was changed, or is of an unknown kind.
    """
    uri = str(row["source_uri"])
    if uri.startswith("atlas://"):
        return _plate(uri, row)
    if "://" in uri:
        raise BrainseekError(
            f"the image of row {row['id']} lies at {uri}; only files and atlas plates can be read, "
            "fetch it first."
        )
    facts = {
        "max_side": max_side,
        "slice_index": row["source_plane"],
        "axis": row["source_axis"],
        "stain": row["stain"],
        "specimen": row["specimen"],
    }
    if row["window_height"] is None:
        from brainseek.catalog.sections.section import read_section

        return _sized(read_section(uri, **facts), row, None)
    from brainseek.catalog.sections.window import read_window

    sides = (int(row[f"window_{side}"]) for side in ("row", "column", "height", "width"))
    window = Window(*sides)
    return _sized(read_window(uri, window, **facts), row, window)


def _sized(section: Section, row: Mapping[str, Any], window: Window | None) -> Section:
    """Give a window the row's pixel size where the file states none."""
    if section.pixel_size_um is not None or row["pixel_size_um"] is None or window is None:
        return section
    size = row["pixel_size_um"] * window.width / section.image.shape[1]
    return dataclasses.replace(section, pixel_size_um=size)


def _plate(uri: str, row: Mapping[str, Any]) -> Section:
    from brainseek.catalog.atlases.registry import load_atlas

    name, _, rest = uri.removeprefix("atlas://").partition("/plate/")
    if not rest.isdigit():
        raise BrainseekError(f"'{uri}' names no plate; it should read atlas://NAME/plate/NUMBER.")
    image = load_atlas(name).plate_image(int(rest))
    return section_from_array(image, row["pixel_size_um"], stain=row["stain"], source_uri=uri)
