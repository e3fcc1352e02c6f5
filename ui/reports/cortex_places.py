"""Places on the cortex as a table and lines for people."""

from rich.markup import escape
from rich.table import Table

from brainseek.registration.cortex.cortex_place import CortexPlace
from brainseek.ui.reports.answers import percent

SHOWN_AREAS = 5
"""Most areas that the lines name."""


def place_table(answer: CortexPlace) -> Table:
    """Return the neighbours as a table, one line each; ranks count from 0."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rank", justify="right")
    table.add_column("hemisphere")
    for title in ("x", "y", "z (mm)", "score"):
        table.add_column(title, justify="right", no_wrap=True)
    if any(answer.hit_areas):
        table.add_column("area", overflow="fold")
    for rank, (side, point, score, area) in enumerate(
        zip(answer.hemispheres, answer.points_um, answer.scores, answer.hit_areas, strict=True)
    ):
        place = (f"{c / 1000:.1f}" for c in point)
        named = [escape(area or "-")] if any(answer.hit_areas) else []
        table.add_row(str(rank), side, *place, f"{score:.3f}", *named)
    return table


def place_lines(answer: CortexPlace) -> list[str]:
    """Return what the neighbours say together: spread, hemispheres, areas."""
    shares = ", ".join(f"{side} {percent(s)}" for side, s in answer.hemisphere_shares.items())
    lines = [
        f"spread: {answer.spread_um / 1000:.1f} mm along the surface",
        f"hits: {shares}",
    ]
    shown = answer.areas[:SHOWN_AREAS]
    rest = 1.0 - sum(share for _, share in shown)
    lines += [f"area: {percent(share)} {name}" for name, share in shown]
    if shown and rest > 0.005:
        lines.append(f"area: {percent(rest)} others or none")
    return lines
