"""A collection that an earlier release wrote can still be read, searched and added to.

``kept/collection-format-2`` was written once and is never written again. If a test here fails,
the format has changed: give it a new number in `index.table.schema`. ``kept/collection-format-1``
lacks the column ``modality``; it is refused, and what its release exports is taken in.
The kept collection was made by running this in the root of the project, with pylance 14::

    from tests.index.test_kept_format import KEPT, make
    make(KEPT)
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import lance
import numpy as np
import pyarrow.parquet as pq
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.import_files import row_tables
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.table.schema import Row, Window

KEPT = Path(__file__).parent / "kept" / "collection-format-2"
OLDER = KEPT.with_name("collection-format-1")
WRITER = "kept@0123abcd"


def rows() -> list[Row]:
    """Return the 12 rows; together they use every column."""
    made = []
    for n in range(12):
        vector = np.zeros(4, np.float32)
        vector[n % 4], vector[(n + 1) % 4] = (0.6, 0.8) if n < 6 else (0.8, -0.6)
        made.append(
            Row(
                vector,
                ("plate", "section", "patch")[n % 3],
                f"atlas://kept/plate/{n}",
                source_sha256=f"{n:064x}" if n % 2 else None,
                source_plane=n,
                source_axis=n % 3,
                window=Window(n, 2 * n, 10, 20) if n % 3 == 2 else None,
                pixel_size_um=0.5 * (n + 1),
                atlas="kept",
                plate=n,
                position_um=100.0 * n,
                ap_um=100.0 * n,
                dv_um=10.0,
                ml_um=-1.5,
                structure_id=2**40 + n,
                structure=("CA1", "CA3")[n % 2],
                species="mouse",
                stain=None if n == 5 else "nissl",
                modality="autofluorescence" if n % 4 else None,
                specimen=f"it's {n}",
                note="grün 脑" if n == 7 else None,
                thumbnail=bytes([n, 255 - n]),
                created=datetime(2026, 1, 2, 3, 4, n, 567, tzinfo=UTC),
            )
        )
    return made


def make(folder: Path) -> None:
    """Write the collection: a version with 10 rows that has a name, and one with all 12."""
    collection = Collection.create(folder, WRITER, 4, rows()[:10], {"gallery": "kept gallery"})
    collection.snapshot("ten")
    collection.add(rows()[10:])
    for path in (folder / ".writer-lock", folder / "cache"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@pytest.fixture
def uri(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KEPT, tmp_path / "c"))


def expected(row: Row) -> dict[str, object]:
    window = row.window
    sides = {
        f"window_{side}": None if window is None else getattr(window, side)
        for side in ("row", "column", "height", "width")
    }
    skipped = {"vector", "thumbnail", "window", "id"}
    plain = {name: value for name, value in vars(row).items() if name not in skipped}
    return plain | sides


def test_the_files_are_small_and_name_no_machine() -> None:
    files = [path for path in KEPT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 100_000  # 6 kB packed
    for path in files:
        content = path.read_bytes()
        for word in (b"/home", b"/work", b"/tmp", b"/Users", b"/root", b"C:\\"):
            assert word not in content


def test_every_column_is_read(uri: Path) -> None:
    collection = Collection.open(uri)
    assert (collection.encoder, collection.dim, len(collection)) == (WRITER, 4, 12)
    assert collection.stamp("gallery") == "kept gallery"
    there = {row["source_uri"]: row for row in collection.rows()}
    for row in rows():
        found = dict(there[row.source_uri])
        name = found.pop("id")
        assert found == expected(row)
        np.testing.assert_array_equal(collection.vector(name), row.vector)
        assert collection.thumbnails(f"id = '{name}'") == {name: row.thumbnail}
    assert there["atlas://kept/plate/0"]["id"] == "824da60a26655e9dc98d1f20adc608c3"
    assert there["atlas://kept/plate/5"]["id"] == "d52e62f29d12caa330ebf8234bcd4be2"
    assert there["atlas://kept/plate/11"]["id"] == "94f7a949dc20704a004f8e20d23cc17b"
    assert verify_collection(uri) == []


def test_search_and_snapshot(uri: Path) -> None:
    collection = Collection.open(uri)
    hits = collection.search(np.array([1, 0, 0, 0], np.float32), 4)
    assert [hit.row["plate"] for hit in hits] == [8, 3, 0, 4]
    assert [hit.score for hit in hits] == pytest.approx([0.8, 0.8, 0.6, 0.6])
    ten = Collection.open(uri, snapshot="ten")
    assert sorted(row["plate"] for row in ten.rows()) == list(range(10))
    assert collection.snapshots() == {"ten": 1}


def test_it_can_be_added_to(uri: Path) -> None:
    collection = Collection.open(uri)
    collection.add(rows())  # the same ids still: nothing is doubled
    assert len(collection) == 12
    collection.add([Row(np.eye(4, dtype=np.float32)[2], "section", "new")])
    assert collection.search(np.eye(4)[2], 1)[0].row["source_uri"] == "new"
    collection.restore("ten")
    assert len(collection) == 10
    assert verify_collection(uri) == []


def test_the_format_before_is_refused_and_its_export_is_taken_in(tmp_path: Path) -> None:
    older = Path(shutil.copytree(OLDER, tmp_path / "older"))
    with pytest.raises(BrainseekError, match=r"format 1 .* format 2; .* export it there"):
        Collection.open(older)
    (problem,) = verify_collection(older)
    assert "format 1" in problem.what
    table = lance.dataset(str(older / "rows.lance")).to_table()
    assert "modality" not in table.column_names
    pq.write_table(table, tmp_path / "rows.parquet")
    collection = Collection.create(tmp_path / "newer", WRITER, 4)
    for part in row_tables(tmp_path / "rows.parquet", collection.table.schema):
        collection.add_table(part)
    assert len(collection) == 12
    assert {row["modality"] for row in collection.rows()} == {None}
    assert {row["stain"] for row in collection.rows()} == {None, "nissl"}
