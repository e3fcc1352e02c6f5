"""``brainseek embed`` with the real encoder on small made images."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from brainseek.embedder.registry import read_card
from brainseek.index.collection import Collection
from brainseek.index.queries import ByImage
from brainseek.index.table.schema import Window
from brainseek.ui.cli import main
from tests.embedder.made_multimodal_encoder import smooth_field
from tests.index.ingest.made_files import tissue_picture, write_tiff, write_volume

ENCODER = "plates-mni152"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_embed_then_find_a_window_again(tmp_path: Path):
    slides = tmp_path / "slides"
    slides.mkdir()
    write_tiff(slides / "a.tif", tissue_picture(seed=3))
    write_volume(slides / "v.nii")
    (slides / "bad.png").write_bytes(b"")
    command = ["embed", slides, "--collection", tmp_path / "c", "--encoder", ENCODER,
               "--patch-px", 64, "--stride-px", 32, "--min-tissue", 0.4, "--stain", "nissl",
               "--batch", 8, "--every", 8]  # fmt: skip
    planned = run(*command, "--dry-run")
    assert "nothing was written" in planned.output
    assert not (tmp_path / "c").exists()
    first = run(*command)
    assert first.exit_code == 2
    assert "bad.png: bad.png is empty" in first.stderr
    # The volume is smaller than a window.
    assert "v.nii has 40 x 36 pixels, less than one patch of 64 x 64" in first.stderr
    collection = Collection.open(tmp_path / "c")
    assert collection.encoder.startswith(f"{ENCODER}@")
    n = len(collection)
    assert f"{n} rows added to {tmp_path / 'c'} from 3 files (2 files failed)" in first.stdout
    assert f"next: brainseek search {tmp_path / 'c'} IMAGE" in first.stdout
    again = run(*command)
    assert f"0 rows added to {tmp_path / 'c'}" in again.stdout
    assert f"{n} were there already" in again.stdout
    assert "next:" not in again.stdout
    row = collection.rows()[n // 2]
    window = Window(*(row[f"window_{side}"] for side in ("row", "column", "height", "width")))
    best = collection.search(ByImage(row["source_uri"], window=window), k=1)[0]
    assert best.row["id"] == row["id"]
    assert best.score == pytest.approx(1, abs=1e-5)
    assert best.row["stain"] == "nissl"


def test_an_encoder_of_several_stains(tmp_path: Path):
    path = write_tiff(tmp_path / "a.tif", tissue_picture(), um=25.0)
    command = ["embed", path, "--collection", tmp_path / "c", "--encoder", "clip-nissl-af",
               "--patch-um", 2400]  # fmt: skip
    asked = run(*command)
    assert asked.exit_code == 2
    assert "must know the modality of its images; give one of nissl, auto" in asked.output
    assert not (tmp_path / "c").exists()
    assert run(*command, "--modality", "nissl", "--bright-field").exit_code == 0
    collection = Collection.open(tmp_path / "c")
    row = collection.rows("modality = 'nissl'")[0]
    assert len(collection) > 1
    sides = [row[f"window_{side}"] for side in ("row", "column", "height", "width")]
    found = run("search", tmp_path / "c", path, "--window", *sides, "--modality", "nissl",
                "--find", "nissl", "--bright-field", "--json", "-")  # fmt: skip
    best = json.loads(found.stdout)["hits"][0]
    assert (best["id"], best["score"]) == (row["id"], pytest.approx(1, abs=1e-5))
    said = run("search", tmp_path / "c", path, "--window", *sides)
    assert said.exit_code == 2
    assert "must know the modality" in said.output


def test_whole_slices_of_a_volume(tmp_path: Path):
    write_volume(tmp_path / "v.nii", (60, 20, 50))
    done = run("embed", tmp_path / "v.nii", "--collection", tmp_path / "c", "--encoder", ENCODER,
               "--whole", "--axis", 1, "--every", 4, "--limit", 3)  # fmt: skip
    assert done.exit_code == 0
    assert "3 rows added" in done.stdout
    rows = Collection.open(tmp_path / "c").rows()
    assert {row["kind"] for row in rows} == {"section"}
    vectors = np.stack([Collection.open(tmp_path / "c").vector(row["id"]) for row in rows])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--encoder", "nobody"], "choose one of"),
        (["--patch-um", "50", "--patch-px", "50"], "give its size once"),
        (["--whole", "--patch-px", "50"], "leave out --whole"),
        (["--patch-px", "4"], "at least 16"),
        (["--axis", "0"], "leave --axis out"),
        (["--every", "3"], "leave --every out"),
        (["--atlas", "atlantis"], "choose one of"),
        (["--engine", "slurm"], "slurm"),
        (["--min-tissue", "2"], "--min-tissue"),
        (["--pixel-size", "0"], "--pixel-size"),
    ],
)
def test_wrong_options_get_one_sentence_and_exit_2(tmp_path: Path, options, sentence):
    path = write_tiff(tmp_path / "a.tif", tissue_picture())
    given = options if "--encoder" in options else ["--encoder", ENCODER, *options]
    done = run("embed", path, "--collection", tmp_path / "c", *given)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not (tmp_path / "c").exists()


def test_a_pixel_size_that_is_not_known_is_asked_for(tmp_path: Path):
    write_tiff(tmp_path / "a.tif", tissue_picture(), um=300)  # not plausible, so not believed
    command = ["embed", tmp_path / "a.tif", "--collection", tmp_path / "c", "--encoder", ENCODER]
    done = run(*command)
    assert done.exit_code == 2
    assert "does not state its pixel size" in done.stderr
    assert "0 rows added" in done.stdout
    done = run(*command, "--pixel-size", 10)
    assert done.exit_code == 0
    assert {row["window_width"] for row in Collection.open(tmp_path / "c").rows()} == {50}


def test_an_encoder_of_several_modalities_asks_for_one_and_finds_its_window_again(tmp_path: Path):
    field = write_tiff(tmp_path / "field.tif", 255 - smooth_field((200, 200), 5), um=12.5)
    command = ["embed", field, "--collection", tmp_path / "c", "--encoder", "clip-nissl-af",
               "--min-tissue", 0]  # fmt: skip
    asked = run(*command)
    assert asked.exit_code == 2
    assert "give one of nissl, autofluorescence (--modality)" in asked.stderr
    assert len(asked.stderr.strip().splitlines()) == 1
    done = run(*command, "--modality", "nissl", "--bright-field")
    assert done.exit_code == 0, done.output
    collection = Collection.open(tmp_path / "c")
    (row,) = collection.rows()
    assert row["modality"] == "nissl"
    assert row["window_width"] * 12.5 == read_card("clip-nissl-af").extent_um
    window = Window(*(row[f"window_{side}"] for side in ("row", "column", "height", "width")))
    query = ByImage(field, modality="nissl", find="nissl", bright_field=True, window=window)
    best = collection.search(query, k=1)[0]
    assert (best.row["id"], best.score) == (row["id"], pytest.approx(1, abs=1e-5))
