"""Expert outlines (SVG) as label maps.

svgpathtools reads the path data; Pillow fills each closed sub-path by the even-odd rule, borders
included. Regions are painted in document order, so that a child covers its parent.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_CURVE_FRACTIONS = (0.25, 0.5, 0.75, 1.0)

PLATE_CROP = (0.1, 0.1, 0.9, 1.0)
"""The plate picture within the SVG frame: left, top, right, bottom as fractions."""


@dataclass(frozen=True)
class Outlines:
    """One SVG: frame size, the section image it was drawn on, and (structure id, path data)."""

    width: int
    height: int
    section_image_id: int
    paths: tuple[tuple[int, str], ...]


def read_outlines(path: Path) -> Outlines:
    """Read an outline file of the Allen Reference Atlas."""
    root = ET.parse(path).getroot()
    groups = (g.get("sub_image_id") for g in root.iter(f"{_NAMESPACE}g"))
    section_image_id = next(int(value) for value in groups if value)
    paths = tuple(
        (int(e.attrib["structure_id"]), e.attrib["d"]) for e in root.iter(f"{_NAMESPACE}path")
    )
    return Outlines(int(root.attrib["width"]), int(root.attrib["height"]), section_image_id, paths)


def _polygons(path_data: str) -> Iterator[np.ndarray[Any, Any]]:
    """Yield each sub-path as complex points x + iy; curves contribute four points."""
    from svgpathtools import Line, parse_path

    for part in parse_path(path_data).continuous_subpaths():
        points = [part[0].start]
        for segment in part:
            fractions = (1.0,) if isinstance(segment, Line) else _CURVE_FRACTIONS
            points.extend(segment.point(f) for f in fractions)
        yield np.array(points)


def rasterise(outlines: Outlines, height: int, width: int) -> np.ndarray[Any, Any]:
    """Fill the outlines into the plate's pixels; int32 (height, width) structure ids, 0 = none."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = PLATE_CROP
    labels = np.zeros((height, width), dtype=np.int32)
    for structure_id, path_data in outlines.paths:
        filled = np.zeros((height, width), dtype=bool)
        for points in _polygons(path_data):
            columns = (points.real / outlines.width - left) / (right - left) * width
            rows = (points.imag / outlines.height - top) / (bottom - top) * height
            canvas = Image.new("L", (width, height))
            corners = [(float(x), float(y)) for x, y in zip(columns, rows, strict=True)]
            ImageDraw.Draw(canvas).polygon(corners, fill=1)
            filled ^= np.asarray(canvas) > 0
        labels[filled] = structure_id
    return labels
