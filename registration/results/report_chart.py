"""Where the sections of a run lie along the atlas, as an SVG drawing for the report."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from brainseek.registration.results.section_result import SectionResult

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 1000, 260, 70, 34, 14


def positions_chart(done: Sequence[SectionResult], axes: tuple[str, str, str]) -> str:
    """Return a chart of position against number, or nothing for fewer than three sections.

    Parameters
    ----------
    done : sequence of SectionResult
        Registered sections.
    axes : tuple of three str
        Names of the atlas coordinates; the one in which the sections differ most is drawn.
    """
    placed = [(one, one.registered) for one in done if one.registered is not None]
    if len(placed) < 3:
        return ""
    centres = [found.centre_um for _, found in placed]
    spreads = [max(c[i] for c in centres) - min(c[i] for c in centres) for i in range(3)]
    axis = spreads.index(max(spreads))
    low, high = (end(c[axis] for c in centres) for end in (min, max))
    first, last = (end(one.number for one, _ in placed) for end in (min, max))
    marks = []
    for one, found in placed:
        centre = found.centre_um
        x = _LEFT + (_WIDTH - _LEFT - 20) * (one.number - first) / max(last - first, 1)
        y = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - centre[axis]) / max(high - low, 1e-9)
        colour = "#1f6feb" if found.quality.trusted else "#b42318"
        name = escape(Path(one.file).name)
        marks.append(
            f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{colour}'>"
            f"<title>{one.number}. {name}: {centre[axis] / 1000:.2f} mm</title></circle>"
        )
    base = _HEIGHT - _BOTTOM
    return (
        f"<h2>Positions</h2><svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' "
        f"aria-label='position along {escape(axes[axis])} of every section' "
        "style='width:100%;font:13px system-ui,sans-serif' fill='#667085'>"
        f"<line x1='{_LEFT}' x2='{_WIDTH}' y1='{base}' y2='{base}' stroke='#e3e7ed'/>"
        f"<text x='{_LEFT - 10}' y='{_TOP + 5}' text-anchor='end'>{high / 1000:.2f}</text>"
        f"<text x='{_LEFT - 10}' y='{base}' text-anchor='end'>{low / 1000:.2f}</text>"
        f"<text x='{_LEFT}' y='{_HEIGHT - 8}'>section {first}</text>"
        f"<text x='{_WIDTH}' y='{_HEIGHT - 8}' text-anchor='end'>section {last}</text>"
        f"<text x='{(_WIDTH + _LEFT) / 2}' y='{_HEIGHT - 8}' text-anchor='middle'>"
        f"{escape(axes[axis])} of the middle of the image, mm</text>{''.join(marks)}</svg>"
    )
