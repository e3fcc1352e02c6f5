"""``brainseek search``: what a person sees, and the exit status."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from brainseek.index.collection import Collection
from brainseek.index.queries import ByPosition, ByRow
from brainseek.index.table.schema import METADATA_COLUMNS, Row
from brainseek.ui.cli import main
from tests.index.made_patches import DIM, ENCODER, made_collection, unit


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["search", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def sentence(*arguments: object) -> str:
    """Return the error of a command that must fail, which is one line."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    lines = result.stderr.strip().splitlines()
    assert lines[-1].startswith("Error: ")
    return lines[-1]


def found(*arguments: object) -> dict:
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def uri(tmp_path: Path) -> Path:
    made_collection(tmp_path / "c", 30)
    return tmp_path / "c"


@pytest.fixture
def vector(tmp_path: Path) -> Path:
    np.save(tmp_path / "q.npy", unit(1, seed=7))
    return tmp_path / "q.npy"


def test_json_is_what_python_returns(uri: Path, vector: Path) -> None:
    collection = Collection.open(uri)
    query = np.load(vector)[0]
    options = {"k": 5, "offset": 2, "where": "stain is not null", "exact": True}
    answer = found(
        uri, "--vector", vector, "-k", 5, "--offset", 2, "--where", options["where"], "--exact"
    )
    hits = collection.search(query, **options)
    assert len(answer["hits"]) == 5
    for got, hit in zip(answer["hits"], hits, strict=True):
        assert (got["rank"], got["score"], got["distance"]) == (hit.rank, hit.score, hit.distance)
        assert set(got) == {"rank", "score", "distance", *METADATA_COLUMNS}
        created = got.pop("created")
        assert created == hit.row["created"].isoformat()
        assert all(got[name] == value for name, value in hit.row.items() if name != "created")
    assert answer["query"] == {"vector": str(vector)}
    assert answer["collection"] == str(uri)
    assert (answer["encoder"], answer["version"], answer["score"]) == (ENCODER, 1, "cosine")
    assert [hit["rank"] for hit in answer["hits"]] == [2, 3, 4, 5, 6]


def test_every_query(uri: Path) -> None:
    collection = Collection.open(uri)
    row = collection.ids()[3]

    def ids(answer: dict) -> list[str]:
        return [hit["id"] for hit in answer["hits"]]

    assert ids(found(uri, "--row", row)) == collection.search(ByRow(row)).ids
    at = found(uri, "--at", 1010, -1.5, 0, "--within", 50)
    assert at["query"] == {"at": [1010.0, -1.5, 0.0], "within_um": 50.0}
    assert ids(at) == collection.search(ByPosition(1010, -1.5, 0)).ids
    words = found(uri, "--match", "dentate", "-k", 30)
    assert words["score"] == "bm25"
    assert len(words["hits"]) == 6
    assert all(hit["distance"] is None for hit in words["hits"])
    both = found(uri, "--row", row, "--match", "dentate")
    assert ids(both) == collection.search(ByRow(row), match="dentate").ids


def test_table_for_people(uri: Path, vector: Path) -> None:
    result = run(uri, "--vector", vector, "-k", 4)
    assert result.exit_code == 0
    hits = Collection.open(uri).search(np.load(vector)[0], 4)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["rank", "score", "structure", "position", "(mm)", "stain", "source"]
    for hit in hits:
        assert f"{hit.rank}  {hit.score:.3f}" in result.stdout
    assert "16 x 32" in " ".join(result.stdout.split())
    assert "plate" not in lines[0], "no hit has one"


def test_files(tmp_path: Path, uri: Path, vector: Path) -> None:
    result = run(
        uri, "--vector", vector, "-k", 6,
        "--json", tmp_path / "h.json", "--csv", tmp_path / "h.csv", "--html", tmp_path / "h.html",
    )  # fmt: skip
    assert result.exit_code == 0
    assert "rank" in result.stdout
    hits = json.loads((tmp_path / "h.json").read_text())["hits"]
    with (tmp_path / "h.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["id"] for line in lines] == [hit["id"] for hit in hits]
    assert [float(line["score"]) for line in lines] == [hit["score"] for hit in hits]
    page = (tmp_path / "h.html").read_text()
    assert page.count("<tr>") == 7
    assert "data:image/jpeg" in page
    assert "http" not in page.replace('http-equiv="Content', ""), "it needs no other file"
    assert "<b>bold" not in page
    assert f"version 1, {ENCODER}" in page
    again = run(uri, "--vector", vector, "--html", tmp_path / "no" / "h.html")
    assert again.exit_code == 2
    assert "can't be written" in again.stderr


def test_an_empty_collection_says_so(tmp_path: Path, vector: Path) -> None:
    Collection.create(tmp_path / "c", ENCODER, DIM)
    for query in (("--vector", vector), ("--row", "x"), ("--at", 1, 2, 3), ("--match", "word")):
        result = run(tmp_path / "c", *query, "--json", "-")
        assert result.exit_code == 0
        assert json.loads(result.stdout)["hits"] == []
        assert "is empty" in result.stderr
    assert "colour" in sentence(tmp_path / "c", "--row", "x", "--where", "colour = 1")


def test_no_hits(uri: Path, vector: Path) -> None:
    result = run(uri, "--vector", vector, "--where", "stain = 'none'")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no hits\n")


def test_earlier_times(uri: Path, vector: Path) -> None:
    collection = Collection.open(uri)
    collection.snapshot("full")
    collection.delete("stain = 'nissl'")
    assert len(found(uri, "--vector", vector, "-k", 99)["hits"]) == 20
    for then in (("--snapshot", "full"), ("--version", 1)):
        answer = found(uri, "--vector", vector, "-k", 99, *then)
        assert (len(answer["hits"]), answer["version"]) == (30, 1)
    assert "has no snapshot 'x'" in sentence(uri, "--vector", vector, "--snapshot", "x")
    assert "has no version '9'" in sentence(uri, "--vector", vector, "--version", 9)
    both = ("--version", 1, "--snapshot", "full")
    assert "give one" in sentence(uri, "--vector", vector, *both)


def test_what_is_refused(tmp_path: Path, uri: Path, vector: Path) -> None:
    assert "holds no collection" in sentence(tmp_path / "none", "--vector", vector)
    assert "nothing to search for" in sentence(uri)
    assert "--row and --at are 2 queries" in sentence(uri, "--row", "x", "--at", 1, 2, 3)
    assert "IMAGE and --vector" in sentence(uri, "image.png", "--vector", vector)
    assert "--window says more about IMAGE" in sentence(uri, "--row", "x", "--window", 0, 0, 16, 16)
    for option in (("--slice", 1), ("--axis", 1), ("--pixel-size", 1)):
        assert f"{option[0]} says more about IMAGE" in sentence(uri, "--vector", vector, *option)
    assert "--within says more about --at" in sentence(uri, "--row", "x", "--within", 5)
    assert "no row of" in sentence(uri, "--row", "x'; drop table")
    assert "lies within 1000" in sentence(uri, "--at", 1e6, 0, 0)
    assert "is no place" in sentence(uri, "--at", "nan", 0, 0)
    assert "colour" in sentence(uri, "--vector", vector, "--where", "colour = 1")
    assert "radius is about vectors" in sentence(uri, "--match", "a", "--radius", 1)
    assert "exact is about vectors" in sentence(uri, "--match", "a", "--exact")
    assert "give one of them" in sentence(uri, "--vector", vector, "--match", "a", "--radius", 1)
    assert "no word" in sentence(uri, "--match", "--")
    for wrong in (("-k", 0), ("--offset", -1), ("--radius", 3)):
        result = run(uri, "--vector", vector, *wrong)
        assert result.exit_code == 2
        assert wrong[0] in result.stderr


def test_vectors_that_are_refused(tmp_path: Path, uri: Path) -> None:
    file = tmp_path / "v.npy"
    assert "can't be read (No such file" in sentence(uri, "--vector", file)
    file.write_text("no array")
    assert "no .npy file" in sentence(uri, "--vector", file)
    file.write_bytes(b"")
    assert "no .npy file" in sentence(uri, "--vector", file)
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    assert "no .npy file" in sentence(uri, "--vector", file)
    for array, why in (
        (unit(2), "(2, 8)"),
        (np.array(["a"]), "U1"),
        (unit(1, dim=5)[0], "5 dimensions"),
        (2 * unit(1)[0], "length 2"),
        (np.full(DIM, np.nan), "NaN"),
    ):
        np.save(file, array)
        assert why in sentence(uri, "--vector", file)
    np.savez(tmp_path / "v.npz", a=1)
    assert "several arrays" in sentence(uri, "--vector", tmp_path / "v.npz")


def test_hostile_rows_do_not_steer_the_terminal(tmp_path: Path, vector: Path) -> None:
    bad = "\x1b]0;title\x07[bold]\nnext"
    Collection.create(tmp_path / "c", ENCODER, DIM, [Row(unit(1)[0], "patch", bad, stain=bad)])
    output = run(tmp_path / "c", "--vector", vector).output
    assert "\x1b" not in output
    assert "[bold]" in output
    assert len(output.splitlines()) <= 5


def test_images_end_to_end(tmp_path: Path) -> None:
    """An image that is in the collection is its own best hit; so is a window of it."""
    from PIL import Image

    from brainseek.catalog.sections.section import read_section
    from brainseek.catalog.sections.window import read_window
    from brainseek.embedder.registry import load_encoder
    from brainseek.index.table.schema import Window

    rng = np.random.default_rng(0)
    images = [
        np.kron(rng.integers(60, 255, (6, 8), dtype=np.uint8), np.ones((20, 20), np.uint8))
        for _ in range(3)
    ]
    files = [tmp_path / f"{i}.png" for i in range(3)]
    for file, image in zip(files, images, strict=True):
        Image.fromarray(image).save(file)
    encoder = load_encoder("plates-mouse-nissl", device="cpu")
    window = Window(20, 40, 60, 80)
    sections = [read_section(file) for file in files] + [read_window(files[1], window)]
    vectors = encoder.embed(sections)
    names = [*map(str, files), "window"]
    rows = [Row(v, "section", name) for v, name in zip(vectors, names, strict=True)]
    uri = tmp_path / "c"
    Collection.create(uri, encoder.identity, encoder.dim, rows)
    answer = found(uri, files[2])
    assert answer["query"] == {"image": str(files[2])}
    assert answer["hits"][0]["source_uri"] == str(files[2])
    assert answer["hits"][0]["score"] == pytest.approx(1, abs=1e-4)
    page = tmp_path / "h.html"
    answer = found(uri, files[1], "--window", 20, 40, 60, 80, "--html", page)
    assert answer["query"]["window"] == [20, 40, 60, 80]
    assert answer["hits"][0]["source_uri"] == "window"
    assert page.read_text().count("data:image/jpeg") == 1, "the query itself"
    assert "no tower for text" in sentence(uri, "--text", "hippocampus")
    assert "none.png" in sentence(uri, tmp_path / "none.png")
    assert "window" in sentence(uri, files[1], "--window", 0, 0, 500, 500)
    assert "window" in sentence(uri, files[1], "--window", -1, 0, 50, 50)


def test_an_encoder_that_is_not_here(tmp_path: Path, uri: Path) -> None:
    from PIL import Image

    Image.fromarray(np.eye(32, dtype=np.uint8) * 255).save(tmp_path / "a.png")
    assert "Unknown encoder 'made'" in sentence(uri, tmp_path / "a.png")
    changed = tmp_path / "d"
    Collection.create(changed, "plates-mouse-nissl@00000000", DIM, [Row(unit(1)[0], "patch", "s")])
    assert "plates-mouse-nissl@00000000" in sentence(changed, tmp_path / "a.png")


def test_help() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "\\b" not in result.output
    assert "search" in CliRunner().invoke(main, ["--help"]).output
