"""The hits of a search as a table for people, as JSON, and as a page that stands alone."""

import math
from datetime import datetime
from html import escape
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv
from rich.markup import escape as plain
from rich.table import Table

from brainseek.catalog.sections.section import Section
from brainseek.index.search.hit_table import hit_texts, picture_html
from brainseek.index.search.hits import Hits
from brainseek.index.writing.thumbnails import jpeg
from brainseek.ui.reports.messages import printable

_RIGHT = ("plate", "position (mm)")


def hits_table(hits: Hits) -> Table:
    """Return a table for people; columns that no hit fills are left out."""
    texts = [hit_texts(hit.row) for hit in hits]
    titles = [title for title in texts[0] if any(line[title] for line in texts)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("rank", "score"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in titles:
        table.add_column(title, justify="right" if title in _RIGHT else "left", overflow="fold")
    for hit, line in zip(hits, texts, strict=True):
        cells = [plain(printable(line[title])) or "-" for title in titles]
        table.add_row(str(hit.rank), f"{hit.score:.3f}", *cells)
    return table


def document(
    hits: Hits, query: dict[str, Any], collection: str, encoder: str, version: int
) -> dict[str, Any]:
    """Return what ``--json`` writes.

    Returns
    -------
    dict
        ``{"query", "collection", "encoder", "version", "score", "hits": [{"rank", "score",
        "distance", and every column but vector and thumbnail}, ...]}``. ``score`` names what the
        scores are, "cosine" or "bm25" (words only; then ``distance`` is null). Ranks count from
        0, positions are in µm, windows in pixels, times in ISO 8601.
    """
    return {
        "query": query,
        "collection": collection,
        "encoder": encoder,
        "version": version,
        "score": hits.score_kind,
        "hits": [
            {
                "rank": hit.rank,
                "score": hit.score,
                "distance": None if math.isnan(hit.distance) else hit.distance,
                **{name: _plain(value) for name, value in hit.row.items()},
            }
            for hit in hits
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def csv_bytes(hits: Hits) -> bytes:
    """Return the hits as CSV: rank, score, distance and every column of the rows."""
    sink = pa.BufferOutputStream()
    csv.write_csv(hits.to_arrow(), sink)
    return sink.getvalue().to_pybytes()


def page(hits: Hits, title: str, facts: str, section: Section | None) -> str:
    """Return an HTML page with the query and its hits that needs no other file.

    Parameters
    ----------
    hits : Hits
    title, facts : str
        What was searched for, and where.
    section : Section or None
        The image that was searched for.
    """
    picture = "" if section is None else f"<p>{picture_html(_small(section))}</p>"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>
body {{ font-family: sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: 0.3em 0.8em; text-align: left; border-bottom: 1px solid #ddd; }}
</style>
</head>
<body>
<h1>{escape(title)}</h1>
{picture}
<p>{escape(facts)}</p>
{hits.to_html()}
</body>
</html>
"""


def _small(section: Section) -> bytes:
    """Return a small JPEG of a section, as it is displayed."""
    return jpeg(np.round(section.gray() * 255).astype(np.uint8))
