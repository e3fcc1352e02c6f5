"""Folders, patterns and single files become image files."""

from pathlib import Path

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.image_files import image_files


def test_folders_are_walked_and_files_kept_once(tmp_path: Path):
    for name in ("b/c/x.TIF", "b/a.png", "a.nii.gz", ".hidden.png", ".git/a.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found = image_files(
        [tmp_path, tmp_path / "b" / "a.png", str(tmp_path / "b" / "*.png")], recursive=True
    )
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "a.nii.gz",
        "b/a.png",
        "b/c/x.TIF",
    ]
    assert image_files([tmp_path / "missing.tif"], recursive=True) == [tmp_path / "missing.tif"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BrainseekError, match="hold no image"):
        image_files([tmp_path / "empty"], recursive=True)
    with pytest.raises(BrainseekError, match="no file matches"):
        image_files([str(tmp_path / "*.jpg")], recursive=True)


def test_only_the_images_directly_inside_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("deep/x.tif", "b.png", "a.nii.gz", ".hidden.png", "c.png/inside.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    given = ["b.png", ".", "*.gz", str(tmp_path / "b.png"), "missing.tif"]
    assert [str(path) for path in image_files(given, recursive=False)] == [
        "b.png",
        "a.nii.gz",
        str(tmp_path / "b.png"),
        "missing.tif",
    ]
    (tmp_path / "only" / "deeper").mkdir(parents=True)
    (tmp_path / "only" / "deeper" / "a.png").write_bytes(b"x")
    with pytest.raises(BrainseekError, match="folder only holds no image; brainseek reads"):
        image_files(["only"], recursive=False)
    with pytest.raises(BrainseekError, match="no file matches"):
        image_files(["*.jpg"], recursive=False)
