"""The house as a picture and a table, from its imports and docstrings.

``python -m tests.house.picture`` writes both anew: ``docs/pictures/house.svg``, and the table in
``docs/architecture.md``. A test tells when they are no longer the house.
"""

import ast
import re
import sys
import textwrap

from tests.house.imports import ROOT, imports, modules

PICTURE = ROOT / "docs" / "pictures" / "house.svg"
PAGE = ROOT / "docs" / "architecture.md"
_TABLE = re.compile(r"(?<=<!-- map -->\n).*?(?=<!-- end of map -->)", re.DOTALL)

FLOORS = {
    "ui": "5", "segmentation": "4", "synthesis": "4", "registration": "3", "index": "2",
    "trainers": "side", "embedder": "1", "catalog": "0",
}  # fmt: skip
"""Rooms from the top of the house to its ground, each with its floor."""
COLOURS = ("#b5482e", "#7a5195", "#8a6d1d", "#2f7d4f", "#2a6f97", "#8c564b", "#555f6b", "#222222")
LEFT, WIDTH, GAP, LINE = 20, 620, 16, 19
ARC = 34
"""How much further right an arrow swings for every room that it passes, in pixels."""


def sentences() -> dict[str, str]:
    """First line of the docstring of every folder of the house, by its path."""
    found = {}
    for path in modules().values():
        if path.name == "__init__.py":
            told = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            found[f"{path.parent.relative_to(ROOT)}/"] = told.partition("\n")[0].strip()
    return dict(sorted(found.items()))


def arrows() -> list[tuple[str, str]]:
    """Which room imports which, sorted from the top of the house."""
    met = {(a.source.split(".")[0], a.target.split(".")[0]) for a in imports()}
    order = list(FLOORS)
    inside = [(a, b) for a, b in met if a in FLOORS and b in FLOORS and a != b]
    return sorted(inside, key=lambda edge: (order.index(edge[0]), order.index(edge[1])))


def table() -> str:
    """Return the map in Markdown."""
    rows = [f"| `{folder}` | {told.replace('``', '`')} |" for folder, told in sentences().items()]
    return "\n".join(["| folder | what lives there |", "| --- | --- |", *rows, ""])


def picture() -> str:
    """Return the drawing: a box for every room, an arrow for every room that imports another."""
    told = sentences()
    rooms = [room for room in FLOORS if f"{room}/" in told]
    boxes, tops, y = [], {}, 20
    for room in rooms:
        inner = [f.split("/")[1] for f in told if f.startswith(f"{room}/") and f.count("/") == 2]
        lines = textwrap.wrap(told[f"{room}/"], 88) + textwrap.wrap(" · ".join(inner), 92)
        height = 34 + LINE * len(lines)
        tops[room] = (y, height)
        boxes.append(_box(room, COLOURS[len(boxes)], y, height, lines, len(inner)))
        y += height + GAP
    arcs = [_arc(a, b, rooms, tops) for a, b in arrows()]
    right = LEFT + WIDTH + ARC * len(rooms) + 30
    heads = [
        f'<marker id="{room}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0 8 4 0 8Z" fill="{colour}"/></marker>'
        for room, colour in zip(rooms, COLOURS, strict=False)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {y}" '
            'font-family="sans-serif" font-size="14">',
            f"<defs>{''.join(heads)}</defs>",
            f'<rect width="{right}" height="{y}" fill="#ffffff"/>',
            *boxes,
            *arcs,
            "</svg>\n",
        ]
    )


def _box(room: str, colour: str, y: int, height: int, lines: list[str], inner: int) -> str:
    texts = [
        f'<text x="{LEFT + 14}" y="{y + 24}" font-size="16" font-weight="bold" fill="{colour}">'
        f"{room}/</text>",
        f'<text x="{LEFT + WIDTH - 14}" y="{y + 24}" text-anchor="end" fill="#666666">'
        f"floor {FLOORS[room]}</text>".replace("floor side", "at the side"),
    ]
    for number, line in enumerate(lines, start=1):
        texts.append(
            f'<text x="{LEFT + 14}" y="{y + 24 + LINE * number}" fill="#222222">{_xml(line)}</text>'
        )
    frame = (
        f'<rect x="{LEFT}" y="{y}" width="{WIDTH}" height="{height}" rx="6" fill="#fafafa" '
        f'stroke="{colour}" stroke-width="1.5"/>'
    )
    return "\n".join([frame, *texts])


def _arc(source: str, target: str, rooms: list[str], tops: dict[str, tuple[int, int]]) -> str:
    """Return an arrow at the right of the boxes; those that leave a room begin at one point."""
    passed = rooms.index(target) - rooms.index(source)
    (top, height), (below, deep) = tops[source], tops[target]
    start = top + height - 12
    end = below + deep * (rooms.index(source) + 1) / (rooms.index(target) + 1)
    x = LEFT + WIDTH
    swing = x + 18 + ARC * passed
    colour = COLOURS[rooms.index(source)]
    return (
        f'<path d="M{x} {start}C{swing} {start} {swing} {end:.0f} {x + 3} {end:.0f}" fill="none" '
        f'stroke="{colour}" stroke-width="1.6" marker-end="url(#{source})"/>'
    )


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def main() -> None:
    """Write the picture and the table."""
    PICTURE.write_text(picture(), "utf-8")
    page = PAGE.read_text("utf-8")
    PAGE.write_text(_TABLE.sub(lambda _: table(), page), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
