"""The manifest says what exists; unknown keys, missing files and changed lists are refused."""

import csv
import hashlib
import re
from pathlib import Path

import pytest
import yaml

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT, cache_dir, weights_dir
from brainseek.catalog.datasets.manifest import load_manifest
from brainseek.catalog.datasets.manifest_lists import refresh

LIST = "path,bytes,sha256,expect\na.txt,3,{digest},\n"


def write_manifest(folder: Path, **changes: object) -> Path:
    """Write a manifest with one data set of one file and return its path."""
    content = LIST.format(digest=hashlib.sha256(b"abc").hexdigest())
    (folder / "a.csv").write_text(content)
    entry: dict[str, object] = {
        "description": "made",
        "kind": "mirror",
        "licence": "CC0",
        "reader": "none",
        "prepared": {"list": "a.csv", "sha256": hashlib.sha256(content.encode()).hexdigest()},
    }
    entry.update(changes)
    path = folder / "data_manifest.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "data_sets": {"made": entry}}))
    return path


def test_every_entry_of_the_project_is_complete() -> None:
    manifest = load_manifest()
    assert {"mni152", "mouse-nissl-plates", "mouse-ccf", "brainseek-weights"} <= set(
        manifest.data_sets
    )
    for data_set in manifest.data_sets.values():
        assert data_set.licence
        assert data_set.description
        assert data_set.pitfalls
        assert data_set.reader
        assert data_set.prepared_list is not None
        for file in (*data_set.files, *data_set.prepared_files):
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert file.size_bytes > 0
            assert not Path(file.path).is_absolute()
            assert ".." not in Path(file.path).parts
        if data_set.kind == "download":
            assert data_set.files
            assert data_set.prepare
            assert {file.source for file in data_set.files} == set(data_set.sources)
            for source in data_set.sources.values():
                assert re.fullmatch(r"[0-9a-f]{40}", source.commit)


def test_inexact_sets_say_what_differs() -> None:
    for data_set in load_manifest().data_sets.values():
        tolerant = {"image", "labels"} & {file.check for file in data_set.prepared_files}
        assert bool(tolerant) != data_set.exact
        if tolerant:
            assert data_set.differences


def test_public_files_equal_the_pinned_upstream_rows(shared_data: Path) -> None:
    with (shared_data / "upstream_files.csv").open(newline="") as stream:
        upstream = {
            (r["github_repository"], r["commit"], r["path"]): (int(r["bytes"]), r["sha256"])
            for r in csv.DictReader(stream)
        }
    for data_set in load_manifest().data_sets.values():
        for file in data_set.files:
            source = data_set.sources[file.source]
            key = (source.repository, source.commit, file.path)
            assert upstream[key] == (file.size_bytes, file.sha256)


def test_addresses_are_pinned_and_quoted() -> None:
    data_set = load_manifest()["human-t1"]
    file = next(f for f in data_set.files if "+" in f.path)
    url = data_set.sources[file.source].url(file.path, "http://host/")
    assert url.startswith(f"http://host/{data_set.sources[file.source].repository}/62c2d45")
    assert url.endswith("bert/mri/aparc%2Baseg.mgz")


def test_unknown_data_set_lists_the_known() -> None:
    with pytest.raises(BrainseekError, match=r"'mause-ccf'.*mouse-ccf"):
        load_manifest()["mause-ccf"]


def test_made_manifest_reads(tmp_path: Path) -> None:
    made = load_manifest(write_manifest(tmp_path))["made"]
    assert [(f.path, f.size_bytes, f.check) for f in made.prepared_files] == [("a.txt", 3, "bytes")]
    assert made.prepared_bytes == 3
    assert made.source == "mirror folder only"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lisence": "x"}, "Unknown key 'lisence' in data set 'made'"),
        ({"kind": "cloud"}, "Kind 'cloud'"),
        ({"exact": "maybe"}, "exact of data set 'made' is 'maybe'"),
        ({"checks": {"a": "magic"}}, "Check 'magic'"),
        ({"prepared": {"list": "a.csv"}}, "lacks the key 'sha256'"),
        ({"sources": {"s": {"repository": "a/b", "commit": "c"}}}, "lacks the key 'licence'"),
    ],
)
def test_wrong_entries_are_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(BrainseekError, match=re.escape(message)):
        load_manifest(write_manifest(tmp_path, **changes))


def test_missing_and_broken_manifests(tmp_path: Path) -> None:
    with pytest.raises(BrainseekError, match=r"is missing"):
        load_manifest(tmp_path / "none.yaml")
    path = tmp_path / "broken.yaml"
    path.write_text("a: [")
    with pytest.raises(BrainseekError, match=r"not valid YAML"):
        load_manifest(path)
    path.write_text("version: 9\ndata_sets: {}\n")
    with pytest.raises(BrainseekError, match=r"version 9"):
        load_manifest(path)
    path.write_text("version: 1\ndata_sets: {}\nextra: 1\n")
    with pytest.raises(BrainseekError, match=r"Unknown key 'extra'"):
        load_manifest(path)


def test_missing_and_changed_lists(tmp_path: Path) -> None:
    path = write_manifest(tmp_path)
    (tmp_path / "a.csv").write_text("path,bytes,sha256,expect\n")
    with pytest.raises(BrainseekError, match=r"does not have the SHA-256"):
        _ = load_manifest(path)["made"].prepared_files
    (tmp_path / "a.csv").unlink()
    with pytest.raises(BrainseekError, match=r"is missing"):
        _ = load_manifest(path)["made"].prepared_files


def test_refresh_pins_the_new_list(tmp_path: Path) -> None:
    path = write_manifest(tmp_path)
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "b.bin").write_bytes(b"1234")
    assert refresh("made", folder, path) == 1
    (file,) = load_manifest(path)["made"].prepared_files
    assert (file.path, file.size_bytes) == ("b.bin", 4)
    assert file.sha256 == hashlib.sha256(b"1234").hexdigest()
    with pytest.raises(BrainseekError, match=r"is not a folder"):
        refresh("made", tmp_path / "absent", path)


def test_weights_listed_are_the_weights_committed() -> None:
    listed = {f.path: f.sha256 for f in load_manifest()["brainseek-weights"].prepared_files}
    committed = {
        p.relative_to(weights_dir()).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in weights_dir().rglob("*")
        if p.is_file() and p.name not in ("README.md", ".gitkeep")
    }
    assert listed == committed


def test_cache_folder_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "c"))
    assert cache_dir() == tmp_path / "c"
    monkeypatch.delenv("BRAINSEEK_CACHE")
    assert cache_dir().name == "brainseek"
    assert cache_dir().is_absolute()
    assert (PROJECT_ROOT / "data_manifest.yaml").is_file()
