"""The painted cortex that can be clicked: a small Streamlit component."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from brainseek.ui.widgets.cortex.colours import Scale
from brainseek.ui.widgets.cortex.view import CortexView

QUALITY = 88
MARK_RADIUS = 15
"""In pixels of a picture that is as wide as four views."""
_FOUR_WIDE = 1240

_CSS = """
.stage { position: relative; width: 100%; margin: auto; cursor: crosshair; }
.stage img, .stage svg { position: absolute; inset: 0; width: 100%; height: 100%; }
text { font-family: var(--st-font, sans-serif); }
.title { fill: var(--st-text-color, #555555); opacity: 0.75; }
.place circle { fill: #ffffff; stroke: #101828; stroke-width: 2.5; }
.place text { fill: #101828; font-weight: 700; text-anchor: middle; dominant-baseline: central; }
.query circle { fill: none; stroke: #ffffff; stroke-width: 9; }
.query circle + circle { stroke: #e5004f; stroke-width: 5; }
.hidden circle { stroke-dasharray: 6 4; }
.legend { display: flex; align-items: center; gap: 0.6rem; margin-top: 0.4rem;
  font: 0.875rem var(--st-font, sans-serif); color: var(--st-text-color, #555555); }
.legend[hidden] { display: none; }
.bar { flex: 0 1 16rem; height: 0.8rem; border-radius: 2px; }
"""

_JS = """
const NAMESPACE = "http://www.w3.org/2000/svg";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const stage = parentElement.querySelector(".stage");
  stage.style.aspectRatio = data.width / data.height;
  stage.querySelector("img").src = data.picture;
  const svg = stage.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  svg.replaceChildren();

  const add = (parent, name, values, content) => {
    const made = document.createElementNS(NAMESPACE, name);
    for (const key in values) made.setAttribute(key, values[key]);
    if (content) made.textContent = content;
    parent.appendChild(made);
    return made;
  };
  for (const [top, left, title] of data.titles) {
    const size = data.radius * 1.6;
    const at = { class: "title", x: left + size, y: top + size, "font-size": size };
    add(svg, "text", at, title);
  }
  for (const mark of data.marks) {
    const kind = (mark.label ? "place" : "query") + (mark.hidden ? " hidden" : "");
    const group = add(svg, "g", { class: kind });
    const at = { cx: mark.column, cy: mark.row, r: data.radius };
    add(group, "circle", at);
    const text = { x: mark.column, y: mark.row, "font-size": data.radius * 1.25 };
    if (mark.label) add(group, "text", text, mark.label);
    else add(group, "circle", at);
    add(group, "title", {}, mark.said);
  }
  const legend = parentElement.querySelector(".legend");
  legend.hidden = !data.legend;
  if (data.legend) {
    const [low, bar, high, said] = legend.children;
    low.textContent = data.legend.low;
    high.textContent = data.legend.high;
    said.textContent = data.legend.said;
    bar.style.background = `linear-gradient(to right, ${data.legend.colours.join(",")})`;
  }
  stage.onclick = (event) => {
    const area = stage.getBoundingClientRect();
    setTriggerValue("clicked", {
      row: ((event.clientY - area.top) / area.height) * data.height,
      column: ((event.clientX - area.left) / area.width) * data.width,
    });
  };
}
"""

_HTML = """
<div class="stage" role="img" aria-label="the cortex from several sides">
<img alt=""><svg></svg>
</div>
<div class="legend" hidden><span></span><span class="bar"></span><span></span><span></span></div>
"""


@dataclass(frozen=True)
class Mark:
    """A vertex that is marked.

    Attributes
    ----------
    vertex : int
    label : str
        Written into the mark; empty for the place that was chosen.
    said : str
        Shown when the pointer rests on it.
    """

    vertex: int
    label: str
    said: str


def pick_vertex(
    view: CortexView,
    picture: NDArray[np.uint8],
    marks: list[Mark],
    legend: tuple[Scale, str] | None,
    on_pick: Callable[[int], None],
    key: str,
) -> None:
    """Draw the cortex.

    Parameters
    ----------
    view : CortexView
    picture : ndarray of uint8, (height, width, 4)
        What its ``paint`` returned.
    marks : list of Mark
        The first lies on top.
    legend : (Scale, str) or None
        Meaning of the colours and what is written beside them.
    on_pick : callable
        Gets the vertex that was clicked; a click beside the cortex does nothing.
    key : str
        Name of the widget.
    """

    def clicked() -> None:
        at = st.session_state[key].clicked
        if at is not None:
            vertex = view.vertex_at(float(at["row"]), float(at["column"]))
            if vertex is not None:
                on_pick(vertex)

    height, width = view.vertex.shape
    data = {
        "picture": data_uri(picture),
        "height": height,
        "width": width,
        "radius": MARK_RADIUS * max(1.0, width / _FOUR_WIDE),
        "titles": [
            (tile.top, tile.left, look.title)
            for tile, look in zip(view.places, view.looks, strict=True)
        ],
        "marks": [shown for mark in reversed(marks) for shown in _shown(view, mark)],
        "legend": None if legend is None else _legend(*legend),
    }
    _component()(data=data, key=key, on_clicked_change=clicked)


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return a picture with transparency as WebP inside a ``data:`` address."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="WEBP", quality=QUALITY, method=0)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _shown(view: CortexView, mark: Mark) -> list[dict[str, Any]]:
    return [
        {
            "row": spot.row,
            "column": spot.column,
            "hidden": spot.hidden,
            "label": mark.label,
            "said": f"{mark.said} (hidden in a fold)" if spot.hidden else mark.said,
        }
        for spot in view.spots_of(mark.vertex)
    ]


def _legend(scale: Scale, said: str) -> dict[str, Any]:
    low, high = (f"{value:.2f}" for value in (scale.low, scale.high))
    return {"colours": scale.legend(), "low": low, "high": high, "said": said}


@cache
def _component() -> Any:
    """Register the component once."""
    return st.components.v2.component("brainseek_cortex", html=_HTML, css=_CSS, js=_JS)
