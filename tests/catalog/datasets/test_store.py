"""Resolution order, getting and verifying; the cache never holds half a data set."""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.fetch import get_dataset, licence_accepted
from brainseek.catalog.datasets.manifest import load_manifest
from brainseek.catalog.datasets.store import dataset_path, find_dataset
from brainseek.catalog.datasets.verify import verify_dataset
from tests.catalog.datasets.http_source import Host, serve
from tests.catalog.datasets.made_set import FILES, make_manifest, served_files


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Serve a made data set called ``made`` and put it in place of the project's manifest."""
    monkeypatch.setenv("BRAINSEEK_MANIFEST", str(make_manifest(tmp_path / "manifest").path))
    with serve(Host(files=served_files())) as host:
        monkeypatch.setenv("BRAINSEEK_BASE_URL", host.url)
        yield host


def write_set(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / Path(name).name).write_bytes(content)
    return folder


def test_user_folder_then_cache_then_mirror(
    made: Host, tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_dataset("made") is None
    with pytest.raises(BrainseekError, match=r"brainseek data get made"):
        dataset_path("made")
    mirror = write_set(tmp_path / "mirror" / "made")
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(tmp_path / "mirror"))
    assert find_dataset("made") == (mirror, "mirror")
    assert get_dataset("made") == mirror
    cached = write_set(empty_cache / "data" / "made")
    assert find_dataset("made") == (cached, "cache")
    mine = write_set(tmp_path / "mine")
    assert find_dataset("made", mine) == (mine, "user")
    assert not made.requests, "nothing is downloaded when the set is here"


def test_folders_that_are_wrong_are_named(
    made: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BrainseekError, match=r"absent is not a folder"):
        dataset_path("made", tmp_path / "absent")
    mine = write_set(tmp_path / "mine")
    (mine / "two.bin").unlink()
    with pytest.raises(BrainseekError, match=r"lacks two.bin"):
        dataset_path("made", mine)
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(tmp_path / "nowhere"))
    with pytest.raises(BrainseekError, match=r"BRAINSEEK_MIRROR names .*nowhere"):
        dataset_path("made")


def test_get_needs_the_licence_once(made: Host, empty_cache: Path) -> None:
    with pytest.raises(BrainseekError, match=r"Made-1\.0.*--yes"):
        get_dataset("made", progress=False)
    assert not made.requests
    folder = get_dataset("made", accept_licence=True, progress=False)
    assert folder == empty_cache / "data" / "made"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        Path(name).name: content for name, content in FILES.items()
    }
    assert not list((empty_cache / "downloads" / "made").rglob("*.bin"))
    assert licence_accepted("made")
    get_dataset("made", force=True, keep_downloads=True, progress=False)
    assert len(list((empty_cache / "downloads" / "made").rglob("*.bin"))) == 2


def test_interrupted_get_resumes(made: Host, empty_cache: Path) -> None:
    made.cuts = [40_000] * 9
    with pytest.raises(BrainseekError, match=r"resume"):
        get_dataset("made", accept_licence=True, progress=False)
    assert find_dataset("made") is None
    assert list((empty_cache / "downloads").rglob("*.part"))
    made.cuts.clear()
    made.requests.clear()
    get_dataset("made", progress=False)
    assert any(asked for _, asked in made.requests), "the rest is asked for by byte range"
    assert all(check.status == "ok" for check in verify_dataset("made"))


def spoil(raw: Path, out: Path, data_set: object) -> None:
    """Prepare a folder that the manifest refuses."""
    (out / "one.bin").write_bytes(b"not it")


def test_wrong_preparation_leaves_the_old_folder(
    made: Host, tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_set(empty_cache / "data" / "made")
    monkeypatch.setenv(
        "BRAINSEEK_MANIFEST",
        str(make_manifest(tmp_path / "spoilt", prepare=f"{__name__}:spoil").path),
    )
    with pytest.raises(BrainseekError, match=r"2 file\(s\) that differ.*one.bin"):
        get_dataset("made", accept_licence=True, force=True, progress=False)
    assert sorted(p.name for p in old.parent.iterdir()) == ["made"]
    assert all(check.status == "ok" for check in verify_dataset("made"))


def test_a_missing_package_is_named_before_the_download(
    made: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "BRAINSEEK_MANIFEST",
        str(make_manifest(tmp_path / "needy", needs=("json", "no_such_package")).path),
    )
    with pytest.raises(BrainseekError, match=r"'no_such_package'.*brainseek\[atlas\]"):
        get_dataset("made", accept_licence=True, progress=False)
    assert not made.requests


def test_read_only_cache_is_one_sentence(
    made: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "file"))
    with pytest.raises(BrainseekError, match=r"cannot be written \(.*\); set BRAINSEEK_CACHE"):
        get_dataset("made", accept_licence=True)

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "read-only"))
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(BrainseekError, match=r"\(Read-only file system\)"):
        get_dataset("made", accept_licence=True)


def test_verify_finds_damage(made: Host, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "mine")
    assert [check.status for check in verify_dataset("made", folder)] == ["ok", "ok"]
    content = bytearray((folder / "one.bin").read_bytes())
    content[7] ^= 1
    (folder / "one.bin").write_bytes(bytes(content))
    (folder / "two.bin").unlink()
    assert [check.status for check in verify_dataset("made", folder)] == ["bad", "missing"]
    with pytest.raises(BrainseekError, match=r"is not a folder"):
        verify_dataset("made", tmp_path / "absent")


def test_mirror_only_sets_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINSEEK_MANIFEST", str(make_manifest(tmp_path / "m", kind="mirror").path))
    for attempt in (dataset_path, lambda name: get_dataset(name, accept_licence=True)):
        with pytest.raises(BrainseekError, match=r"no pinned public files.*BRAINSEEK_MIRROR"):
            attempt("made")


def test_package_set_is_found_without_a_download() -> None:
    folder, how = find_dataset("mni152") or (None, None)
    assert how == "package"
    assert folder is not None
    assert get_dataset("mni152") == folder
    assert all(check.status == "ok" for check in verify_dataset("mni152"))


def test_unknown_set() -> None:
    with pytest.raises(BrainseekError, match=r"Unknown data set 'nothing'"):
        dataset_path("nothing")


def test_the_shared_folders_are_what_the_manifest_lists(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(shared_data))
    for data_set in load_manifest().data_sets.values():
        if data_set.kind in ("download", "mirror"):
            checks = verify_dataset(data_set.name)
            assert {check.status for check in checks} == {"ok"}, data_set.name


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("marmoset-ish", {"data": "."}),
        ("pli-section", {"tests/files/full_execution": "."}),
        (
            "mouse-ish-calb1",
            {
                "tests/test_data/image_intensity": ".",
                "tests/test_data/image_intensity/images": "images",
            },
        ),
    ],
)
def test_real_sets_whose_public_files_are_unchanged_are_rebuilt_from_a_server(
    name: str,
    folders: dict[str, str],
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shared files stand in for the public ones, because their README says they are equal."""
    data_set = load_manifest()[name]
    served = {}
    for file in data_set.files:
        path = Path(file.path)
        url = data_set.sources[file.source].url(file.path, "")
        served[url] = (
            shared_data / name / folders[path.parent.as_posix()] / path.name
        ).read_bytes()
    with serve(Host(files=served)) as host:
        monkeypatch.setenv("BRAINSEEK_BASE_URL", host.url)
        folder = get_dataset(name, accept_licence=True, progress=False)
    assert {c.status for c in verify_dataset(name, folder)} <= {"ok", "rebuilt"}
    shutil.rmtree(folder)
