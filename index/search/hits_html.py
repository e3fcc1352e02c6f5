"""Hits as an HTML table with thumbnails, for notebooks and for pages that stand alone."""

import base64
from html import escape
from typing import TYPE_CHECKING

from brainseek.index.search.hit_text import hit_texts

if TYPE_CHECKING:
    from brainseek.index.search.hits import Hits

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def html_table(hits: "Hits") -> str:
    """Return the hits as one ``<table>`` that needs no other file.

    Every text is escaped and thumbnails are data URIs, so that nothing in a row can run a
    script or fetch anything. Columns that no hit fills are left out.

    Parameters
    ----------
    hits : Hits
        Their thumbnails are read from the collection now.
    """
    if not len(hits):
        return "<p>No hits.</p>"
    texts = [hit_texts(hit.row) for hit in hits]
    titles = [title for title in texts[0] if any(line[title] for line in texts)]
    head = "".join(f"<th>{escape(t)}</th>" for t in ("rank", "", "score", *titles))
    lines = []
    for hit, line, picture in zip(hits, texts, hits.thumbnails(), strict=True):
        cells = [str(hit.rank), picture_html(picture), f"{hit.score:.3f}"]
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
