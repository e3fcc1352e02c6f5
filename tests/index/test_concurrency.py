"""Several processes add at once while others read: nothing is lost, doubled or seen in part."""

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from tests.index.child_work import BATCH_ROWS, add_batches, read_all_the_time, start
from tests.index.made_rows import DIM, ENCODER, assert_right, batch, vectors_by_source

WRITERS, BATCHES = 4, 5


def test_four_writers_and_two_readers(tmp_path: Path) -> None:
    uri = tmp_path / "c"
    first = Collection.create(uri, ENCODER, DIM, batch(0, BATCH_ROWS))
    first.build_cache()
    version = first.version
    readers = [start(read_all_the_time, str(uri)) for _ in range(2)]
    for _, connection in readers:
        assert connection.recv() == "ready"
    writers = [start(add_batches, str(uri), n, BATCHES) for n in range(WRITERS)]
    for _, connection in writers:
        connection.send("go")
    for process, connection in writers:
        assert connection.recv() == "done"
        process.join()
    for process, connection in readers:
        connection.send("stop")
        seen = connection.recv()
        assert isinstance(seen, tuple), seen
        searches, sizes = seen
        assert searches > 0
        assert sizes > 2, "the reader saw hardly anything of the work"
        process.join()

    collection = Collection.open(uri)
    added = [1000 * (n + 1) + j for n in range(WRITERS) for j in range(BATCHES)]
    ids = collection.ids()
    assert len(ids) == len(set(ids)) == len(collection) == BATCH_ROWS * (1 + len(added))
    notes = Counter(row["note"] for row in collection.rows())
    expected = {f"batch {number}" for number in added}
    last = set(notes) - expected
    assert len(last) == 1  # the common rows belong to one writer, the last one
    assert last <= {f"writer {n}, time {BATCHES - 1}" for n in range(WRITERS)}
    assert set(notes) >= expected
    assert set(notes.values()) == {BATCH_ROWS}
    assert collection.version == version + 2 * WRITERS * BATCHES  # every commit is a version
    assert_right(collection, vectors_by_source([0, *added], BATCH_ROWS))
    assert verify_collection(uri) == []


def test_a_reader_of_an_old_version_is_left_alone(tmp_path: Path) -> None:
    """Its rows, and the files of the cache that it maps, stay while others go on."""
    writer = Collection.create(tmp_path / "c", ENCODER, DIM, batch(1))
    old = Collection.open(tmp_path / "c", version=writer.version)
    assert_right(old, vectors_by_source([1]))
    writer.add(batch(2))
    writer.delete("note = 'batch 1'")
    writer.compact()
    writer.add(batch(3))
    writer.build_cache()
    assert_right(old, vectors_by_source([1]))
    assert_right(Collection.open(tmp_path / "c", version=old.version), vectors_by_source([1]))
    assert_right(writer, vectors_by_source([2, 3]))


def test_threads_share_a_collection(tmp_path: Path) -> None:
    """As the app does: one object, many users, and another process that adds."""
    uri = tmp_path / "c"
    collection = Collection.create(uri, ENCODER, DIM, batch(0, BATCH_ROWS))
    collection.build_cache()
    query = batch(0)[0].vector
    ended = threading.Event()

    def look() -> int:
        rounds = 0
        while not ended.is_set() or rounds == 0:
            for hits in (
                collection.search(query, 10_000),
                collection.search(query, 10_000, where="plate >= 0"),
            ):
                notes = Counter(hit.row["note"] for hit in hits)
                assert set(notes.values()) == {BATCH_ROWS}, notes
            assert len(collection.rows()) % BATCH_ROWS == len(collection) % BATCH_ROWS == 0
            rounds += 1
        return rounds

    writer, connection = start(add_batches, str(uri), 0, 8)
    with ThreadPoolExecutor(4) as pool:
        looks = [pool.submit(look) for _ in range(4)]
        connection.send("go")
        assert connection.recv() == "done"
        ended.set()
        assert all(one.result() > 0 for one in looks)
    writer.join()
    assert len(collection.search(query, 10_000)) == 9 * BATCH_ROWS


def test_a_commit_in_the_same_step_of_the_clock_is_seen(tmp_path: Path) -> None:
    """Some file systems keep the time of a change in steps of a second or two."""
    writer = Collection.create(tmp_path / "c", ENCODER, DIM, batch(1))
    reader = Collection.open(tmp_path / "c")
    versions = tmp_path / "c" / "rows.lance" / "_versions"
    step = versions.stat().st_mtime_ns
    assert len(reader.ids()) == 40
    writer.add(batch(2))
    os.utime(versions, ns=(step, step))
    assert_right(reader, vectors_by_source([1, 2]))
    time.sleep(2.1)  # a time of change is trusted when it is older than two seconds
    assert_right(reader, vectors_by_source([1, 2]))
