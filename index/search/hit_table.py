"""Hits in words, and as a table with thumbnails for notebooks and for pages that stand alone."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


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


def html_table(
    ranks: Iterable[int],
    scores: Iterable[float],
    rows: Sequence[Mapping[str, Any]],
    pictures: Iterable[bytes | None],
) -> str:
    """Return hits as one ``<table>`` that needs no other file.

    Every text is escaped and thumbnails are data URIs, so that nothing in a row can run a
    script or fetch anything. Columns that no hit fills are left out.
    """
    if not rows:
        return "<p>No hits.</p>"
    texts = [hit_texts(row) for row in rows]
    titles = [title for title in texts[0] if any(line[title] for line in texts)]
    head = "".join(f"<th>{escape(t)}</th>" for t in ("rank", "", "score", *titles))
    lines = []
    for rank, score, line, picture in zip(ranks, scores, texts, pictures, strict=True):
        cells = [str(rank), picture_html(picture), f"{score:.3f}"]
        cells += [escape(line[title]) for title in titles]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    body = "\n".join(lines)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def picture_html(picture: bytes | None) -> str:
    """Return an ``<img>`` with a PNG or JPEG inside; empty for anything else."""
    for beginning, kind in _BEGINNINGS.items():
        if picture is not None and picture.startswith(beginning):
            data = base64.b64encode(picture).decode("ascii")
            return f'<img alt="" style="max-height:96px" src="data:{kind};base64,{data}">'
    return ""
