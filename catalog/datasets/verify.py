"""Whether a data set is intact: every file held against the manifest."""

from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.checks import file_sha256, matches
from brainseek.catalog.datasets.manifest import DataSet, ManifestFile, load_manifest
from brainseek.catalog.datasets.store import dataset_path, mirror_folder


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


def verify_dataset(name: str, path: Path | str | None = None) -> tuple[FileCheck, ...]:
    """Hold the data set `name`, wherever it is found, against the manifest.

    Parameters
    ----------
    path
        Folder to verify instead of the one that `dataset_path` finds; it may be incomplete.

    Raises
    ------
    BrainseekError
        If the set is unknown, not on this machine, or `path` is not a folder.
    """
    data_set = load_manifest()[name]
    if path is None:
        try:
            folder = dataset_path(name)
        except BrainseekError:
            mirror = mirror_folder(name)
            if mirror is None or not mirror.is_dir():
                raise
            folder = mirror
    else:
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise BrainseekError(f"{folder} is not a folder; name the folder to verify.")
    return verify_folder(data_set, folder)


def verify_folder(data_set: DataSet, folder: Path) -> tuple[FileCheck, ...]:
    """Hold every file of a prepared `folder` against the manifest."""
    return tuple(_check_file(folder, file) for file in data_set.prepared_files)


def _check_file(folder: Path, file: ManifestFile) -> FileCheck:
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
