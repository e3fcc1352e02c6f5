"""Hits as a grid of pictures, the votes of their structures, and files to take home."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image, ImageOps

from brainseek.index.search.hit_table import position_text, source_text
from brainseek.index.search.hits import Hits
from brainseek.ui.reports.answers import to_json
from brainseek.ui.reports.hits import csv_bytes
from brainseek.ui.widgets.markdown_text import literal, shortened

IN_A_ROW = 6
PICTURE_SIDE = 192
MOST_PIXELS = 4_000_000
"""A thumbnail with more pixels than this is not one."""

_NAME_LENGTH = 20
_BARS = 8


def thumbnail_picture(content: bytes | None) -> Image.Image | None:
    """Return a thumbnail in the middle of a transparent square; None if it is no picture.

    Parameters
    ----------
    content : bytes or None
        PNG or JPEG; whoever wrote the collection may have put anything there.
    """
    if content is None:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            whole = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    side = (PICTURE_SIDE, PICTURE_SIDE)
    return ImageOps.pad(whole, side, Image.Resampling.BICUBIC, color=(0, 0, 0, 0))


def place_text(row: Mapping[str, Any]) -> str:
    """Return where a row lies: all three coordinates in mm, else the one along the axis."""
    centre = {name: row[f"{name.lower()}_um"] for name in ("AP", "DV", "ML")}
    if all(value is not None for value in centre.values()):
        return " ".join(f"{name} {value / 1000:.1f}" for name, value in centre.items())
    position = position_text(row)
    return f"{position} mm" if position else ""


def source_lines(row: Mapping[str, Any]) -> list[str]:
    """Return file name, plane and window, short enough for the grid."""
    uri = str(row["source_uri"])
    name = uri.removeprefix("atlas://") if uri.startswith("atlas://") else Path(uri).name
    axis = None if row["source_axis"] == 1 else row["source_axis"]
    plane = source_text({**row, "source_uri": "", "source_axis": axis, "window_row": None})
    window = source_text({**row, "source_uri": "", "source_plane": None})
    return [shortened(name, _NAME_LENGTH), plane.removeprefix(", "), window.removeprefix(", ")]


def show_hits(
    rows: "list[tuple[str, Mapping[str, Any]]]",
    thumbnails: list[bytes | None],
    on_more: Callable[[Mapping[str, Any]], None],
) -> None:
    """Show rows a few in a line, each with a button that searches for more like it.

    Parameters
    ----------
    rows : list of (str, mapping)
        What stands above each, such as rank and score, and its columns.
    thumbnails : list of bytes or None
        As many.
    on_more : callable
        Gets the row whose button was pressed.
    """
    cells = list(zip(rows, thumbnails, strict=True))
    for start in range(0, len(cells), IN_A_ROW):
        columns = st.columns(IN_A_ROW)
        for column, ((heading, row), content) in zip(
            columns, cells[start : start + IN_A_ROW], strict=False
        ):
            with column:
                if heading:
                    st.markdown(heading)
                _show_picture(content)
                st.caption(_facts(row))
                st.button(
                    "More like this", key=f"more {row['id']}", on_click=on_more, args=(row,),
                    help=literal(source_text(row)), width="stretch",
                )  # fmt: skip


def show_row(row: Mapping[str, Any], content: bytes | None, left: Any, right: Any) -> None:
    """Show one row, its picture in one column and what is known of it in another."""
    with left:
        _show_picture(content)
    right.caption(_facts(row))


def _show_picture(content: bytes | None) -> None:
    picture = thumbnail_picture(content)
    if picture is None:
        st.caption("no picture")
    else:
        st.image(picture, width="stretch")


def _facts(row: Mapping[str, Any]) -> str:
    """Return what is known of a row in short lines."""
    plate = "" if row["plate"] is None else f"plate {row['plate']}"
    parts = [row["structure"] or "", plate, row["stain"] or ""]
    lines = [", ".join(part for part in parts if part), place_text(row), *source_lines(row)]
    return "  \n".join(literal(line) for line in lines if line)


def show_votes(hits: Hits) -> None:
    """Show which structures (else plates) the hits name, closer hits weighing more."""
    for column in ("structure", "plate"):
        votes = hits.votes(column)
        if votes:
            break
    else:
        return
    bars = [{"label": str(name), "share": share} for name, share in list(votes.items())[:_BARS]]
    st.markdown(f"**Which {column}?**")
    st.vega_lite_chart(votes_chart(bars, column), width="stretch")
    st.caption("Votes of the hits that name one; closer hits weigh more.")


def votes_chart(bars: list[dict[str, Any]], column: str) -> dict[str, Any]:
    """Return the Vega-Lite chart of `show_votes`."""
    share = {"field": "share", "type": "quantitative"}
    label = {"field": "label", "type": "nominal", "sort": None, "title": None}
    return {
        "height": {"step": 26},
        "data": {"values": bars},
        "encoding": {"y": label, "x": {**share, "title": None, "axis": None}},
        "layer": [
            {"mark": {"type": "bar", "color": "#1f6feb", "height": 16}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {**share, "format": ".0%"}},
            },
        ],
    }


def offer_files(hits: Hits, document: dict[str, Any]) -> None:
    """Draw the buttons that save the hits as CSV or as the JSON of ``brainseek search``."""
    left, right = st.columns(2)
    left.download_button("Download CSV", csv_bytes(hits), "hits.csv", "text/csv", width="stretch")
    right.download_button(
        "Download JSON", to_json(document), "hits.json", "application/json", width="stretch"
    )
