"""The tissue behind rows, read again from where it came from."""

from collections.abc import Mapping
from typing import Any

from catalog.errors import BrainseekError
from catalog.section import Section, section_from_array
from index.schema import Window


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
    facts = {name: row[name] for name in ("pixel_size_um", "stain", "specimen")}
    if row["window_height"] is None:
        from catalog.section import read_section

        return read_section(
            uri,
            max_side=max_side,
            slice_index=row["source_plane"],
            axis=row["source_axis"],
            **facts,
        )
    from catalog.window import read_window

    window = Window(*(int(row[f"window_{side}"]) for side in ("row", "column", "height", "width")))
    return read_window(
        uri,
        window,
        max_side=max_side,
        slice_index=row["source_plane"],
        axis=row["source_axis"],
        **facts,
    )


def _plate(uri: str, row: Mapping[str, Any]) -> Section:
    from catalog.atlas import load_atlas

    name, _, rest = uri.removeprefix("atlas://").partition("/plate/")
    if not rest.isdigit():
        raise BrainseekError(f"'{uri}' names no plate; it should read atlas://NAME/plate/NUMBER.")
    image = load_atlas(name).plate_image(int(rest))
    return section_from_array(image, row["pixel_size_um"], stain=row["stain"], source_uri=uri)
