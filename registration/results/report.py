"""A page about a run that needs no other file: pictures, numbers and the methods paragraph."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from brainseek.registration.results.methods_text import methods_text
from brainseek.registration.results.report_chart import positions_chart
from brainseek.registration.results.section_result import RegisteredSection, SectionResult

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d2430;max-width:1100px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2.2rem}
.quiet{color:#667085}.alarm{color:#b42318}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #e3e7ed}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:1.2rem}
figure{margin:0}figure img{width:100%;border-radius:4px}figcaption{font-size:.88rem}
td,figcaption{overflow-wrap:anywhere}
"""


def report_html(
    sections: Sequence[SectionResult],
    atlas: str,
    axes: tuple[str, str, str],
    encoder: str | None,
    notes: Sequence[str] = (),
) -> bytes:
    """Return the page, UTF-8.

    Parameters
    ----------
    sections : sequence of SectionResult
        In the order of the inputs.
    atlas : str
        Name of the atlas.
    axes : tuple of three str
        Names of its coordinates.
    encoder : str or None
        Identity of the encoder that named the plates.
    notes : sequence of str
        Remarks about the whole run.
    """
    done = [(one, one.registered) for one in sections if one.registered is not None]
    failed = [one for one in sections if one.registered is None]
    doubtful = sum(not found.quality.trusted for _, found in done)
    paragraph, references = methods_text(sections, atlas, encoder)
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>Registration to {escape(atlas)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Registration to {escape(atlas)}</h1>",
        f"<p class='quiet'>{len(done)} of {len(sections)} sections registered, "
        f"{doubtful} to be looked at.</p>",
        *(f"<p>{escape(note)}</p>" for note in notes),
        *(
            f"<p class='alarm'>{escape(Path(one.file).name)}: {escape(one.error or '')}</p>"
            for one in failed
        ),
        positions_chart(sections, axes),
        "<h2>Sections</h2>",
        _table(done, axes),
        "<h2>Pictures</h2><div class='grid'>",
        *(_figure(one, found) for one, found in done),
        "</div><h2>Methods</h2>",
        f"<p>{escape(paragraph)}</p>",
        "<ul>" + "".join(f"<li>{escape(work)}</li>" for work in references) + "</ul>",
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part).encode()


def _table(
    done: Sequence[tuple[SectionResult, RegisteredSection]], axes: tuple[str, str, str]
) -> str:
    """Return one row for every section that was registered."""
    titles = "".join(
        f"<th class='n'>{escape(title)}</th>"
        for title in (
            "plate",
            *(f"{axis} (mm)" for axis in axes),
            "confidence",
            "similarity",
            "overlap",
            "folding",
        )
    )
    rows = []
    for one, found in done:
        quality, confidence = found.quality, found.place.confidence
        numbers = [
            "" if found.plate is None else str(found.plate),
            *(f"{x / 1000:.2f}" for x in found.centre_um),
            "" if confidence is None else f"{100 * confidence:.0f} %",
            f"{quality.similarity:.3f}",
            f"{quality.tissue_overlap:.3f}",
            f"{100 * quality.folding:.2f} %",
        ]
        cells = "".join(f"<td class='n'>{escape(text)}</td>" for text in numbers)
        mark = "" if quality.trusted else " <span class='alarm'>look</span>"
        rows.append(
            f"<tr><td class='n'>{one.number}</td><td>{escape(Path(one.file).name)}{mark}</td>"
            f"{cells}</tr>"
        )
    return (
        f"<table><thead><tr><th class='n'></th><th>section</th>{titles}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _figure(one: SectionResult, found: RegisteredSection) -> str:
    """Return the picture of a section with what must be known about it."""
    name = escape(Path(one.file).name)
    where = "" if found.plate is None else f", plate {found.plate}"
    warning = found.quality.warning
    remarks = "".join(
        f"<br><span class='{kind}'>{escape(text)}</span>"
        for kind, text in [
            *([("alarm", warning)] if warning else []),
            *(("quiet", note) for note in one.notes),
        ]
    )
    data = base64.b64encode(found.picture).decode()
    return (
        f"<figure><img loading='lazy' alt='{name} with region borders' "
        f"src='data:image/jpeg;base64,{data}'>"
        f"<figcaption>{one.number}. {name}{where}{remarks}</figcaption></figure>"
    )
