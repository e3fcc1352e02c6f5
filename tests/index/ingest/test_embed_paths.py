"""From files to rows of a real collection, with an encoder that has no network."""

import io
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import read_section
from brainseek.catalog.sections.window import read_window
from brainseek.embedder.encoder import Encoder
from brainseek.index.collection import Collection
from brainseek.index.ingest.engines.ahead import Ahead
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
from brainseek.index.ingest.summary import Summary
from brainseek.index.queries import ByImage
from brainseek.index.table.schema import Window
from tests.embedder.made_multimodal_encoder import SeeingEncoder
from tests.index.ingest.made_files import MeanEncoder, tissue_picture, write_tiff, write_volume

ROOT = Path(__file__).parents[3]


def embed(paths: object, uri: Path, encoder: Encoder | None = None, **options) -> Summary:
    paths = [paths] if isinstance(paths, Path) else paths
    return embed_paths(paths, uri, encoder or MeanEncoder(), EmbedOptions(**options))


def window_of(row: dict) -> Window:
    return Window(*(row[f"window_{side}"] for side in ("row", "column", "height", "width")))


def test_every_row_is_the_window_that_it_names(tmp_path: Path):
    slides = tmp_path / "slides"
    slides.mkdir()
    write_tiff(slides / "a.tif", tissue_picture(), tile=(64, 64), compression="deflate")
    Image.fromarray(tissue_picture(seed=1)).save(slides / "b.png", dpi=(12_700, 12_700))
    facts = {"stain": "nissl", "species": "mouse", "specimen": "m7", "note": "left half"}
    done = embed(slides, tmp_path / "c", patch_um=80, **facts)
    assert done.failed == ()
    assert (done.sources, done.skipped, done.blank) == (2, 0, 0)
    assert done.added == done.planned > 40
    collection = Collection.open(tmp_path / "c")
    encoder = MeanEncoder()
    assert collection.encoder == encoder.identity
    rows, pictures = collection.rows(), collection.thumbnails()
    assert len(rows) == done.added
    for row in rows:
        window = window_of(row)
        assert (row["kind"], row["source_plane"], row["source_axis"]) == ("patch", None, None)
        assert (window.height, window.width) == (40, 40)
        assert row["pixel_size_um"] == pytest.approx(2)
        assert {key: row[key] for key in facts} == facts
        section = read_window(row["source_uri"], window)
        assert np.allclose(collection.vector(row["id"]), encoder.embed([section])[0], atol=1e-6)
        small = np.asarray(Image.open(io.BytesIO(pictures[row["id"]])).convert("L"), float)
        assert small.shape == (40, 40)
        assert np.abs(small - section.image).mean() < 8


def test_whole_sections_and_stacks(tmp_path: Path):
    stack = np.stack([tissue_picture(600, 500, seed=seed) for seed in range(3)])
    write_tiff(tmp_path / "s.tif", stack, photometric="minisblack")
    done = embed(tmp_path / "s.tif", tmp_path / "c", whole=True, pixel_size_um=5)
    assert done.added == 3
    collection = Collection.open(tmp_path / "c")
    pictures = collection.thumbnails()
    for row in collection.rows():
        assert (row["kind"], row["window_row"], row["pixel_size_um"]) == ("section", None, 5)
        section = read_section(row["source_uri"], slice_index=row["source_plane"])
        vector = MeanEncoder().embed([section])[0]
        assert np.allclose(collection.vector(row["id"]), vector, atol=1e-6)
        assert Image.open(io.BytesIO(pictures[row["id"]])).size == (80, 96)
    assert sorted(row["source_plane"] for row in collection.rows()) == [0, 1, 2]


def test_slices_of_volumes(tmp_path: Path):
    path = write_volume(tmp_path / "v.nii.gz")
    done = embed(path, tmp_path / "c", patch_px=16, axis=2, every=6)
    assert done.added > 0
    for row in Collection.open(tmp_path / "c").rows():
        assert row["source_axis"] == 2
        assert row["source_plane"] % 6 == 0
        assert row["pixel_size_um"] == pytest.approx(1000)
        assert row["ap_um"] is None


def test_what_is_there_is_not_done_again(tmp_path: Path):
    write_tiff(tmp_path / "a.tif", tissue_picture())
    first = embed(tmp_path / "a.tif", tmp_path / "c", patch_px=32)
    before = Collection.open(tmp_path / "c").rows()
    encoder = MeanEncoder()
    again = embed(tmp_path / "a.tif", tmp_path / "c", encoder, patch_px=32, stain="late")
    assert (again.planned, again.skipped, again.added) == (first.planned, first.planned, 0)
    assert encoder.images == 0
    assert Collection.open(tmp_path / "c").rows() == before
    (tmp_path / "a.tif").rename(tmp_path / "moved.tif")
    assert embed(tmp_path / "moved.tif", tmp_path / "c", patch_px=32).added == 0
    denser = embed(tmp_path / "moved.tif", tmp_path / "c", patch_px=32, stride_px=16)
    assert denser.added == denser.planned - denser.skipped > 0
    assert denser.skipped > 0
    write_tiff(tmp_path / "moved.tif", tissue_picture(seed=5))
    changed = embed(tmp_path / "moved.tif", tmp_path / "c", patch_px=32)
    assert (changed.skipped, changed.added) == (0, changed.planned)
    assert len(Collection.open(tmp_path / "c")) == first.added + denser.added + changed.added


def test_a_run_that_fails_in_the_middle_goes_on_where_it_was(tmp_path: Path, monkeypatch):
    paths = [write_tiff(tmp_path / f"{i}.tif", tissue_picture(seed=i)) for i in range(3)]
    whole = embed(paths, tmp_path / "whole", patch_px=32)

    class Broken(MeanEncoder):
        def embed_inputs(self, inputs: np.ndarray, modality: str | None = None) -> np.ndarray:
            if self.images > 60:
                raise RuntimeError("the power went away")
            return super().embed_inputs(inputs)

    with pytest.raises(RuntimeError, match="power"):
        embed(paths, tmp_path / "c", Broken(), patch_px=32, batch=8, commit_rows=16)
    half = Collection.open(tmp_path / "c").ids()
    assert 0 < len(half) < whole.added
    assert len(half) % 16 == 0
    done = embed(paths, tmp_path / "c", patch_px=32, batch=8, commit_rows=16)
    assert done.skipped == len(half)
    assert done.added == whole.added - len(half)
    finished, reference = Collection.open(tmp_path / "c"), Collection.open(tmp_path / "whole")
    assert finished.ids() == reference.ids()
    assert len(finished) == len(set(finished.ids()))
    for name in reference.ids()[::7]:
        assert np.allclose(finished.vector(name), reference.vector(name), atol=1e-6)


def test_a_killed_process_leaves_neither_doubles_nor_gaps(tmp_path: Path):
    for number in range(3):
        write_tiff(tmp_path / f"{number}.tif", tissue_picture(seed=number))
    code = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from brainseek.index.queries import ByImage
from tests.embedder.made_multimodal_encoder import SeeingEncoder
from tests.index.ingest.made_files import MeanEncoder
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
class Slow(MeanEncoder):
    def embed_inputs(self, inputs, modality=None):
        time.sleep(0.05)
        return super().embed_inputs(inputs)
options = EmbedOptions(patch_px=32, batch=4, commit_rows=4)
embed_paths([{str(tmp_path)!r}], {str(tmp_path / "c")!r}, Slow(), options)
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    commits = tmp_path / "c" / "rows.lance" / "_versions"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if commits.is_dir() and len(list(commits.iterdir())) > 5:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = len(Collection.open(tmp_path / "c"))
    done = embed(tmp_path, tmp_path / "c", patch_px=32)
    assert done.skipped == before > 0
    assert done.added > 0
    expected = embed(tmp_path, tmp_path / "fresh", patch_px=32)
    ids = Collection.open(tmp_path / "c").ids()
    assert ids == Collection.open(tmp_path / "fresh").ids()
    assert len(ids) == expected.added


def test_bad_files_are_named_and_the_rest_is_done(tmp_path: Path):
    slides = tmp_path / "slides"
    slides.mkdir()
    write_tiff(slides / "good.tif", tissue_picture())
    (slides / "empty.png").write_bytes(b"")
    (slides / "text.jpg").write_text("not an image")
    damaged = write_tiff(
        slides / "damaged.tif", tissue_picture(512, 512), tile=(64, 64), compression="deflate"
    )
    content = damaged.read_bytes()
    damaged.write_bytes(content[: len(content) // 2])
    done = embed([slides, slides / "missing.tif"], tmp_path / "c", patch_px=32)
    names = [Path(uri).name for uri, _ in done.failed]
    assert sorted(names) == ["damaged.tif", "empty.png", "missing.tif", "text.jpg"]
    assert all(sentence.count("\n") == 0 and len(sentence) < 400 for _, sentence in done.failed)
    assert done.sources == 5
    assert done.added == done.planned > 0
    rows = Collection.open(tmp_path / "c").rows()
    assert {Path(row["source_uri"]).name for row in rows} == {"good.tif"}


def test_a_window_that_breaks_after_planning_is_named(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())

    class Vandal(MeanEncoder):
        def embed_inputs(self, inputs: np.ndarray, modality: str | None = None) -> np.ndarray:
            path.write_bytes(b"")
            return super().embed_inputs(inputs)

    done = embed(path, tmp_path / "c", Vandal(), patch_px=16, batch=4)
    ((uri, sentence),) = done.failed
    assert uri == str(path)
    # A reader that had just looked at the first bytes finds the file damaged, not empty.
    assert "is empty" in sentence or "is a damaged or incomplete TIFF" in sentence
    assert "more of its parts" in sentence
    assert 0 < done.added < done.planned


def test_blank_windows_have_no_row(tmp_path: Path):
    picture = tissue_picture()
    picture[:, 160:] = 0
    path = write_tiff(tmp_path / "a.tif", picture)
    done = embed(path, tmp_path / "c", patch_px=32, min_tissue=0)
    assert done.planned == 80
    assert done.blank == 40
    assert done.added == 40
    assert done.failed == ()


def test_nothing_is_made_where_nothing_can_be_embedded(tmp_path: Path):
    done = embed(tmp_path / "missing.png", tmp_path / "c")
    assert (done.added, len(done.failed)) == (0, 1)
    assert not (tmp_path / "c").exists()


def test_a_dry_run_writes_nothing(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    encoder, options = MeanEncoder(), EmbedOptions(patch_px=32)
    planned = embed_paths([path], tmp_path / "c", encoder, options, dry_run=True)
    assert planned.planned > 0
    assert (planned.added, planned.skipped, encoder.images) == (0, 0, 0)
    assert not (tmp_path / "c").exists()
    assert embed(path, tmp_path / "c", patch_px=32).added == planned.planned
    version = Collection.open(tmp_path / "c").version
    again = embed_paths([path], tmp_path / "c", encoder, options, dry_run=True)
    assert again.skipped == planned.planned
    assert Collection.open(tmp_path / "c").version == version


def test_limit_takes_the_first_windows_of_the_plan(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    done = embed(path, tmp_path / "c", patch_px=32, limit=5)
    assert (done.planned, done.added) == (5, 5)
    rows = Collection.open(tmp_path / "c").rows()
    assert {row["window_row"] for row in rows} == {0}
    assert embed(path, tmp_path / "c", patch_px=32).skipped == 5


def test_batches_and_commits_have_their_size(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    encoder = MeanEncoder()
    done = embed(path, tmp_path / "c", encoder, patch_px=16, batch=7, commit_rows=20)
    assert encoder.largest_batch == 7
    newest = Collection.open(tmp_path / "c").version
    rows = [len(Collection.open(tmp_path / "c", version=v + 1)) for v in range(newest)]
    sizes = np.diff(rows).tolist()
    assert sum(sizes) == done.added > 100
    assert set(sizes[:-1]) == {20}
    assert sizes[-1] <= 20


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"engine": "slurm"}, "engine 'slurm' is not known; choose one of local, ray"),
        ({"engine": "ray"}, "is loaded already; give its name"),
        ({"options": EmbedOptions(device="cuda")}, "is loaded already; give its name"),
        ({"options": EmbedOptions(axis=1)}, "none of the files is a NIfTI volume"),
        ({"options": EmbedOptions(every=2)}, "none of the files is a volume or stack"),
        ({"options": EmbedOptions(atlas="atlantis")}, "'atlantis' is not known"),
        ({"encoder": "nobody"}, "nobody"),
        ({"paths": ["nothing*.tif"]}, "no file matches"),
    ],
)
def test_wrong_questions_are_refused_before_anything_is_written(tmp_path, change, sentence):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    arguments = {
        "paths": [path],
        "collection_uri": tmp_path / "c",
        "encoder": MeanEncoder(),
        "options": EmbedOptions(patch_px=32),
    }
    with pytest.raises(BrainseekError, match=sentence):
        embed_paths(**{**arguments, **change})
    assert not (tmp_path / "c").exists()


def test_the_vectors_of_two_encoders_are_not_mixed(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    Collection.create(tmp_path / "c", "other@12345678", 8)
    with pytest.raises(BrainseekError, match=r"other@12345678 and not by mean@00000001"):
        embed(path, tmp_path / "c", patch_px=32)


def test_ahead_stays_within_its_bound_and_hands_over_errors():
    made: list[int] = []

    def numbers():
        for number in range(50):
            made.append(number)
            yield number
        raise ValueError("the end")

    seen: list[int] = []

    def walk() -> None:
        with Ahead(numbers(), size=2) as items:
            for item in items:
                seen.append(item)
                time.sleep(0.001)
                assert len(made) - len(seen) <= 4

    with pytest.raises(ValueError, match="the end"):
        walk()
    assert seen == list(range(50))
    made.clear()
    with Ahead(numbers(), size=2) as items:
        for item in items:
            if item == 3:
                break
    assert len(made) <= 8


def test_the_ray_engine_is_asked_for_by_name(tmp_path: Path, monkeypatch):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    options = EmbedOptions(patch_px=32)
    monkeypatch.setitem(sys.modules, "brainseek.index.ingest.engines.ray_engine", None)
    with pytest.raises(BrainseekError, match="engine 'ray' is not available here"):
        embed_paths([path], tmp_path / "c", "plates-mni152", options, "ray")

    def embed_on_ray(walk, target, encoder, progress):
        asked = [job for batch in walk.batches(4) for job in batch]
        assert (encoder, progress, target.collection) == ("plates-mni152", False, None)
        return len(asked), 0

    engine = types.SimpleNamespace(embed_on_ray=embed_on_ray)
    monkeypatch.setitem(sys.modules, "brainseek.index.ingest.engines.ray_engine", engine)
    done = embed_paths([path], tmp_path / "c", "plates-mni152", options, "ray")
    assert done.added == done.planned > 0


@pytest.mark.parametrize("bright_field", [False, True])
def test_an_encoder_of_several_modalities(tmp_path: Path, bright_field: bool):
    path = write_tiff(tmp_path / "a.tif", tissue_picture(), um=12.5)
    encoder, seen = SeeingEncoder(), {"modality": "nissl", "bright_field": bright_field}
    done = embed(path, tmp_path / "c", encoder, patch_um=800, **seen)
    assert (done.failed, done.added) == ((), done.planned)
    collection = Collection.open(tmp_path / "c")
    rows = collection.rows("modality = 'nissl'")
    assert len(rows) == done.added > 10
    for row in rows[::5]:
        query = ByImage(path, window=window_of(row), encoder=encoder, find="nissl", **seen)
        best = collection.search(query, 1)[0]
        assert (best.row["id"], best.score) == (row["id"], pytest.approx(1, abs=1e-6))
        pixels = read_window(path, window_of(row)).image
        gray = 255 - pixels if bright_field else pixels
        np.testing.assert_allclose(
            collection.vector(row["id"]), encoder.embed(gray[None], "nissl", 12.5)[0], atol=1e-6
        )


def test_the_modality_is_asked_for_and_refused(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture(), um=12.5)
    with pytest.raises(BrainseekError, match=r"must know the modality .* nissl, autofluorescence"):
        embed(path, tmp_path / "c", SeeingEncoder())
    with pytest.raises(BrainseekError, match="'pli' is unknown to made@"):
        embed(path, tmp_path / "c", SeeingEncoder(), modality="pli")
    with pytest.raises(BrainseekError, match="mean@00000001 has no modalities, so 'nissl'"):
        embed(path, tmp_path / "c", MeanEncoder(), modality="nissl")
    with pytest.raises(BrainseekError, match=r"bright field only matters .*name the modality"):
        EmbedOptions(bright_field=True)
    assert not (tmp_path / "c").exists()
