"""What the child processes of the tests do, and how they are started cheaply.

``import lance`` takes a second or more. Children are forked from a server that has imported
everything but has not yet used it, so that starting one takes a few hundredths of a second and
killing one harms nobody else.
"""

import contextlib
import json
import multiprocessing
import shutil
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.table.schema import Row
from tests.index.made_rows import DIM, ENCODER, assert_right, batch, unit, vectors_by_source

ADD, DELETE, COMPACT, BUILD = "add", "delete", "compact", "build_cache"
BATCH_ROWS = 40

Step = tuple[str, int]
"""An operation and the number of the batch that is added or deleted."""


def server() -> ForkServerContext:
    """Return the context whose children start with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "numpy",
            "lance",
            "faiss",
            "pyarrow.dataset",
            "sqlglot",
            "brainseek.index.filters.filter",
            __name__,
        ]
    )
    return context


def start(target: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """Start ``target(*arguments, connection)`` in a child; return it and our end."""
    context = server()
    ours, theirs = context.Pipe()
    child = context.Process(target=_run, args=(target, arguments, theirs), daemon=True)
    child.start()
    theirs.close()
    return child, ours


def _run(target: Callable[..., None], arguments: tuple[object, ...], ours: Connection) -> None:
    try:
        target(*arguments, ours)
    except BaseException:
        ours.send(traceback.format_exc())
        raise


def work_through(uri: str, steps: list[Step], connection: Connection) -> None:
    """Do one step after the other, and say before and after each which it is."""
    collection = Collection.open(uri)
    for place, (kind, number) in enumerate(steps):
        connection.send((place, "begin"))
        if kind == ADD:
            collection.add(batch(number, BATCH_ROWS))
        elif kind == DELETE:
            collection.delete(f"note = 'batch {number}'")
        elif kind == COMPACT:
            collection.compact()
        else:
            collection.build_cache()
        connection.send((place, "end"))


def create_again_and_again(uri: str, connection: Connection) -> None:
    """Make collections ``uri-0``, ``uri-1`` … until killed."""
    for number in range(1000):
        connection.send(number)
        Collection.create(f"{uri}-{number}", ENCODER, DIM, batch(number, BATCH_ROWS))


def add_batches(uri: str, writer: int, batches: int, connection: Connection) -> None:
    """Add new batches, and between them the rows that all writers have in common."""
    collection = Collection.open(uri)
    connection.recv()
    for j in range(batches):
        collection.add(batch(1000 * (writer + 1) + j, BATCH_ROWS))
        note = f"writer {writer}, time {j}"
        collection.add([replace(row, note=note) for row in batch(0, BATCH_ROWS)])
    connection.send("done")


def read_all_the_time(uri: str, connection: Connection) -> None:
    """Look at the collection until told to stop; say what was wrong, and how much was seen."""
    collection = Collection.open(uri)
    sizes, searches = [len(collection.rows())], 0
    query = unit(np.random.default_rng(5), 1)[0]
    connection.send("ready")
    while not connection.poll():
        notes = [row["note"] for row in collection.rows()]
        sizes.append(len(notes))
        found = [hit.row["note"] for hit in collection.search(query, 10_000)]
        searches += 1
        for seen in (notes, found):
            parts = {note: n for note, n in Counter(seen).items() if n != BATCH_ROWS}
            if parts:
                connection.send(f"parts of commits were seen: {parts}")
                return
        if len(found) < len(notes) or sizes[-1] < sizes[-2]:
            connection.send(f"rows vanished: {sizes[-2:]}, {len(found)} found")
            return
    connection.send((searches, len(set(sizes))))


def write_with_little_space(uri: str, connection: Connection) -> None:
    """Write while no file may grow beyond the files of a first search index; send what failed."""
    import resource

    collection = prepared(uri)
    current = Path(uri) / "cache" / (Path(uri) / "cache" / "current").read_text()
    largest = max(path.stat().st_size for path in current.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    connection.send(refusals(uri, collection))


def fill_a_disk(folder: str) -> None:
    """Do the same on a small file system with so many bytes left; print what failed."""
    for left in (0, 8_192, 20_480):
        uri = f"{folder}/c"
        collection = prepared(uri)
        with Path(folder, "fill").open("wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
            file.truncate(file.tell() - left)
        print(json.dumps(refusals(uri, collection)))
        for name in ("c", "c-new"):
            shutil.rmtree(Path(folder, name))
        Path(folder, "fill").unlink()


def prepared(uri: str) -> Collection:
    """Return a collection of two batches, the first of which is in the cache."""
    collection = Collection.create(uri, ENCODER, DIM, batch(0))
    collection.build_cache()
    collection.add(batch(1))
    return collection


def refusals(uri: str, collection: Collection) -> list[str]:
    """Try to write in every way; return the errors after making sure that nothing changed."""
    current = (Path(uri) / "cache" / "current").read_text()
    said = []
    for action in (
        lambda: collection.add(batch(2, 2000)),
        collection.build_cache,
        Collection.open(uri).build_cache,
        lambda: collection.add(batch(2, 2000)),
        collection.compact,
        lambda: Collection.create(f"{uri}-new", ENCODER, DIM, batch(2, 2000)),
    ):
        try:
            action()
            said.append("")
        except BrainseekError as error:
            said.append(str(error))
    for opened in (collection, Collection.open(uri)):
        assert_right(opened, vectors_by_source([0, 1]))
        assert len(opened) == 2 * BATCH_ROWS
    assert (Path(uri) / "cache" / "current").read_text() == current
    assert verify_collection(uri) == []
    return said


def cut_the_last_bytes(folder: str, connection: Connection) -> None:
    """Write files of rows of which the last bytes have no place; send what became of it.

    Lance reports no error then and commits them.
    """
    import resource

    everything = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    said = []
    for kind in ("create", ADD, COMPACT):
        for missing in (0, 300, 2000):
            uri = f"{folder}/{kind}-{missing}"
            collection = None
            if kind != "create":
                collection = Collection.create(uri, ENCODER, DIM, batch(0, 2000))
            if kind == COMPACT:
                collection.add(batch(1, 2000))
            size = _written_size(kind, f"{uri}-trial", batch(1, 2000))
            limit = 2 * size if missing == 0 else size - missing
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, everything[1]))
            try:
                if collection is None:
                    Collection.create(uri, ENCODER, DIM, batch(1, 2000))
                elif kind == ADD:
                    collection.add(batch(1, 2000))
                else:
                    collection.table.compact()
                text = ""
            except BrainseekError as error:
                text = str(error)
            resource.setrlimit(resource.RLIMIT_FSIZE, everything)
            there = {"create": [1], ADD: [0, 1], COMPACT: [0, 1]}[kind]
            if text:
                there = {"create": [], ADD: [0], COMPACT: [0, 1]}[kind]
                if kind == "create":
                    Collection.create(uri, ENCODER, DIM)
            assert verify_collection(uri) == [], (kind, missing)
            for opened in (Collection.open(uri), *([collection] if collection else [])):
                assert_right(opened, vectors_by_source(there, 2000))
            said.append((kind, missing, text))
    connection.send(said)


def _written_size(kind: str, uri: str, rows: list[Row]) -> int:
    """Return the size of the file that an operation writes when there is space."""
    collection = Collection.create(uri, ENCODER, DIM, rows)
    if kind == COMPACT:
        collection.add(batch(0, 2000))
        collection.table.compact()
    (name,) = collection.table.data_files()
    return (Path(uri) / "rows.lance" / name).stat().st_size
