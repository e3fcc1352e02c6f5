"""A click on the page for the cortex in a real browser."""

from pathlib import Path

import pytest

from brainseek.registration.cortex.gallery import CortexGallery
from brainseek.registration.cortex.shape import cortex_shape
from brainseek.ui.widgets.cortex.view import cortex_view
from tests.ui.made_browser import APP, ROOT, chromium_page, served_app
from tests.ui.made_gallery import gallery, released, weights

pytest.importorskip("streamlit", reason="Streamlit is not installed")
pytest.importorskip("potpourri3d", reason="distances along the surface need potpourri3d")

__all__ = ["gallery", "released", "weights"]

CLICK = (0.12, 0.25)
"""Share of the picture from left and from the top: the front of the left lateral view."""


@pytest.fixture
def start(weights: Path, tmp_path: Path) -> Path:
    """A script that starts the app with the made encoder."""
    script = tmp_path / "start.py"
    script.write_text(
        "import os, runpy, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"os.environ['BRAINSEEK_WEIGHTS'] = {str(weights)!r}\n"
        f"runpy.run_path({str(APP)!r}, run_name='__main__')\n",
        encoding="utf-8",
    )
    return script


@pytest.mark.browser
def test_a_click_in_a_real_browser(gallery: CortexGallery, start: Path) -> None:
    view = cortex_view(gallery.surface, cortex_shape(gallery.surface, smooth=True))
    height, width = view.vertex.shape
    across, down = CLICK
    size = {"width": 1500, "height": 1000}
    with chromium_page(viewport=size) as page, served_app(start) as url:
        page.goto(f"{url}/cortex?vertex=12000")
        stage = page.locator(".stage")
        stage.wait_for(timeout=120_000)
        box = stage.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(width / height, rel=0.01)
        assert stage.locator("g.place").count() >= 8
        assert stage.locator("g.query").count() >= 1
        x, y = box["width"] * across, box["height"] * down
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_function("!location.search.endsWith('=12000')", timeout=60_000)
        found = int(page.url.split("=")[1])
        # The browser rounds the position of the pointer to its own pixels.
        near = {
            view.vertex_at(height * (y + dy) / box["height"], width * (x + dx) / box["width"])
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
        }
        assert found in near
        best = gallery.nearest(found, 8, 20_000.0)[0]
        page.get_by_text(f"#0 {best.score:.3f}").wait_for(timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        saved = Path(download.value.path()).read_text(encoding="utf-8")
        assert f"0,{best.vertex}," in saved
