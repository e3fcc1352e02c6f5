"""The parts of the benchmark of bulk embedding, on small made files, without a network."""

import argparse
import dataclasses
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.ingest.__main__ import MEASURES, TABLES, measure
from benchmarks.ingest.commits import large_table, time_commits
from benchmarks.ingest.engines import difference, engine_table, time_engine
from benchmarks.ingest.memory import MeanEncoder as BlockMeans
from benchmarks.ingest.memory import embed_file
from benchmarks.ingest.stages import Stages, stage_table, time_stages, verdict, write_clock
from benchmarks.report.table import Table
from benchmarks.shared.patch_vectors import SETS
from benchmarks.shared.resources import peak_mb
from benchmarks.shared.vectors import made_rows
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import cached_folder
from brainseek.catalog.sections.section import section_from_array
from brainseek.index.collection import Collection
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
from tests.index.ingest.made_files import MeanEncoder, tissue_picture, write_tiff
from tests.index.made_patches import unit


def picture(tmp_path: Path, name: str = "a.tif") -> Path:
    return write_tiff(tmp_path / name, tissue_picture())


def made(n: int, seed: int = 0) -> "object":
    return made_rows(unit(n, seed, dim=16), np.zeros(n, np.int32), 0)


def test_stages_are_timed_on_the_same_images(tmp_path):
    options = EmbedOptions(patch_px=32, limit=30, batch=8, commit_rows=10)
    encoder = MeanEncoder()
    stages = time_stages([picture(tmp_path)], encoder, options, runs=2)
    assert stages.images == 30
    assert stages.commits == 3
    times = (stages.network, stages.prepared, stages.whole, stages.writing, stages.planning)
    assert {len(one) for one in times} == {2}
    assert all(0 < w < all_of_it for w, all_of_it in zip(stages.writing, stages.whole, strict=True))
    warm = 8
    assert encoder.images == warm + 2 * 3 * 30


def test_too_few_images_are_refused(tmp_path):
    options = EmbedOptions(patch_px=32, limit=10_000)
    with pytest.raises(BrainseekError, match="patches and not 10000; ask for fewer images"):
        time_stages([picture(tmp_path)], MeanEncoder(), options, runs=1)
    (tmp_path / "b.tif").write_bytes(b"II*\0")
    with pytest.raises(BrainseekError, match=r"b.tif"):
        time_stages([tmp_path / "b.tif"], MeanEncoder(), options, runs=1)


def test_shares_are_medians_over_rounds():
    stages = Stages(
        100,
        network=(1.0, 1.0, 1.0),
        prepared=(2.0, 2.0, 4.0),
        whole=(2.2, 2.04, 4.0),
        writing=(0.22, 0.0204, 0.0),
        planning=(0.1, 0.1, 0.1),
        commits=2,
    )
    assert stages.written_share == pytest.approx(0.01)
    assert stages.extra_share == pytest.approx(0.02)
    table = stage_table(stages, "T")
    assert [row[-1] for row in table.rows] == ["100.0", "50.0", "45.5", "", ""]
    assert "2 commit(s)" in table.notes[0]
    assert "1.00 %" in table.notes[0]
    assert "+2.0 %" in table.notes[1]
    slow = stage_table(dataclasses.replace(stages, writing=(0.5, 0.5, 0.5)), "T")
    assert slow.notes[0].endswith("Bar ≤ 5 %: missed.")
    assert slow.notes[1].endswith("Bar ≤ 5 %: reached.")


def test_the_bar_is_five_per_cent():
    assert verdict(0.05) == "Bar ≤ 5 %: reached."
    assert verdict(0.0501) == "Bar ≤ 5 %: missed."
    assert verdict(-0.01) == "Bar ≤ 5 %: reached."


def test_the_clock_hears_every_write_and_lets_go(tmp_path):
    before = Collection.add, Collection.add_table
    options = EmbedOptions(patch_px=32, limit=6, commit_rows=4)
    with write_clock() as clock:
        embed_paths([picture(tmp_path)], tmp_path / "c", MeanEncoder(), options)
    assert clock.commits == 2
    assert min(clock.seconds) >= 0
    assert (Collection.add, Collection.add_table) == before


def test_commits_are_timed_in_turns_and_hold_the_same_rows(tmp_path):
    import lance

    data = made(70)
    found = time_commits(data, 20, tmp_path, runs=2)
    assert (found.size, found.number) == (20, 2 * 4)
    assert min(found.ours, found.raw) > 0
    for number in range(2):
        assert len(Collection.open(tmp_path / f"ours-20-{number}")) == 70
        assert lance.dataset(str(tmp_path / f"raw-20-{number}.lance")).count_rows() == 70
    rate = float(found.row()[3].replace(",", ""))
    assert rate == pytest.approx(20 / found.ours, abs=1)


def test_no_more_commits_than_needed(tmp_path):
    assert time_commits(made(70), 20, tmp_path, runs=1, most=2).number == 2


def test_a_collection_grows_to_every_size():
    table = large_table((300, 0), commits=2, rows=50, chunk=200)
    assert [row[:2] for row in table.rows] == [("0", "2"), ("300", "2")]


def test_collections_are_compared_by_id(tmp_path):
    one, other = unit(6), unit(6) + np.float32(0.0)
    other[2, 3] += np.float32(1e-4)
    names = [f"{n:032x}" for n in range(6)]
    shuffled = [3, 1, 2, 0, 5, 4]

    def write(name: str, vectors: np.ndarray, order: list[int]) -> Path:
        import pyarrow as pa

        collection = Collection.create(tmp_path / name, "made@00000000", 8)
        values = pa.FixedSizeListArray.from_arrays(pa.array(vectors[order].ravel()), 8)
        ids = [names[n] for n in order]
        text = {"kind": ["patch"] * len(order), "source_uri": ["s.tif"] * len(order)}
        collection.add_table(pa.table({"id": ids, "vector": values, **text}))
        return tmp_path / name

    a = write("a", one, list(range(6)))
    assert difference(a, write("b", one, shuffled)) == (True, 0.0)
    same, most = difference(a, write("c", other, shuffled))
    assert same
    assert most == pytest.approx(1e-4, rel=0.01)
    assert difference(a, write("d", one, [0, 2])) == (False, 0.0)
    assert np.isnan(difference(write("e", one, [0]), write("f", one, [1]))[1])


def test_without_ray_there_is_a_row_that_says_so(tmp_path, monkeypatch):
    asked = []

    def measured(function, *arguments: str | int) -> dict:
        asked.append(arguments[0])
        options = EmbedOptions(patch_px=32, limit=6)
        embed_paths([picture(tmp_path)], Path(arguments[3]) / "all", MeanEncoder(), options)
        return {"session_s": 1.0, "few": 2, "few_s": 2.0, "all": 6, "all_s": 4.0}

    monkeypatch.setitem(sys.modules, "ray", None)
    table = engine_table(6, measured)
    assert asked == ["local"]
    assert table.rows[0] == ("local, 2 threads", "5.0", "1.2", "2.0", "2.0", "yes", "0.0e+00")
    assert [row[0].endswith("ray is not installed") for row in table.rows[1:]] == [True, True]
    assert "pip install" in table.rows[1][1]
    there = module_from_spec(ModuleSpec("ray", None))
    monkeypatch.setitem(sys.modules, "ray", there)
    assert [row[0] for row in engine_table(6, measured).rows[1:]] == [
        "ray, 1 encoder",
        "ray, 2 encoders",
    ]


def test_every_engine_embeds_few_and_all(tmp_path):
    plates = cached_folder(SETS[0].name) / "plates"
    plates.mkdir(parents=True)
    Image.fromarray(tissue_picture(512, 640)).save(plates / "a.jpg")
    encoder = MeanEncoder()
    found = time_engine("local", 1, 20, tmp_path / "c", encoder, few=2)
    assert (found["few"], found["all"]) == (2, 20)
    assert encoder.images == 2 + 2 + 20
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"warm", "few", "all"}


def test_a_file_is_embedded_and_its_memory_told(tmp_path):
    found = embed_file(write_tiff(tmp_path / "a.tif", tissue_picture(512, 1024)), tmp_path / "c")
    assert found["rows"] == len(Collection.open(tmp_path / "c")) > 0
    assert 0 < found["start_mb"] <= found["peak_mb"] <= peak_mb()


def test_block_means():
    image = np.random.default_rng(0).integers(0, 255, (40, 37), np.uint8)
    encoder = BlockMeans()
    inputs = encoder.prepare(section_from_array(image))
    gray = section_from_array(image).gray()
    assert inputs[3, 5] == pytest.approx(gray[6:8, 10:12].mean(), rel=1e-5)
    vectors = encoder.embed_inputs(inputs[None])
    assert vectors.shape == (1, encoder.dim)
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-6)


def test_the_tables_that_are_asked_for_are_measured(shared_data):
    options = argparse.Namespace(tables="large,stages", images=2, runs=1, large_rows=0)
    stages, large = measure(options).tables
    assert "2 patches of Nissl plates (96 pixels) with plates-mouse-nissl@" in stages.title
    assert [row[:2] for row in large.rows] == [("0", "5")]
    with pytest.raises(BrainseekError, match="'moon' is unknown; choose from stages, engines"):
        measure(argparse.Namespace(tables="moon"))


def test_all_tables_are_put_together_in_their_order(monkeypatch):
    for name in TABLES:
        table = Table(name, ("a",), (("1",),))
        monkeypatch.setitem(MEASURES, name, lambda _, table=table: table)
    assert set(MEASURES) == set(TABLES)
    report = measure(argparse.Namespace(tables="memory,large,engines,stages,commits"))
    assert tuple(table.title for table in report.tables) == TABLES
