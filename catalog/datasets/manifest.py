"""The manifest: every data set and weight file that brainseek may read.

``data_manifest.yaml`` says what a data set is, under which licence, where its public files lie
and how they become the folder that the readers expect. Long file lists stand beside it as CSV
(``catalog/datasets/files/``), each pinned by its own SHA-256, and are read only when asked for.
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT

KINDS = ("download", "mirror", "package", "weights")
CHECKS = ("bytes", "arrays", "image", "labels", "mirror", "table", "volume")
MANIFEST_NAME = "data_manifest.yaml"


@dataclass(frozen=True)
class Source:
    """A public repository, pinned to one commit."""

    key: str
    repository: str
    commit: str
    licence: str

    def url(self, path: str, base_url: str) -> str:
        """Return the address of `path` in this repository at the pinned commit."""
        from urllib.parse import quote

        return f"{base_url.rstrip('/')}/{self.repository}/{self.commit}/{quote(path)}"


@dataclass(frozen=True)
class ManifestFile:
    """One file with its size in bytes and SHA-256.

    For a public file `source` is the key of its `Source`. For a prepared file `check` names the
    comparison that a rebuilt copy has to pass (see `catalog.datasets.checks`) and `expect` what it
    must find; files with ``check="bytes"`` must be identical.
    """

    path: str
    size_bytes: int
    sha256: str
    source: str = ""
    check: str = "bytes"
    expect: str = ""


@dataclass(frozen=True)
class FileList:
    """A CSV list of files, pinned by SHA-256."""

    path: Path
    sha256: str

    def rows(self) -> list[dict[str, str]]:
        """Read the rows.

        Raises
        ------
        BrainseekError
            If the list is absent or was changed after it was pinned.
        """
        try:
            content = self.path.read_bytes()
        except OSError:
            raise BrainseekError(
                f"The file list {self.path} named by the data manifest is missing; restore it "
                "from the repository."
            ) from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise BrainseekError(
                f"The file list {self.path} does not have the SHA-256 that the data manifest "
                f"states; restore it, or run `python -m brainseek.catalog.datasets.manifest_lists` "
                "if you changed it."
            )
        return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


@dataclass(frozen=True)
class DataSet:
    """One entry of the manifest.

    Attributes
    ----------
    kind
        ``download`` (public files, fetched and prepared), ``mirror`` (no public file list: only
        from a mirror folder), ``package`` (ships inside a Python package) or ``weights``
        (committed in ``weights/``).
    prepare
        ``module:function`` that turns the public files into the prepared folder; `needs` names
        the optional packages that it imports.
    exact
        False if a rebuilt folder is equal to the reference only within the tolerances of
        `brainseek.catalog.datasets.checks`; `differences` then says in what.
    """

    name: str
    description: str
    kind: str
    licence: str
    reader: str
    pitfalls: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)
    prepare: str | None = None
    needs: tuple[str, ...] = ()
    package: str | None = None
    folder: str | None = None
    exact: bool = True
    differences: str = ""
    checks: Mapping[str, str] = field(default_factory=dict)
    files_list: FileList | None = None
    prepared_list: FileList | None = None

    @property
    def source(self) -> str:
        """Where the data come from, in words."""
        if self.kind == "package":
            return f"ships with package {self.package}"
        if self.kind == "weights":
            return "trained by this project, committed in weights/"
        if not self.sources:
            return "mirror folder only"
        return "; ".join(f"{s.repository} @ {s.commit[:7]}" for s in self.sources.values())

    @cached_property
    def files(self) -> tuple[ManifestFile, ...]:
        """The public files behind the set, as they are downloaded."""
        if self.files_list is None:
            return ()
        rows = self.files_list.rows()
        return tuple(
            ManifestFile(r["path"], int(r["bytes"]), r["sha256"], source=r["source"]) for r in rows
        )

    @cached_property
    def prepared_files(self) -> tuple[ManifestFile, ...]:
        """The files of the prepared folder, paths relative to it."""
        if self.prepared_list is None:
            return ()
        return tuple(
            ManifestFile(
                r["path"],
                int(r["bytes"]),
                r["sha256"],
                check=self.check_for(r["path"]),
                expect=r["expect"],
            )
            for r in self.prepared_list.rows()
        )

    def check_for(self, path: str) -> str:
        """Return the comparison for the prepared file `path`: first matching pattern wins."""
        for pattern, check in self.checks.items():
            if fnmatchcase(path, pattern):
                return check
        return "bytes"

    @property
    def download_bytes(self) -> int:
        """Total size of the public files in bytes."""
        return sum(f.size_bytes for f in self.files)

    @property
    def prepared_bytes(self) -> int:
        """Total size of the prepared folder in bytes."""
        return sum(f.size_bytes for f in self.prepared_files)


@dataclass(frozen=True)
class Manifest:
    """All data sets, by name, in the order of the file."""

    path: Path
    data_sets: Mapping[str, DataSet]

    def __getitem__(self, name: str) -> DataSet:
        try:
            return self.data_sets[name]
        except KeyError:
            raise BrainseekError(
                f"Unknown data set {name!r}; known are {', '.join(self.data_sets)}."
            ) from None


_SET_KEYS = {
    "description", "kind", "licence", "reader", "pitfalls", "sources", "prepare", "package",
    "folder", "needs", "exact", "differences", "checks", "files", "prepared",
}  # fmt: skip


def _fields(
    value: Any, where: str, allowed: Iterable[str], required: Iterable[str]
) -> dict[str, Any]:
    """Return `value` as a mapping that has all `required` keys and no key not `allowed`."""
    if not isinstance(value, dict):
        raise BrainseekError(f"{where} in the data manifest must be a mapping of keys to values.")
    for key in value:
        if key not in allowed:
            known = ", ".join(sorted(allowed))
            raise BrainseekError(f"Unknown key {key!r} in {where} of the data manifest; known are "
                                 f"{known}.")  # fmt: skip
    for key in required:
        if key not in value:
            raise BrainseekError(f"{where} of the data manifest lacks the key {key!r}; add it.")
    return value


def _file_list(value: Any, where: str, root: Path) -> FileList | None:
    if value is None:
        return None
    entry = _fields(value, where, {"list", "sha256"}, ("list", "sha256"))
    return FileList(root / str(entry["list"]), str(entry["sha256"]))


def _data_set(name: str, value: Any, root: Path) -> DataSet:
    where = f"data set {name!r}"
    entry = dict(_fields(value, where, _SET_KEYS, ("description", "kind", "licence", "reader")))
    if entry["kind"] not in KINDS:
        raise BrainseekError(
            f"Kind {entry['kind']!r} of {where} is unknown; use {', '.join(KINDS)}."
        )
    sources: dict[str, Source] = {}
    keys = ("repository", "commit", "licence")
    for key, source in (entry.pop("sources", None) or {}).items():
        sources[key] = Source(key, **_fields(source, f"source {key!r} of {where}", keys, keys))
    checks = entry.pop("checks", None) or {}
    for pattern, check in checks.items():
        if check not in CHECKS:
            raise BrainseekError(
                f"Check {check!r} for {pattern!r} of {where} is unknown; use {', '.join(CHECKS)}."
            )
    if not isinstance(entry.get("exact", True), bool):
        raise BrainseekError(f"exact of {where} is {entry['exact']!r}; write true or false.")
    return DataSet(
        name=name,
        sources=MappingProxyType(sources),
        checks=MappingProxyType(dict(checks)),
        files_list=_file_list(entry.pop("files", None), f"files of {where}", root),
        prepared_list=_file_list(entry.pop("prepared", None), f"prepared of {where}", root),
        exact=bool(entry.pop("exact", True)),
        needs=tuple(entry.pop("needs", None) or ()),
        **{key: str(value).strip() for key, value in entry.items()},
    )


def load_manifest(path: Path | None = None) -> Manifest:
    """Read the data manifest.

    Parameters
    ----------
    path
        YAML file; default the one that ``BRAINSEEK_MANIFEST`` names, or ``data_manifest.yaml`` of
        this project. File lists are looked up relative to it.

    Raises
    ------
    BrainseekError
        If the file is missing, is not YAML, or has an unknown or missing key.
    """
    if path is None:
        path = Path(os.environ.get("BRAINSEEK_MANIFEST") or PROJECT_ROOT / MANIFEST_NAME)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise BrainseekError(
            f"The data manifest {path} is missing; restore it from the repository or reinstall "
            "brainseek."
        ) from None
    return _parse(path, text)


@lru_cache(maxsize=4)
def _parse(path: Path, text: str) -> Manifest:
    """Read the manifest `text`; parsed once however often it is asked for."""
    import yaml

    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise BrainseekError(f"The data manifest {path} is not valid YAML: {problem}.") from None
    top = _fields(content, f"{path.name}", {"version", "data_sets"}, ("version", "data_sets"))
    if top["version"] != 1:
        raise BrainseekError(
            f"The data manifest {path} has version {top['version']!r}, but this brainseek reads "
            "version 1; update brainseek."
        )
    entries = _fields(top["data_sets"], "data_sets", top["data_sets"] or (), ())
    data_sets = {str(name): _data_set(str(name), e, path.parent) for name, e in entries.items()}
    return Manifest(path, MappingProxyType(data_sets))
