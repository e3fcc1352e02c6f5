"""Where a data set lies on this machine.

Resolution order: the folder that the user names, the local cache, the mirror folder
(``BRAINSEEK_MIRROR``); `brainseek.catalog.datasets.fetch.get_dataset` downloads besides.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir, weights_dir
from brainseek.catalog.datasets.manifest import DataSet, load_manifest


def cached_folder(name: str) -> Path:
    """Return where the data set `name` lies in the cache once it was fetched."""
    return cache_dir() / "data" / name


def mirror_folder(name: str) -> Path | None:
    """Return where the data set `name` would lie in the mirror; None where there is no mirror.

    Raises
    ------
    BrainseekError
        If ``BRAINSEEK_MIRROR`` names no folder.
    """
    root = os.environ.get("BRAINSEEK_MIRROR")
    if not root:
        return None
    if not Path(root).is_dir():
        raise BrainseekError(
            f"BRAINSEEK_MIRROR names {root}, which is not a folder; correct or unset it."
        )
    return Path(root) / name


def find_dataset(name: str, path: Path | str | None = None) -> tuple[Path, str] | None:
    """Return the folder of a data set and how it was found, or None if it is not here.

    The second item is ``user``, ``cache``, ``mirror``, ``package`` or ``weights``.

    Parameters
    ----------
    path
        Folder of the data set, if the user keeps it elsewhere. Wins over cache and mirror.

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
    mirror = mirror_folder(name)
    if mirror is not None and mirror.is_dir():
        _require_files(data_set, mirror, "mirror folder")
        return mirror, "mirror"
    return None


def dataset_path(name: str, path: Path | str | None = None) -> Path:
    """Return the folder of the data set `name`; never downloads.

    Parameters
    ----------
    path
        As for `find_dataset`.

    Raises
    ------
    BrainseekError
        If the set is unknown or not on this machine; the message names the command that gets it.
    """
    found = find_dataset(name, path)
    if found is not None:
        return found[0]
    data_set = load_manifest()[name]
    if data_set.kind == "weights":
        raise BrainseekError(
            f"The folder {weights_dir()} with this project's weights is missing; restore it from "
            "the repository."
        )
    if data_set.kind == "mirror":
        raise mirror_only(name)
    raise BrainseekError(
        f"The data set {name!r} is not on this machine; run `brainseek data get {name}`, or set "
        "BRAINSEEK_MIRROR to a folder that holds it."
    )


def mirror_only(name: str) -> BrainseekError:
    """Return what is wrong when a data set is wanted that can't be downloaded."""
    return BrainseekError(
        f"The data set {name!r} has no pinned public files, so brainseek cannot download it; set "
        f"BRAINSEEK_MIRROR to a folder that holds {name}/."
    )


def file_of_dataset(name: str, folder: Path, file: str) -> Path:
    """Return a file in the folder of the data set `name`.

    Raises
    ------
    BrainseekError
        If it is not there; the message names the command that gets it.
    """
    path = folder / file
    if not path.is_file():
        raise BrainseekError(f"{path} is missing; get it with `brainseek data get {name}`.")
    return path


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
