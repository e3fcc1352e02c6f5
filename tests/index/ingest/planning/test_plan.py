"""What is planned: files, planes, windows and ids."""

import pickle
from itertools import chain
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.sections.image_files import image_files
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.grid import grid_origins, tissue_share
from brainseek.index.ingest.planning.plan import plan_sources, tissue_of
from brainseek.index.ingest.planning.sources import Source
from brainseek.index.ingest.planning.walk import Walk
from brainseek.index.ingest.summary import Failures
from brainseek.index.table.schema import Window, row_id
from brainseek.index.writing.known_ids import KnownIds
from tests.index.ingest.made_files import tissue_picture, write_tiff, write_volume


def plans(paths: list[Path], failures: Failures | None = None, **options: object) -> list:
    sources = [Source.of(path, options.get("axis")) for path in paths]
    return list(plan_sources(sources, EmbedOptions(**options), failures or Failures()))


def test_only_windows_with_tissue_are_planned(tmp_path: Path):
    picture = tissue_picture()
    path = write_tiff(tmp_path / "a.tif", picture)
    (plan,) = plans([path], patch_um=64, stride_um=32, min_tissue=0.75)
    origins = grid_origins(picture.shape, (32, 32), (16, 16))
    share = tissue_share(tissue_of(picture), picture.shape, origins, (32, 32))
    assert np.array_equal(plan.origins, origins[share >= 0.75])
    assert 0 < len(plan) < len(origins)
    assert plan.origins[:, 1].max() < 160
    assert plan.plane.pixel_size_um == pytest.approx(2)
    (everything,) = plans([path], patch_um=64, stride_um=32, min_tissue=0)
    assert len(everything) == len(origins)


def test_ids_come_from_content_plane_and_window(tmp_path: Path):
    stack = np.stack([tissue_picture(seed=seed) for seed in range(4)])
    path = write_tiff(tmp_path / "s.tif", stack, photometric="minisblack")
    sha256 = Source.of(path).sha256()
    planned = plans([path], patch_px=64, every=2)
    assert [plan.plane.index for plan in planned] == [0, 2]
    for plan in planned:
        jobs = plan.jobs()
        assert [job.id for job in jobs] == plan.ids()
        for job, (row, column) in zip(jobs, plan.origins.tolist(), strict=True):
            window = Window(row, column, 64, 64)
            assert job.window == window
            assert job.id == row_id("patch", sha256, plan.plane.index, None, window)
        assert pickle.loads(pickle.dumps(jobs)) == jobs
        assert len(pickle.dumps(jobs)) < 400 * len(jobs)
    moved = path.rename(tmp_path / "moved.tif")
    again = plans([moved], patch_px=64, every=2)
    assert [plan.ids() for plan in again] == [plan.ids() for plan in planned]
    (whole,) = plans([write_tiff(tmp_path / "f.tif", stack[0])], whole=True)
    assert whole.ids() == [row_id("section", Source.of(tmp_path / "f.tif").sha256())]
    assert whole.jobs()[0].window is None


def test_volumes_are_planned_slice_by_slice(tmp_path: Path):
    path = write_volume(tmp_path / "v.nii.gz")
    for axis, n in ((0, 40), (1, 20), (2, 36), (None, 20)):
        planned = plans([path], whole=True, axis=axis, every=5)
        assert [plan.plane.index for plan in planned] == list(range(0, n, 5))
        assert {plan.plane.axis for plan in planned} == {1 if axis is None else axis}
    empty, *others = plans([path], whole=True, axis=1)
    assert len(empty) == 0
    assert sum(len(plan) for plan in others) >= 10


def test_the_same_content_is_planned_once(tmp_path: Path):
    first = write_tiff(tmp_path / "a.tif", tissue_picture())
    second = tmp_path / "b.tif"
    second.write_bytes(first.read_bytes())
    assert [plan.plane.uri for plan in plans([first, second], patch_px=64)] == [str(first)]


def test_files_that_can_not_be_planned_are_named_and_the_rest_goes_on(tmp_path: Path):
    Image.fromarray(tissue_picture()).save(tmp_path / "no size.png")
    veiled = np.random.default_rng(0).integers(0, 255, (90, 90, 4), dtype=np.uint8)
    Image.fromarray(veiled).save(tmp_path / "rgba.png")
    write_tiff(tmp_path / "good.tif", tissue_picture())
    write_tiff(tmp_path / "small.tif", tissue_picture(40, 40))
    tifffile.imwrite(tmp_path / "nan.tif", np.full((90, 90), np.nan, np.float32))
    failures = Failures()
    planned = plans(image_files([tmp_path], recursive=True), failures, patch_um=200)
    assert [Path(plan.plane.uri).name for plan in planned] == ["good.tif"]
    sentences = {Path(uri).name: sentence for uri, sentence in failures.as_tuple()}
    assert set(sentences) == {"no size.png", "rgba.png", "nan.tif", "small.tif"}
    assert "does not state its pixel size" in sentences["no size.png"]
    assert "transparent" in sentences["rgba.png"]
    assert "less than one patch of 100 x 100" in sentences["small.tif"]


def test_many_failing_planes_are_one_entry(tmp_path: Path):
    path = write_volume(tmp_path / "v.nii")
    path.write_bytes(path.read_bytes()[:3000])
    failures = Failures()
    assert plans([path], failures, whole=True) == []
    ((uri, sentence),) = failures.as_tuple()
    assert uri == str(path)
    assert "(19 more of its parts failed.)" in sentence


def test_blank_planes_hold_nothing(tmp_path: Path):
    write_tiff(tmp_path / "a.tif", np.full((100, 100), 9, np.uint8))
    for options in ({"whole": True}, {"patch_px": 32}, {"patch_px": 32, "min_tissue": 0}):
        assert [len(plan) for plan in plans([tmp_path / "a.tif"], **options)] == [0]


def test_known_ids():
    rng = np.random.default_rng(0)
    ids = [rng.bytes(16).hex() for _ in range(2000)]
    known = KnownIds([*ids[::2], "given by hand", "z" * 32])
    assert len(known) == 1000
    assert known.missing(ids) == list(range(1, 2000, 2))
    assert known.missing([]) == []
    assert KnownIds([]).missing(ids[:3]) == [0, 1, 2]
    near = "0" * 31
    assert KnownIds([near + "1"]).missing([near + "0", near + "1", near + "2"]) == [0, 2]


def test_a_plan_of_a_million_windows_is_small(tmp_path: Path):
    """The windows of a plane are spelled out a batch at a time."""
    data = np.zeros((1100, 1, 1100), np.uint8)
    data[50:1050, :, 50:1050] = np.random.default_rng(0).integers(100, 255, (1000, 1, 1000))
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), tmp_path / "v.nii")
    (plan,) = plans([tmp_path / "v.nii"], patch_px=100, stride_px=1, min_tissue=0)
    assert len(plan) == 1001**2
    assert plan.origins.nbytes == 8 * len(plan)


def test_a_walk_counts_skips_and_stops_at_its_limit(tmp_path: Path):
    paths = [write_tiff(tmp_path / f"{i}.tif", tissue_picture(seed=i)) for i in range(3)]
    sources = [Source.of(path) for path in paths]
    ids = [name for plan in plans(paths, patch_px=32) for name in plan.ids()]

    def walk(known: list[str], limit: int | None = None) -> tuple[Walk, list[list[str]]]:
        options = EmbedOptions(patch_px=32, limit=limit)
        made = Walk(sources, options, KnownIds(known), Failures())
        assert made.expected() is None
        return made, [[job.id for job in batch] for batch in made.batches(7)]

    made, batches = walk([])
    assert list(chain(*batches)) == ids
    assert all(len(batch) == 7 for batch in batches[:-1])
    assert (made.planned, made.skipped, made.expected()) == (len(ids), 0, len(ids))
    made, batches = walk(ids[::3])
    assert list(chain(*batches)) == [name for number, name in enumerate(ids) if number % 3]
    assert made.planned == len(ids)
    assert made.skipped == len(ids[::3])
    made, batches = walk(ids[:5], limit=len(ids) - 4)
    assert list(chain(*batches)) == ids[5 : len(ids) - 4]
    assert made.expected() == len(ids) - 9
