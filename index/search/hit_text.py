"""A hit in words: where its image comes from and where in the brain it lies."""

from collections.abc import Mapping
from typing import Any


def source_text(row: Mapping[str, Any]) -> str:
    """Return file, plane and window of a row, e.g. ``s1.tif, slice 4, 256 x 256 at (0, 512)``.

    The window is given as height x width at (row, column), in pixels of the whole plane.
    """
    parts = [str(row["source_uri"])]
    if row["source_plane"] is not None:
        axis = "" if row["source_axis"] is None else f" of axis {row['source_axis']}"
        parts.append(f"slice {row['source_plane']}{axis}")
    if row["window_row"] is not None:
        parts.append(
            f"{row['window_height']} x {row['window_width']} at "
            f"({row['window_row']}, {row['window_column']})"
        )
    return ", ".join(parts)


def position_text(row: Mapping[str, Any]) -> str:
    """Return the place in the brain in mm: along the cutting axis, else as (AP, DV, ML)."""
    if row["position_um"] is not None:
        return f"{row['position_um'] / 1000:z.2f}"
    centre = [row[name] for name in ("ap_um", "dv_um", "ml_um")]
    if any(value is None for value in centre):
        return ""
    return "(" + ", ".join(f"{value / 1000:z.2f}" for value in centre) + ")"


def hit_texts(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a table for people shows of a row, by title; empty where it is not known."""
    plate = "" if row["plate"] is None else str(row["plate"])
    return {
        "structure": row["structure"] or "",
        "plate": plate,
        "position (mm)": position_text(row),
        "stain": row["stain"] or "",
        "modality": row["modality"] or "",
        "source": source_text(row),
    }
