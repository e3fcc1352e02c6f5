"""Where a data set is, how to get it, and whether it is intact.

Resolution order: the folder that the user names, the local cache, the mirror folder
(``BRAINSEEK_MIRROR``), and only on request (`get`) a download.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir, weights_dir
from brainseek.catalog.core.whole_file import make_writable
from brainseek.catalog.datasets.manifest import DataSet, ManifestFile, load_manifest

UNWRITABLE_CACHE = (
    "The cache folder {folder} cannot be written ({reason}); set BRAINSEEK_CACHE to a folder that "
    "you may write."
)


@dataclass(frozen=True)
class FileCheck:
    """Result for one file: status ``ok``, ``rebuilt``, ``bad``, ``missing`` or ``not rebuilt``.

    ``rebuilt`` means equal to the reference within the tolerance of its check, ``not rebuilt``
    that the file exists in mirror folders only; neither is a fault.
    """

    path: str
    status: str
    detail: str = ""

    @property
    def is_fault(self) -> bool:
        """True if the file is damaged or absent."""
        return self.status in ("bad", "missing")


def cached_folder(name: str) -> Path:
    """Return where the data set `name` lies in the cache once it was fetched."""
    return cache_dir() / "data" / name


def downloads_folder(name: str) -> Path:
    """Return where the public files of `name` are kept until they are prepared."""
    return cache_dir() / "downloads" / name


def _mirror_folder(name: str) -> Path | None:
    root = os.environ.get("BRAINSEEK_MIRROR")
    if not root:
        return None
    if not Path(root).is_dir():
        raise BrainseekError(
            f"BRAINSEEK_MIRROR names {root}, which is not a folder; correct or unset it."
        )
    return Path(root) / name


def _package_folder(data_set: DataSet) -> Path:
    spec = find_spec(data_set.package or "")
    if spec is None or not spec.submodule_search_locations:
        raise BrainseekError(
            f"The data set {data_set.name!r} ships with the package {data_set.package!r}, which "
            f"is not installed; run `pip install {data_set.package}`."
        )
    return Path(next(iter(spec.submodule_search_locations))) / (data_set.folder or "")


def _require_files(data_set: DataSet, folder: Path, what: str) -> None:
    for file in data_set.prepared_files:
        if file.check != "mirror" and not (folder / file.path).is_file():
            raise BrainseekError(
                f"The {what} {folder} lacks {file.path} of the data set {data_set.name!r}; check "
                f"the folder, or run `brainseek data get {data_set.name}`."
            )


def find(name: str, path: Path | str | None = None) -> tuple[Path, str] | None:
    """Return the folder of a data set and how it was found, or None if it is not here.

    The second item is ``user``, ``cache``, ``mirror``, ``package`` or ``weights``.

    Raises
    ------
    BrainseekError
        If `name` is unknown, or a folder named by the user or by ``BRAINSEEK_MIRROR`` is
        missing or incomplete.
    """
    data_set = load_manifest()[name]
    if path is not None:
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise BrainseekError(
                f"{folder} is not a folder; name the folder that holds the data set {name!r}."
            )
        _require_files(data_set, folder, "folder")
        return folder, "user"
    if data_set.kind == "package":
        return _package_folder(data_set), "package"
    if data_set.kind == "weights":
        return (weights_dir(), "weights") if weights_dir().is_dir() else None
    cached = cached_folder(name)
    if cached.is_dir():
        return cached, "cache"
    mirror = _mirror_folder(name)
    if mirror is not None and mirror.is_dir():
        _require_files(data_set, mirror, "mirror folder")
        return mirror, "mirror"
    return None


def locate(name: str, path: Path | str | None = None) -> Path:
    """Return the folder of the data set `name`; never downloads.

    Parameters
    ----------
    path
        Folder of the data set, if the user keeps it elsewhere. Wins over cache and mirror.

    Raises
    ------
    BrainseekError
        If the set is unknown or not on this machine; the message names the command that gets it.
    """
    found = find(name, path)
    if found is not None:
        return found[0]
    data_set = load_manifest()[name]
    if data_set.kind == "weights":
        raise BrainseekError(
            f"The folder {weights_dir()} with this project's weights is missing; restore it from "
            "the repository."
        )
    if data_set.kind == "mirror":
        raise BrainseekError(_mirror_only(data_set))
    raise BrainseekError(
        f"The data set {name!r} is not on this machine; run `brainseek data get {name}`, or set "
        "BRAINSEEK_MIRROR to a folder that holds it."
    )


def _mirror_only(data_set: DataSet) -> str:
    return (
        f"The data set {data_set.name!r} has no pinned public files, so brainseek cannot download "
        f"it; set BRAINSEEK_MIRROR to a folder that holds {data_set.name}/."
    )


def licence_accepted(name: str) -> bool:
    """Tell whether a download of `name` was agreed to before on this machine."""
    return (downloads_folder(name) / "licence-accepted.txt").is_file()


def get(
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
        found = find(name)
        if found is not None:
            return found[0]
    if data_set.kind in ("package", "weights"):
        return locate(name)
    if data_set.kind == "mirror":
        raise BrainseekError(_mirror_only(data_set))
    if not accept_licence and not licence_accepted(name):
        raise BrainseekError(
            f"The data set {name!r} has this licence: {' '.join(data_set.licence.split())} Agree "
            f"with `brainseek data get {name} --yes` or `get({name!r}, accept_licence=True)`."
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


def _check_file(folder: Path, file: ManifestFile) -> FileCheck:
    from brainseek.catalog.datasets.checks import file_sha256, matches

    path = folder / file.path
    if not path.is_file():
        if file.check == "mirror":
            return FileCheck(file.path, "not rebuilt", "exists in mirror folders only")
        return FileCheck(file.path, "missing", "no such file")
    if path.stat().st_size == file.size_bytes and file_sha256(path) == file.sha256:
        return FileCheck(file.path, "ok")
    if file.check in ("bytes", "mirror"):
        return FileCheck(file.path, "bad", "its bytes differ from the manifest")
    try:
        agrees = matches(file.check, path, file.expect)
    except Exception as error:  # a damaged file makes each reader raise its own type
        return FileCheck(file.path, "bad", f"cannot be read: {' '.join(str(error).split())}")
    if agrees:
        return FileCheck(file.path, "rebuilt", f"equal under the check '{file.check}'")
    return FileCheck(file.path, "bad", f"differs from the manifest under the check '{file.check}'")


def verify_folder(data_set: DataSet, folder: Path) -> tuple[FileCheck, ...]:
    """Hold every file of a prepared `folder` against the manifest."""
    return tuple(_check_file(folder, file) for file in data_set.prepared_files)


def verify(name: str, path: Path | str | None = None) -> tuple[FileCheck, ...]:
    """Hold the data set `name`, wherever it is found, against the manifest.

    Parameters
    ----------
    path
        Folder to verify instead of the one that `locate` finds; it may be incomplete.

    Raises
    ------
    BrainseekError
        If the set is unknown, not on this machine, or `path` is not a folder.
    """
    data_set = load_manifest()[name]
    if path is None:
        try:
            folder = locate(name)
        except BrainseekError:
            mirror = _mirror_folder(name)
            if mirror is None or not mirror.is_dir():
                raise
            folder = mirror
    else:
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise BrainseekError(f"{folder} is not a folder; name the folder to verify.")
    return verify_folder(data_set, folder)
