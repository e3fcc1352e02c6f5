"""Rows by words alone."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.queries import ByWords
from brainseek.index.table.schema import Row
from tests.index.made_patches import DIM, ENCODER, made_collection, patches, unit


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return made_collection(tmp_path / "c", 30)


def test_rows_that_hold_the_words(collection: Collection) -> None:
    hits = collection.search(ByWords("GYRUS"), 20)
    noted = [row["id"] for row in collection.rows() if row["note"]]
    assert sorted(hits.ids) == noted
    assert [hit.rank for hit in hits] == list(range(len(noted)))
    assert all(hit.score > 0 and np.isnan(hit.distance) for hit in hits)
    assert np.isnan(hits[:2].distances).all()
    assert np.isnan(hits.to_arrow()["distance"].to_numpy()).all()
    np.testing.assert_array_equal(hits.vectors()[1], collection.vector(hits.ids[1]))
    assert not len(collection.search(ByWords("cerebellum")))


def test_against_slow_loops(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vocabulary = ["Alpha", "beta", "GAMMA_2", "Ärger", "Σίσυφος", "x"]
    rows = [
        Row(
            v,
            "patch",
            "/".join(rng.choice(vocabulary, 2)) + f"-{i}.tif",
            id=f"{i:03d}",
            note=" ".join(rng.choice(vocabulary, rng.integers(0, 6))) or None,
            stain=str(rng.choice(vocabulary)) if i % 2 else None,
        )
        for i, v in enumerate(unit(80))
    ]
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, rows[:50])
    collection.build_cache()
    collection.add([*rows[50:], *rows[:5]])
    collection.delete("id in ('007', '060')")
    rows = [row for row in rows if row.id not in ("007", "060")]
    for text in ("beta", "ALPHA x", "gamma", "2 ärger nothing", "σίσυφος"):
        expected = {}
        for row in rows:
            parts = [row.source_uri, row.note or "", row.stain or ""]
            words = re.split(r"[ /_.-]+", " ".join(parts).lower())
            score = 0.0
            for word in text.lower().split():
                having = sum(
                    word in re.split(r"[ /_.-]+", f"{r.source_uri} {r.note} {r.stain}".lower())
                    for r in rows
                )
                n = words.count(word)
                score += math.log(1 + (78 - having + 0.5) / (having + 0.5)) * n * 2.2 / (n + 1.2)
            if score:
                expected[row.id] = score
        best = sorted(expected, key=lambda name: (-round(expected[name], 9), name))
        hits = collection.search(ByWords(text), 100)
        assert hits.ids == best
        assert hits.scores == pytest.approx([expected[name] for name in best])


def test_rows_with_all_words_come_first_and_words_lift_neighbours(collection: Collection) -> None:
    hits = collection.search(ByWords("ca1 NISSL"), 30)
    whole = [hit.row["structure"] == "CA1" and hit.row["stain"] == "nissl" for hit in hits]
    assert whole == sorted(whole, reverse=True)
    assert sum(whole) == 5
    query = unit(1, seed=8)[0]
    plain, lifted = collection.search(query, 30), collection.search(query, 30, match="GYRUS")
    assert sorted(plain.ids) == sorted(lifted.ids)
    for hit in plain:
        if hit.row["note"]:
            assert lifted.ids.index(hit.row["id"]) <= hit.rank
    assert lifted[0].row["note"]


def test_rare_words_weigh_more_and_pages_join(tmp_path: Path) -> None:
    rows = [
        Row(v, "patch", f"s{i}", note="common rare" if i == 40 else "common")
        for i, v in enumerate(unit(300))
    ]
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, rows)
    hits = collection.search(ByWords("rare common"), 300)
    assert hits[0].row["source_uri"] == "s40"
    assert hits.ids[1:] == sorted(hits.ids[1:]), "299 rows tie"
    pages = [collection.search(ByWords("common rare"), 70, offset=70 * page) for page in range(5)]
    assert [row for page in pages for row in page.ids] == hits.ids
    assert pages[1][0].rank == 70


def test_conditions_and_later_rows(collection: Collection) -> None:
    assert {
        hit.row["stain"] for hit in collection.search(ByWords("CA1"), 30, where="stain = 'ish'")
    } == {"ish"}
    collection.search(unit(1)[0], 1)
    collection.add([Row(unit(1, seed=5)[0], "patch", "late", note="brandnew")])
    assert [hit.row["source_uri"] for hit in collection.search(ByWords("brandnew"))] == ["late"]
    collection.delete("note = 'brandnew'")
    assert not len(collection.search(ByWords("brandnew")))


def test_what_is_refused(collection: Collection) -> None:
    for words in ("", "  ", "'%-"):
        with pytest.raises(BrainseekError, match="no word"):
            collection.search(ByWords(words))
    with pytest.raises(BrainseekError, match="33 different words"):
        collection.search(ByWords(" ".join(map(str, range(33)))))
    with pytest.raises(BrainseekError, match="k is 0"):
        collection.search(ByWords("a"), 0)
    with pytest.raises(BrainseekError, match="offset is -1"):
        collection.search(ByWords("a"), offset=-1)
    with pytest.raises(BrainseekError, match="colour"):
        collection.search(ByWords("a"), where="colour = 1")


def test_an_empty_collection(tmp_path: Path) -> None:
    assert not len(Collection.create(tmp_path / "c", ENCODER, DIM).search(ByWords("a")))
    assert len(patches(1)) == 1


def test_words_alone_have_no_vectors(tmp_path: Path) -> None:
    made = made_collection(tmp_path / "c")
    hits = made.search(ByWords("dentate"))
    assert (hits.score_kind, made.search(unit(1)[0]).score_kind) == ("bm25", "cosine")
    assert hits[:2].score_kind == "bm25"
    assert np.isnan(hits.distances).all()
    for name, value in {"radius": 1.0, "exact": True, "match": "gyrus"}.items():
        with pytest.raises(BrainseekError, match=f"{name} is about vectors"):
            made.search(ByWords("dentate"), **{name: value})
