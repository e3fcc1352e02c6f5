"""A collection keeps what it is given and refuses what it can't compare."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.queries import ByImage, ByPosition, ByRow, ByText, ByWords
from brainseek.index.table.schema import METADATA_COLUMNS, Row, row_id

ENCODER = "tiny@12345678"
DIM = 6


def unit(rng: np.random.Generator, n: int) -> np.ndarray:
    vectors = rng.normal(size=(n, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def plates(vectors: np.ndarray, first: int = 1) -> list[Row]:
    return [
        Row(v, "plate", f"plate-{n}", atlas="made", plate=n, position_um=100.0 * n)
        for n, v in enumerate(vectors, start=first)
    ]


@pytest.fixture
def vectors() -> np.ndarray:
    return unit(np.random.default_rng(0), 30)


@pytest.fixture
def collection(tmp_path: Path, vectors: np.ndarray) -> Collection:
    return Collection.create(tmp_path / "c", ENCODER, DIM, plates(vectors))


def test_search_equals_a_slow_loop(collection: Collection, vectors: np.ndarray) -> None:
    queries = unit(np.random.default_rng(1), 4)
    for query, hits in zip(queries, collection.search_batch(queries, 5), strict=True):
        scores = {n: float(np.dot(v, query)) for n, v in enumerate(vectors, start=1)}
        expected = sorted(scores, key=lambda n: -scores[n])[:5]
        assert [hit.row["plate"] for hit in hits] == expected
        assert [hit.rank for hit in hits] == [0, 1, 2, 3, 4]
        for hit in hits:
            vector = vectors[hit.row["plate"] - 1]
            assert hit.score == pytest.approx(scores[hit.row["plate"]], abs=1e-6)
            assert hit.distance == pytest.approx(np.linalg.norm(vector - query), abs=1e-5)
            assert hit.row["position_um"] == 100 * hit.row["plate"]
            assert tuple(hit.row) == METADATA_COLUMNS


def test_ties_come_by_rising_id(tmp_path: Path) -> None:
    same = np.eye(1, DIM, dtype=np.float32)[0]
    rows = [Row(same, "section", f"s{n}") for n in range(8)]
    hits = Collection.create(tmp_path / "c", ENCODER, DIM, rows).search(same, 3)
    assert [hit.row["id"] for hit in hits] == sorted(row_id("section", f"s{n}") for n in range(8))[
        :3
    ]


def test_k_beyond_the_rows_and_an_empty_table(tmp_path: Path, collection: Collection) -> None:
    query = unit(np.random.default_rng(2), 2)
    assert [len(hits) for hits in collection.search_batch(query, 1000)] == [30, 30]
    empty = Collection.create(tmp_path / "empty", ENCODER, DIM)
    assert len(empty) == 0
    assert [len(hits) for hits in empty.search_batch(query, 3)] == [0, 0]


def test_where_filters_before_the_search(collection: Collection, vectors: np.ndarray) -> None:
    query = vectors[0]
    hits = collection.search(query, 3, where="plate BETWEEN 11 AND 20")
    expected = sorted(range(11, 21), key=lambda n: -float(vectors[n - 1] @ query))[:3]
    assert [hit.row["plate"] for hit in hits] == expected
    assert len(collection.search(query, 3, where="atlas = 'other'")) == 0


@pytest.mark.parametrize(
    ("where", "says"),
    [("region = 'CA1'", "'region'.* id, kind, source_uri"), ("plate <", "'<'"), ("", "is empty")],
)
def test_a_bad_condition_says_why(collection: Collection, where: str, says: str) -> None:
    with pytest.raises(BrainseekError, match=says):
        collection.search(np.eye(1, DIM)[0], 1, where=where)


def test_adding_a_known_id_replaces_the_row(collection: Collection) -> None:
    moved = np.eye(1, DIM, dtype=np.float32)[0]
    collection.add([Row(moved, "plate", "plate-3", atlas="made", plate=3, position_um=7.5)])
    assert len(collection) == 30
    best = collection.search(moved, 1)[0]
    assert (best.row["plate"], best.row["position_um"]) == (3, 7.5)
    assert best.score == pytest.approx(1)


def test_another_handle_sees_new_rows(collection: Collection) -> None:
    query = np.eye(1, DIM, dtype=np.float32)
    other = Collection.open(collection.uri)
    assert other.search(query[0], 1)[0].score < 0.999
    collection.add([Row(query[0], "section", "file:///s.png")])
    assert other.search(query[0], 1)[0].row["source_uri"] == "file:///s.png"
    assert len(other) == 31


def test_thumbnails_and_stamps_survive(tmp_path: Path, vectors: np.ndarray) -> None:
    rows = [
        Row(vectors[0], "plate", "a", plate=1, thumbnail=b"\x89PNG"),
        Row(vectors[1], "plate", "b", plate=2),
    ]
    Collection.create(tmp_path / "c", ENCODER, DIM, rows, {"gallery": "abc"})
    again = Collection.open(tmp_path / "c", encoder=ENCODER)
    assert again.thumbnails() == {row_id("plate", "a"): b"\x89PNG"}
    assert again.thumbnails("plate = 2") == {}
    assert (again.stamp("gallery"), again.stamp("other")) == ("abc", None)


def test_another_encoder_is_refused_with_both_names(collection: Collection) -> None:
    both = rf"{ENCODER} and not by big@87654321"
    with pytest.raises(BrainseekError, match=both):
        collection.search_batch(np.eye(1, DIM), 1, encoder="big@87654321")
    with pytest.raises(BrainseekError, match=both):
        Collection.open(collection.uri, encoder="big@87654321")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (Row(np.full(DIM, np.nan, np.float32), "plate", "x"), "NaN"),
        (Row(np.eye(1, 4, dtype=np.float32)[0], "plate", "x"), r"shape \(4,\)"),
        (Row(np.eye(1, DIM, dtype=np.float32)[0], "slice", "x"), "plate, section, patch"),
    ],
)
def test_bad_rows_are_refused_and_nothing_is_written(
    collection: Collection, row: Row, says: str
) -> None:
    with pytest.raises(BrainseekError, match=says):
        collection.add([*plates(np.eye(1, DIM, dtype=np.float32), first=99), row])
    assert len(collection) == 30


def test_the_same_id_twice_is_refused(collection: Collection, vectors: np.ndarray) -> None:
    with pytest.raises(BrainseekError, match="twice"):
        collection.add([Row(vectors[0], "patch", "p"), Row(vectors[1], "patch", "p")])


def test_missing_existing_and_damaged_folders(tmp_path: Path, collection: Collection) -> None:
    with pytest.raises(BrainseekError, match="holds no collection"):
        Collection.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(BrainseekError, match="already"):
        Collection.create(collection.uri, ENCODER, DIM)
    for manifest in Path(collection.uri).glob("rows.lance/_versions/*"):
        manifest.write_bytes(b"broken")
    with pytest.raises(BrainseekError, match="damaged"):
        Collection.open(collection.uri)


def test_a_foreign_lance_table_is_refused(tmp_path: Path) -> None:
    import lance
    import pyarrow as pa

    table = pa.table({"vector": pa.array([[1.0]], pa.list_(pa.float32(), 1))})
    lance.write_dataset(table, tmp_path / "rows.lance")
    with pytest.raises(BrainseekError, match="names no encoder"):
        Collection.open(tmp_path)


def test_more_like_a_row_leaves_the_row_out_on_every_page(
    collection: Collection, vectors: np.ndarray
) -> None:
    row = row_id("plate", "plate-5")
    everything = collection.search(vectors[4], 30).ids
    everything.remove(row)
    pages = [collection.search(ByRow(row), 7, offset=start) for start in range(0, 35, 7)]
    assert [name for page in pages for name in page.ids] == everything
    assert [hit.rank for page in pages for hit in page] == list(range(29))


def test_a_place_is_searched_by_what_lies_there(tmp_path: Path, vectors: np.ndarray) -> None:
    rows = [
        Row(v, "patch", f"p{n}", ap_um=100.0 * n, dv_um=0.0, ml_um=0.0)
        for n, v in enumerate(vectors[:20])
    ]
    made = Collection.create(tmp_path / "c", ENCODER, DIM, [*rows, Row(vectors[20], "patch", "x")])
    here = made.at(730, 0, 40, k=2)
    assert [near.row["source_uri"] for near in here] == ["p7", "p8"]
    assert here[0].distance_um == pytest.approx(50)
    alike = made.search(ByPosition(730, 0, 40), 3)
    by_row = made.search(ByRow(row_id("patch", "p7")), 3)
    assert alike.ids == by_row.ids
    with pytest.raises(BrainseekError, match=r"within 10 µm of \(730, 0, 40\)"):
        made.search(ByPosition(730, 0, 40, within_um=10))


def test_words_lift_rows_and_radius_bounds_them(tmp_path: Path, vectors: np.ndarray) -> None:
    rows = [
        Row(v, "patch", f"p{n}", note="dentate gyrus" if n == 17 else None)
        for n, v in enumerate(vectors)
    ]
    made = Collection.create(tmp_path / "c", ENCODER, DIM, rows)
    plain = made.search(vectors[0], 30)
    lifted = made.search(vectors[0], 30, match="Gyrus")
    assert lifted.ids.index(rows_id := row_id("patch", "p17")) <= 1 < plain.ids.index(rows_id)
    assert made.search(ByWords("gyrus"))[0].row["source_uri"] == "p17"
    near = made.search(vectors[0], 30, radius=0.9)
    assert near.ids == [hit.row["id"] for hit in plain if hit.distance <= 0.9]
    with pytest.raises(BrainseekError, match="both given"):
        made.search(vectors[0], radius=0.5, match="gyrus")


def test_an_image_is_embedded_by_the_encoder_that_wrote_the_rows(
    collection: Collection, vectors: np.ndarray
) -> None:
    class Made:
        identity, dim = ENCODER, DIM

        def embed(self, images: list[np.ndarray]) -> np.ndarray:
            return np.stack([vectors[int(image[0, 0])] for image in images])

    image = np.full((32, 32), 11, np.uint8)
    assert collection.search(ByImage(image, encoder=Made()), 1)[0].row["plate"] == 12
    with pytest.raises(BrainseekError, match="no tower for text"):
        collection.search(ByText("cortex", encoder=Made()))
    stranger = Made()
    stranger.identity = "big@1"
    with pytest.raises(BrainseekError, match=rf"{ENCODER} and not by big@1"):
        collection.search(ByImage(image, encoder=stranger), 1)
    with pytest.raises(BrainseekError, match="Unknown encoder 'tiny'"):
        collection.search(ByImage(image), 1)
    with pytest.raises(BrainseekError, match=r"no row .* 'nobody'"):
        collection.search(ByRow("nobody"))


def test_lancedb_reads_the_table(collection: Collection, vectors: np.ndarray) -> None:
    lancedb = pytest.importorskip("lancedb")
    table = lancedb.connect(collection.uri).open_table("rows")
    assert table.count_rows() == 30
    best = table.search(vectors[3]).distance_type("cosine").limit(1).to_list()[0]
    assert best["source_uri"] == "plate-4"


def test_an_address_that_became_a_path_is_refused() -> None:
    with pytest.raises(BrainseekError, match="write s3://bucket/c as text"):
        Collection.open(Path("s3://bucket/c"))


def test_some_rows_and_their_thumbnails(collection: Collection) -> None:
    names = collection.ids()
    first = collection.some_rows(4, "plate > 3")
    assert [row["id"] for row in first] == [
        row["id"] for row in collection.rows() if row["plate"] > 3
    ][:4]
    chosen = [names[7], names[2], "nobody"]
    assert {row["id"] for row in collection.some_rows(9, ids=chosen)} == set(chosen[:2])
    assert collection.some_rows(9, ids=[]) == []
    pictures = collection.thumbnails()
    assert collection.thumbnails_of(chosen) == [pictures.get(name) for name in chosen]
    assert collection.thumbnails_of([]) == []


def test_in_an_empty_collection_nothing_is_like_anything(tmp_path: Path) -> None:
    empty = Collection.create(tmp_path / "c", ENCODER, DIM)
    for query in (ByRow("x"), ByPosition(1, 2, 3), ByText("cortex"), ByImage("no-file.png")):
        assert len(empty.search(query)) == 0
        with pytest.raises(BrainseekError, match="colour"):
            empty.search(query, where="colour = 1")
