"""Hits as HTML: everything is shown, nothing is run."""

from html.parser import HTMLParser
from pathlib import Path

from brainseek.index.collection import Collection
from brainseek.index.search.hit_table import picture_html, position_text, source_text
from brainseek.index.table.schema import Row, Window
from tests.index.made_patches import DIM, ENCODER, made_collection, unit


class Cells(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.pictures: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "img":
            self.pictures.append(str(dict(attrs)["src"]))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


def test_the_table_shows_the_hits(tmp_path: Path) -> None:
    hits = made_collection(tmp_path / "c").search(unit(1, seed=4)[0], 6)
    cells = Cells(hits.to_html())
    assert cells.rows[0] == [
        "rank", "", "score", "structure", "position (mm)", "stain", "source"
    ]  # fmt: skip
    assert len(cells.rows) == 7
    for hit, row in zip(hits, cells.rows[1:], strict=True):
        assert row[0] == str(hit.rank)
        assert row[2] == f"{hit.score:.3f}"
        assert row[-1] == source_text(hit.row)
    pictured = [hit for hit in hits if hit.row["structure"] == "CA1"]
    assert len(cells.pictures) == len(pictured) > 0
    assert all(src.startswith("data:image/jpeg;base64,") for src in cells.pictures)
    assert hits._repr_html_() == hits.to_html()


def test_hostile_rows_are_only_text(tmp_path: Path) -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    row = Row(
        unit(1)[0], "patch", bad, stain=bad, structure=bad, thumbnail=b"<svg onload=alert(1)>"
    )
    hits = Collection.create(tmp_path / "c", ENCODER, DIM, [row]).search(unit(1)[0])
    cells = Cells(hits.to_html())
    assert set(cells.tags) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert cells.rows[1].count(bad) == 3


def test_no_hits(tmp_path: Path) -> None:
    hits = Collection.create(tmp_path / "c", ENCODER, DIM).search(unit(1)[0])
    assert hits.to_html() == "<p>No hits.</p>"


def test_only_pictures_are_embedded() -> None:
    assert picture_html(b"\x89PNG\r\n\x1a\nrest").startswith('<img alt=""')
    assert picture_html(b"GIF89a") == picture_html(None) == picture_html(b"") == ""


def test_texts() -> None:
    row = Row(unit(1)[0], "patch", "a.tif", window=Window(5, 6, 7, 8), source_plane=2)
    facts = {name: getattr(row, name, None) for name in Row.__dataclass_fields__}
    facts |= {"window_row": 5, "window_column": 6, "window_height": 7, "window_width": 8}
    assert source_text(facts) == "a.tif, slice 2, 7 x 8 at (5, 6)"
    assert source_text(facts | {"source_axis": 1}) == "a.tif, slice 2 of axis 1, 7 x 8 at (5, 6)"
    assert position_text(facts) == ""
    assert position_text(facts | {"position_um": 1234.0}) == "1.23"
    centre = {"ap_um": 1000.0, "dv_um": -2500.0, "ml_um": 0.0}
    assert position_text(facts | centre) == "(1.00, -2.50, 0.00)"
    assert position_text(facts | centre | {"dv_um": -1.0}) == "(1.00, 0.00, 0.00)"
    assert position_text(facts | centre | {"ml_um": None}) == ""
