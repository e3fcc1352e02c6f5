"""The example that the search page makes, from a few slices of the template."""

from pathlib import Path

from brainseek.index.collection import Collection
from brainseek.index.queries import ByRow
from brainseek.ui.pages.search.example_collection import (
    EVERY,
    PATCH_PX,
    example_folder,
    make_example,
)


def test_it_has_places_and_structures(cache_dir: Path) -> None:
    shares: list[float] = []
    folder = make_example(shares.append, every=10 * EVERY)
    assert folder == example_folder() == cache_dir / "collections" / "example-mni152"
    assert shares == sorted(shares)
    assert shares[-1] == 1
    collection = Collection.open(folder)
    rows = collection.rows()
    assert len(rows) > 50
    assert collection.version == 2, "it was made empty, and filled in one commit"
    assert {row["window_height"] for row in rows} == {PATCH_PX}
    assert {row["structure"] for row in rows} == {"GM", "WM", None}
    assert all(row["ap_um"] is not None for row in rows)
    assert all(collection.thumbnails().values())
    row = next(row for row in rows if row["ml_um"] > 20_000)
    best = collection.search(ByRow(row["id"]), 1)[0].row
    assert best["source_plane"] == row["source_plane"]
    assert best["ml_um"] < 0, "the template is symmetric, so the other side is most alike"
    make_example(shares.append, every=10 * EVERY)
    assert Collection.open(folder).version == 2, "nothing was missing"
