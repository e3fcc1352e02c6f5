"""Getting a data set: its public files are downloaded, prepared, checked, and put into the cache.

To add a data set:

1. write its entry into ``data_manifest.yaml``; a set like ``marmoset-ish`` is the shortest to copy;
2. if its public files are read as they are, ``prepare`` is ``copied:flat``, and that is all;
3. else copy `brainseek.catalog.datasets.prepare.human_t1`: one file with ``prepare(raw, out,
   data_set)``;
4. pin the result with ``python -m brainseek.catalog.datasets.manifest_lists NAME FOLDER``.
"""

import os
import shutil
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.core.whole_file import make_writable
from brainseek.catalog.datasets.manifest import DataSet, load_manifest
from brainseek.catalog.datasets.store import (
    cached_folder,
    dataset_path,
    find_dataset,
    mirror_only,
)
from brainseek.catalog.datasets.verify import verify_folder

UNWRITABLE_CACHE = (
    "The cache folder {folder} cannot be written ({reason}); set BRAINSEEK_CACHE to a folder that "
    "you may write."
)


def downloads_folder(name: str) -> Path:
    """Return where the public files of `name` are kept until they are prepared."""
    return cache_dir() / "downloads" / name


def licence_accepted(name: str) -> bool:
    """Tell whether a download of `name` was agreed to before on this machine."""
    return (downloads_folder(name) / "licence-accepted.txt").is_file()


def get_dataset(
    name: str,
    *,
    accept_licence: bool = False,
    force: bool = False,
    keep_downloads: bool = False,
    progress: bool = True,
) -> Path:
    """Return the folder of the data set `name`, downloading and preparing it if need be.

    Parameters
    ----------
    accept_licence
        A first download needs the caller's agreement to ``DataSet.licence``.
    force
        Fetch and prepare into the cache even if the set is already there or in a mirror.
    keep_downloads
        Keep the public files in the cache after they were prepared.

    Raises
    ------
    BrainseekError
        If the set is unknown or mirror-only, its licence was not accepted, the cache cannot be
        written, a download fails, or the prepared folder fails its checks. The cache then holds
        either the old folder or none, never half of one.
    """
    data_set = load_manifest()[name]
    if not force:
        found = find_dataset(name)
        if found is not None:
            return found[0]
    if data_set.kind in ("package", "weights"):
        return dataset_path(name)
    if data_set.kind == "mirror":
        raise mirror_only(name)
    if not accept_licence and not licence_accepted(name):
        raise BrainseekError(
            f"The data set {name!r} has this licence: {' '.join(data_set.licence.split())} Agree "
            f"with `brainseek data get {name} --yes` or "
            f"`get_dataset({name!r}, accept_licence=True)`."
        )
    _require_packages(data_set)
    raw = downloads_folder(name)
    make_writable(raw, UNWRITABLE_CACHE)
    make_writable(cached_folder(name).parent, UNWRITABLE_CACHE)
    (raw / "licence-accepted.txt").write_text(data_set.licence + "\n", encoding="utf-8")
    _download(data_set, raw, progress)
    folder = _prepare(data_set, raw)
    if not keep_downloads:
        for source in data_set.sources:
            shutil.rmtree(raw / source, ignore_errors=True)
    return folder


def _require_packages(data_set: DataSet) -> None:
    """Refuse before the download what could not be prepared after it."""
    for package in data_set.needs:
        if find_spec(package) is None:
            raise BrainseekError(
                f"Preparing the data set {data_set.name!r} needs the package {package!r}, which is "
                'not installed; run `pip install "brainseek[atlas]"`.'
            )


def _download(data_set: DataSet, raw: Path, progress: bool) -> None:
    from brainseek.catalog.datasets.download import Download, base_url, download_all

    jobs = [
        Download(
            url=data_set.sources[file.source].url(file.path, base_url()),
            target=raw / file.source / file.path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
        )
        for file in data_set.files
    ]
    download_all(jobs, data_set.name, progress=progress)


def _prepare(data_set: DataSet, raw: Path) -> Path:
    """Build the prepared folder beside its final place, check it, then give it its name."""
    target = cached_folder(data_set.name)
    module, _, function = (data_set.prepare or "").partition(":")
    step = getattr(import_module(module), function)
    building = Path(tempfile.mkdtemp(prefix=f".{data_set.name}.", dir=target.parent))
    try:
        step(raw, building, data_set)
        faults = [c for c in verify_folder(data_set, building) if c.is_fault]
        if faults:
            raise BrainseekError(
                f"Preparing {data_set.name!r} gave {len(faults)} file(s) that differ from the "
                f"manifest, first {faults[0].path} ({faults[0].detail}); the folder was discarded."
            )
        building.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        os.replace(building, target)
    except OSError as error:
        raise BrainseekError(
            f"Cannot write {error.filename or target} ({error.strerror or error}); free space or "
            "set BRAINSEEK_CACHE to a folder that you may write."
        ) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target
