"""The Ray engine makes the rows of the local one, in one commit or not at all."""

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.ingest.engines import ray_engine
from brainseek.index.ingest.engines.ray_session import ray_session
from brainseek.index.ingest.engines.ray_worker import (
    PART,
    RESULT,
    PartResult,
    PartWorker,
    WorkerSettings,
)
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
from brainseek.index.ingest.summary import Summary
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.table.location import table_uri
from brainseek.index.table.schema import collection_schema
from tests.index.ingest.made_files import MeanEncoder, tissue_picture, write_tiff
from tests.index.s3_server import make_bucket, s3_environment, s3_server

ray = pytest.importorskip("ray", reason="Ray is not installed (brainseek[distributed])")
pytest.importorskip("moto", reason="moto[server] is not installed")

ENCODER = "plates-mouse-nissl"
OPTIONS = EmbedOptions(patch_px=64, batch=4, commit_rows=8, workers=1, stain="nissl")


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slides")
    for n in range(2):
        write_tiff(folder / f"{n}.tif", tissue_picture(seed=n), um=2.0)
    return folder


@pytest.fixture(scope="module")
def local(slides: Path, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """What the local engine makes of the slides with one thread for the network, as in a worker."""
    import torch

    uri = tmp_path_factory.mktemp("local") / "c"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        embed_paths([slides], uri, ENCODER, OPTIONS)
    finally:
        torch.set_num_threads(threads)
    return Collection.open(uri)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Ray with two CPUs that reaches a store; yields the address of a bucket."""
    with ExitStack() as stack:
        address = stack.enter_context(s3_server())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("BRAINSEEK_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name, value in s3_environment(address).items():
            patch.setenv(name, value)
        for last in (False, False, True):
            try:
                stack.enter_context(ray_session(2))
                break
            except BrainseekError:  # a busy machine: Ray gives itself 30 s
                if last:
                    raise
        yield f"s3://{make_bucket(address)}"


def embed(slides: Path, uri: Path | str, workers: int = 1, **changes: object) -> Summary:
    settings = {**OPTIONS.__dict__, "workers": workers, **changes}
    return embed_paths([slides], uri, ENCODER, EmbedOptions(**settings), "ray")


def assert_same(ours: Collection, expected: Collection) -> None:
    ids = expected.ids()
    assert len(ids) > 12
    assert ours.ids() == ids
    for name in ids:
        np.testing.assert_array_equal(ours.vector(name), expected.vector(name))
    for mine, other in zip(ours.rows(), expected.rows(), strict=True):
        assert {**mine, "created": None} == {**other, "created": None}
    assert ours.thumbnails() == expected.thumbnails()
    assert verify_collection(ours.uri) == []


def test_one_worker_makes_the_very_rows_of_the_local_engine_in_one_commit(
    slides: Path, local: Collection, cluster: str, tmp_path: Path
) -> None:
    (slides / "bad.png").write_bytes(b"no picture")
    try:
        done = embed(slides, tmp_path / "c")
    finally:
        (slides / "bad.png").unlink()
    assert (done.planned, done.skipped, done.added) == (len(local), 0, len(local))
    assert [Path(uri).name for uri, _ in done.failed] == ["bad.png"]
    ours = Collection.open(tmp_path / "c")
    assert_same(ours, local)
    assert [v["version"] for v in ours.table.versions()] == [1, 2]  # made empty, and all rows
    assert len(ours.table.fragments()) > 1
    again = embed(slides, tmp_path / "c")
    assert (again.skipped, again.added, ours.version) == (len(local), 0, 2)


def test_two_workers_go_on_in_an_object_store_where_the_local_engine_stopped(
    slides: Path, local: Collection, cluster: str
) -> None:
    uri = f"{cluster}/c"
    first = embed_paths([slides], uri, ENCODER, EmbedOptions(**{**OPTIONS.__dict__, "limit": 4}))
    done = embed(slides, uri, workers=2)
    assert (first.added, done.skipped, done.added) == (4, 4, len(local) - 4)
    ours = Collection.open(uri)
    ids = local.ids()
    assert ours.ids() == ids
    # The first four are by this process, whose network may run in another number of threads.
    np.testing.assert_allclose(
        [ours.vector(name) for name in ids], [local.vector(name) for name in ids], atol=1e-6
    )
    assert verify_collection(ours.uri) == []


class MeanWorker(PartWorker):
    """A worker with an encoder that has no network."""

    def load(self) -> MeanEncoder:
        return MeanEncoder()


class FailingWorker(MeanWorker):
    """Fails at its second part."""

    parts = 0

    def _embed(self, *job: object) -> PartResult:
        self.parts += 1
        if self.parts == 2:
            raise ValueError("the second part is too much")
        return super()._embed(*job)


class DyingWorker(MeanWorker):
    """Dies once, after it wrote the rows of a part and before it said so."""

    def __call__(self, row: dict[str, bytes]) -> dict[str, bytes]:
        result = super().__call__(row)
        mark = Path(self._settings.options.note or "")
        if not mark.exists():
            mark.touch()
            os._exit(1)
        return result


@pytest.fixture
def mean_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A collection for the encoder without network, and a Ray engine that uses it."""
    uri = str(tmp_path / "c")
    Collection.create(uri, MeanEncoder.identity, MeanEncoder.dim)
    monkeypatch.setattr("brainseek.embedder.registry.read_card", lambda _: MeanEncoder())
    return uri


def test_a_run_that_fails_adds_nothing_and_the_next_one_is_whole(
    slides: Path, local: Collection, cluster: str, mean_collection: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    collection = Collection.open(mean_collection)
    monkeypatch.setattr(ray_engine, "PartWorker", FailingWorker)
    sentence = r"nothing was added: a worker failed \(ValueError: the second part is too much\); "
    with pytest.raises(BrainseekError, match=sentence):
        embed(slides, mean_collection)
    assert (len(collection), collection.version) == (0, 1)
    assert embed_paths([slides], mean_collection, MeanEncoder(), OPTIONS).added == len(local)
    assert collection.ids() == local.ids()
    assert verify_collection(collection.uri) == []


def test_a_worker_that_dies_is_started_again_and_no_row_counts_twice(
    slides: Path, local: Collection, cluster: str, mean_collection: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(ray_engine, "PartWorker", DyingWorker)
    done = embed(slides, mean_collection, note=str(tmp_path / "died"))
    assert (tmp_path / "died").exists()
    assert done.added == len(local)
    collection = Collection.open(mean_collection)
    assert collection.ids() == local.ids()
    files = list((tmp_path / "c" / "rows.lance" / "data").iterdir())
    assert len(files) == len(collection.table.fragments()) + 1  # that of the worker that died
    assert verify_collection(collection.uri) == []


def test_more_workers_than_cpus_are_refused(slides: Path, cluster: str, tmp_path: Path) -> None:
    with pytest.raises(BrainseekError, match="3 workers need 3 CPUs and Ray has 2; use fewer"):
        embed(slides, tmp_path / "c", workers=3)
    with pytest.raises(BrainseekError, match="device 'cuda' was asked for and Ray has no GPU"):
        embed(slides, tmp_path / "c", device="cuda")
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("127.0.0.1:9", "no Ray cluster answers at RAY_ADDRESS=127.0.0.1:9 .*refused"),
        ("127.0.0.1:port", "no Ray cluster answers at RAY_ADDRESS=127.0.0.1:port"),
        ("ray://127.0.0.1:10001", "RAY_ADDRESS is 'ray://.*give HOST:PORT"),
    ],
)
def test_a_cluster_that_is_not_there_is_one_sentence(
    address: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(BrainseekError, match=sentence), ray_session(1):
        pass


def test_without_ray_the_sentence_says_how_to_get_it(
    slides: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BrainseekError, match=r"pip install 'brainseek\[distributed\]'"):
        embed(slides, tmp_path / "c")
    assert not (tmp_path / "c").exists()


def work(worker: type[PartWorker], settings: WorkerSettings) -> PartResult:
    part = pickle.dumps([pickle.dumps([])])
    return pickle.loads(worker(settings)({PART: part})[RESULT])


def test_a_worker_with_another_encoder_refuses() -> None:
    schema = collection_schema("other@00000000", 8)
    settings = WorkerSettings(ENCODER, f"{ENCODER}@00000000", "nowhere", schema, OPTIONS)
    error = work(PartWorker, settings).error
    assert error.startswith(f"a worker has encoder {ENCODER}@")
    assert error.endswith("install the same brainseek on all machines.")
    missing = WorkerSettings("no-such", "no-such@00000000", "nowhere", schema, OPTIONS)
    assert "no-such" in work(PartWorker, missing).error


def test_a_part_without_rows_writes_no_file(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c", MeanEncoder.identity, MeanEncoder.dim)
    place = table_uri(collection.uri)
    settings = WorkerSettings("mean", MeanEncoder.identity, place, collection.table.schema, OPTIONS)
    assert work(MeanWorker, settings) == PartResult()


@pytest.mark.parametrize("workers", [1, 3])
def test_parts_hold_every_batch_once_and_at_most_the_rows_of_a_commit(workers: int) -> None:
    batches = [f"batch {n}".encode() for n in range(101)]
    options = EmbedOptions(batch=10, commit_rows=45, workers=workers)
    parts = [pickle.loads(part[PART]) for part in ray_engine._parts(batches, options)]
    assert [batch for part in parts for batch in part] == batches
    assert max(len(part) for part in parts) == 4
    few = ray_engine._parts(batches[:9], EmbedOptions(batch=10, commit_rows=9, workers=workers))
    assert len(few) == 9
