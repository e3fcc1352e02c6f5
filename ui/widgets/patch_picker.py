"""A section with its patches, one of which can be clicked: a small Streamlit component."""

import base64
import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import streamlit as st
from PIL import Image

from brainseek.index.search.patched_planes import Patches
from brainseek.ui.widgets.shown_plane import ShownPlane

MOST_DRAWN = 4000
"""With more patches than this none is drawn but those that were found."""

_CSS = """
.stage { position: relative; width: 100%; max-height: 560px; margin: auto; cursor: crosshair; }
.stage img, .stage svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.stage img { border-radius: 4px; }
.stage svg * { vector-effect: non-scaling-stroke; fill: none; }
.patch { stroke: #6ea8fe; stroke-opacity: 0.28; stroke-width: 1; }
.hit { stroke: #ffb000; stroke-width: 2; }
.chosen { stroke: #ff3b6b; stroke-width: 3; }
.hover { stroke: #ffffff; stroke-width: 2; stroke-dasharray: 4 3; }
"""

_JS = """
const NAMESPACE = "http://www.w3.org/2000/svg";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const stage = parentElement.querySelector(".stage");
  stage.style.aspectRatio = data.aspect;
  stage.style.maxWidth = `${560 * data.aspect}px`;
  stage.querySelector("img").src = data.picture;
  const svg = stage.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  svg.replaceChildren();

  const draw = (box, kind, title) => {
    const mark = document.createElementNS(NAMESPACE, "rect");
    mark.setAttribute("class", kind);
    svg.appendChild(mark);
    place(mark, box);
    if (title) {
      const text = document.createElementNS(NAMESPACE, "title");
      text.textContent = title;
      mark.appendChild(text);
    }
    return mark;
  };
  const place = (mark, [row, column, height, width]) => {
    const values = { x: column, y: row, width, height };
    for (const name in values) mark.setAttribute(name, values[name]);
  };
  const point = (event) => {
    const area = stage.getBoundingClientRect();
    return {
      row: ((event.clientY - area.top) / area.height) * data.height,
      column: ((event.clientX - area.left) / area.width) * data.width,
    };
  };
  const away = ([row, column, height, width], at) =>
    (row + height / 2 - at.row) ** 2 + (column + width / 2 - at.column) ** 2;

  if (data.boxes.length <= data.most) for (const box of data.boxes) draw(box, "patch");
  for (const [box, title] of data.hits) draw(box, "hit", title);
  if (data.chosen) draw(data.chosen, "chosen", "the query");
  const hover = draw([0, 0, 0, 0], "hover");

  stage.onmousemove = (event) => {
    const at = point(event);
    let best = null;
    for (const box of data.boxes) if (!best || away(box, at) < away(best, at)) best = box;
    if (best) place(hover, best);
  };
  stage.onmouseleave = () => place(hover, [0, 0, 0, 0]);
  stage.onclick = (event) => setTriggerValue("clicked", point(event));
}
"""

_HTML = """
<div class="stage" role="img" aria-label="section with its patches">
<img alt=""><svg preserveAspectRatio="none"></svg>
</div>
"""


def pick_patch(
    plane: ShownPlane,
    patches: Patches,
    chosen: str,
    hits: Sequence[tuple[str, str]],
    on_pick: Callable[[str], None],
    key: str,
) -> None:
    """Draw a section with its patches.

    Parameters
    ----------
    plane : ShownPlane
    patches : Patches
        Of this plane.
    chosen : str
        Id of the row that is searched for; it is marked if it lies here.
    hits : sequence of (str, str)
        Id of each hit and what is said about it; those that lie here are marked.
    on_pick : callable
        Gets the id of the patch nearest to a click.
    key : str
        Name of the widget.
    """

    def clicked() -> None:
        at = st.session_state[key].clicked
        if at is not None:
            on_pick(patches.nearest(float(at["row"]), float(at["column"])))

    here = patches.places([name for name, _ in hits])
    data = {
        "picture": data_uri(plane),
        "height": plane.height,
        "width": plane.width,
        "aspect": plane.aspect,
        "boxes": patches.boxes.tolist(),
        "most": MOST_DRAWN,
        "hits": [(here[name], said) for name, said in reversed(hits) if name in here],
        "chosen": patches.places([chosen]).get(chosen),
    }
    _component()(data=data, key=key, on_clicked_change=clicked)


def data_uri(plane: ShownPlane) -> str:
    """Return the picture of a plane as a JPEG inside a ``data:`` address."""
    buffer = io.BytesIO()
    Image.fromarray(plane.picture).save(buffer, format="JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


@cache
def _component() -> Any:
    """Register the component once."""
    return st.components.v2.component("brainseek_patches", html=_HTML, css=_CSS, js=_JS)
