"""Collections in an object store: the same content, whole commits, and errors that end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.table.schema import PRIMARY_KEY, Row, row_id
from tests.index.s3_server import NO_METADATA, make_bucket, s3_environment, s3_server

pytest.importorskip("moto", reason="moto[server] is not installed")

ENCODER = "tiny@12345678"
DIM = 8
ROOT = Path(__file__).parents[2]


def unit(seed: int, n: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def rows(vectors: np.ndarray, first: int = 0, note: str | None = None) -> list[Row]:
    return [
        Row(v, "patch", f"made://{n}", plate=n, stain="nissl" if n % 2 else "dapi", note=note)
        for n, v in enumerate(vectors, start=first)
    ]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def uri(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in s3_environment(endpoint).items():
        monkeypatch.setenv(name, value)
    return f"s3://{make_bucket(endpoint)}/of/mine"


def test_rows_go_in_are_found_and_leave(uri: str, cache_dir: Path) -> None:
    vectors = unit(0, 40)
    collection = Collection.create(uri, ENCODER, DIM, rows(vectors), {"gallery": "abc"})
    assert (len(collection), collection.encoder, collection.stamp("gallery")) == (
        40,
        ENCODER,
        "abc",
    )
    query = unit(1, 1)[0]
    expected = sorted(range(40), key=lambda n: -float(vectors[n] @ query))
    assert [hit.row["plate"] for hit in collection.search(query, 5)] == expected[:5]
    stained = [n for n in expected if n % 2]
    found = collection.search(query, 5, where="stain = 'nissl'")
    assert [hit.row["plate"] for hit in found] == stained[:5]

    moved = query.copy()
    collection.add([Row(moved, "patch", "made://7", plate=700)])
    assert len(collection) == 40
    assert collection.search(query, 1)[0].row["plate"] == 700
    assert collection.delete("plate = 700") == 1
    assert len(collection) == 39
    assert collection.search(query, 1)[0].row["plate"] == next(n for n in expected if n != 7)
    assert list((cache_dir / "indexes").glob("*/build-*"))
    with pytest.raises(BrainseekError, match="holds a collection already"):
        Collection.create(uri, ENCODER, DIM)


def test_versions_snapshots_compaction_and_check(uri: str) -> None:
    collection = Collection.create(uri, ENCODER, DIM, rows(unit(0, 10)))
    collection.snapshot("ten")
    for part in range(3):
        collection.add(rows(unit(2 + part, 5), first=10 + 5 * part))
    before = collection.ids()
    collection.compact()
    assert (collection.ids(), len(before)) == (before, 25)
    assert verify_collection(collection.uri) == []
    assert len(Collection.open(uri, snapshot="ten")) == 10
    collection.restore("ten")
    assert collection.ids() == sorted(row_id("patch", f"made://{n}") for n in range(10))
    assert Collection.open(uri).search(unit(0, 1)[0], 1)[0].row["plate"] == 0


def test_another_object_sees_commits_without_opening_again(uri: str) -> None:
    writer = Collection.create(uri, ENCODER, DIM, rows(unit(0, 5)))
    reader = Collection.open(uri)
    assert reader.search(unit(3, 1)[0], 1)[0].score < 0.999
    writer.add(rows(unit(3, 1), first=99))
    assert reader.search(unit(3, 1)[0], 1)[0].row["plate"] == 99
    writer.delete("plate = 99")
    assert len(reader) == 5


def test_ids_are_the_key_of_the_table(uri: str) -> None:
    collection = Collection.create(uri, ENCODER, DIM)
    assert collection.table.schema.field("id").metadata == {PRIMARY_KEY: b"true"}


CHILD = """
import sys
from brainseek.index.collection import Collection
from tests.index.test_s3 import rows, unit
uri, name, commits, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
collection = Collection.open(uri)
print("ready", flush=True)
sys.stdin.readline()
for n in range(commits):
    collection.add(rows(unit(n, size), first=1000 * n, note=name))
    collection.add(rows(unit(n, 1), first=1000 * n + (500 if name == "one" else 501), note=name))
"""


def test_two_processes_that_add_the_same_new_ids_at_once_lose_and_double_nothing(uri: str) -> None:
    # Both processes add rows of the same ids, in the same order and each in a commit, and one
    # row of their own after each. Without the key of the table some ids are there twice.
    commits, size = 8, 10
    collection = Collection.create(uri, ENCODER, DIM)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, uri, name, str(commits), str(size)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    try:
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        for child in children:
            child.communicate(timeout=60)
    finally:
        for child in children:
            child.kill()
    assert [child.returncode for child in children] == [0, 0]
    shared = [1000 * n + i for n in range(commits) for i in range(size)]
    own = [1000 * n + last for n in range(commits) for last in (500, 501)]
    assert sorted(row["plate"] for row in collection.rows()) == sorted(shared + own)
    assert len(collection) == len(shared + own) == len(set(collection.ids()))
    # Each commit of shared rows is there as a whole: all of its rows are by the same process.
    for n in range(commits):
        there = collection.rows(f"plate >= {1000 * n} and plate < {1000 * n + size}")
        assert len({row["note"] for row in there}) == 1
    assert verify_collection(collection.uri) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"AWS_ENDPOINT": "http://127.0.0.1:9"}, "http://127.0.0.1:9 does not answer"),
        ({"AWS_ENDPOINT": "localhost"}, "AWS_ENDPOINT is 'localhost', which is no address"),
        ({"AWS_ALLOW_HTTP": None}, "is used only with AWS_ALLOW_HTTP=true"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "no credentials were found"),
    ],
)
def test_a_store_that_is_not_reached_is_one_sentence(
    uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str | None],
    sentence: str,
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name, value in changes.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    begin = time.monotonic()
    with pytest.raises(BrainseekError, match=sentence) as caught:
        Collection.open(uri)
    assert time.monotonic() - begin < 12
    assert "\n" not in str(caught.value)
    assert "Error" not in str(caught.value)


def test_a_bucket_or_a_collection_that_is_not_there(uri: str) -> None:
    with pytest.raises(BrainseekError, match="holds no collection; make one"):
        Collection.open(uri)
    for action in (Collection.open, lambda missing: Collection.create(missing, ENCODER, DIM)):
        with pytest.raises(BrainseekError, match="the bucket does not exist"):
            action("s3://no-such-bucket/c")


def test_a_store_that_accepts_and_says_nothing_does_not_keep_the_process(uri: str) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(16)
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        program = (
            "import brainseek.index.table.location\n"
            "from brainseek.index.collection import Collection\n"
            "brainseek.index.table.location.CONTACT_S = 1.0\n"
            "try:\n"
            f"    Collection.open({uri!r})\n"
            "except Exception as error:\n"
            "    print(type(error).__name__, error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, **NO_METADATA, "AWS_ENDPOINT": address},
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert done.stdout.startswith(f"BrainseekError {uri} can't be reached (no answer within 1 ")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_store_that_goes_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as address:
        for name, value in s3_environment(address).items():
            monkeypatch.setenv(name, value)
        collection = Collection.create(f"s3://{make_bucket(address)}/c", ENCODER, DIM)
    with pytest.raises(BrainseekError, match=f"{address} does not answer"):
        collection.add(rows(unit(0, 2)))


def test_a_collection_made_anew_elsewhere_is_not_searched_by_the_former_cache(uri: str) -> None:
    collection = Collection.create(uri, ENCODER, DIM, rows(unit(0, 10)))
    assert collection.search(unit(0, 1)[0], 1)[0].score > 0.999
    collection.table.erase()  # as from another machine: the cache of this one stays
    made = Collection.create(uri, ENCODER, DIM, rows(unit(5, 10)))
    for _ in range(2):
        assert made.version == 1
        hits = made.search(unit(0, 1)[0], 20)
        assert (len(hits), hits[0].score < 0.999) == (10, True)
        assert made.search(unit(5, 1)[0], 1)[0].score > 0.999
        made = Collection.open(uri)
        made.build_cache()
    assert verify_collection(made.uri) == []
