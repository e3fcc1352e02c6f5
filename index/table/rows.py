"""The Lance table of a collection: versions, commits, fragments."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.files import Fragment, cut_short, fragment_facts, wrong_files
from brainseek.index.table.fragments import WrittenRows, adding
from brainseek.index.table.lance_call import (
    Result,
    UnreadableTable,
    damaged,
    dataset_at,
    lance_library,
    not_written,
    run,
    table_exists,
)
from brainseek.index.table.location import TABLE, local_folder, table_uri
from brainseek.index.table.schema import COLUMNS, ENCODER_KEY, FORMAT, FORMAT_KEY
from brainseek.index.table.writer_lock import writer_lock

if TYPE_CHECKING:
    import pyarrow as pa

_COMMIT_RETRIES = 50
_TRUSTED_AGE_NS = 2_000_000_000
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RowTable:
    """A Lance table in the folder of a collection, at the newest or at one chosen version.

    Attributes
    ----------
    uri : str
        Folder of the collection: a local path or e.g. ``s3://bucket/key``.
    folder : Path or None
        The same as a path, None for an object store.
    pinned : bool
        It was opened at a version or tag: it doesn't follow new commits and can't be written.
    """

    def __init__(self, uri: str, dataset: Any, pinned: bool = False) -> None:
        self.uri, self._dataset, self.pinned = uri, dataset, pinned
        self.folder = local_folder(uri)
        self.lock = threading.RLock()
        """Lance's object can't be moved to another version while another thread uses it."""
        self._schema: pa.Schema = dataset.schema
        self._changed: int | None = None
        self._settled = False

    @classmethod
    def create(cls, uri: str, data: "pa.Table") -> "RowTable":
        """Write a table in one commit; the folder must hold none."""
        folder = local_folder(uri)
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise not_written(uri, error) from error
        with writer_lock(folder):
            if table_exists(uri) and not _half_made(folder):
                raise BrainseekError(f"{uri} holds a collection already; open it instead.")
            try:
                table = cls(uri, lance_library().write_dataset(data, table_uri(uri), mode="create"))
                table._check_first_version()
            except (OSError, RuntimeError, ValueError) as error:
                raise not_written(uri, error) from error
        return table

    @classmethod
    def open(cls, uri: str, version: int | str | None = None) -> "RowTable":
        """Open a table at its newest version, at a version number or at a tag."""
        if not table_exists(uri):
            raise UnreadableTable(
                f"{uri} holds no collection; make one with `brainseek index create` or "
                "`brainseek embed`, or check the path."
            )
        try:
            dataset = run(lambda: dataset_at(uri, version))
            metadata = run(lambda: dataset.schema).metadata or {}
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            if version is not None and "not found" in str(error).lower():
                kind = "version" if isinstance(version, int) else "snapshot"
                raise BrainseekError(
                    f"{uri} has no {kind} '{version}'; `brainseek index info` lists them."
                ) from error
            raise damaged(uri, error) from error
        if ENCODER_KEY not in metadata:
            raise UnreadableTable(
                f"{uri} is a Lance table but not a collection, it names no encoder; "
                "give the folder of a collection."
            )
        written = metadata.get(FORMAT_KEY, b"?").decode()
        if written != FORMAT:
            raise UnreadableTable(
                f"{uri} was written in format {written} and this brainseek reads format {FORMAT}; "
                "use the release that wrote it, or export it there as .parquet and add that file "
                "to a new collection here."
            )
        missing = [name for name in COLUMNS if name not in dataset.schema.names]
        if missing:
            raise UnreadableTable(
                f"the collection {uri} is damaged or was changed by other software, it has no "
                f"column '{missing[0]}'; go back with `brainseek index restore`."
            )
        return cls(uri, dataset, pinned=version is not None)

    @property
    def schema(self) -> "pa.Schema":
        """Arrow schema with the collection's metadata."""
        return self._schema

    @property
    def version(self) -> int:
        """Number of the version that is read now."""
        with self.lock:
            return int(self._dataset.version)

    def refresh(self) -> int:
        """Go to the newest commit of any process, unless pinned; return the version read now."""
        with self.lock:
            if not self.pinned and self._may_have_changed():
                self._reading(self._dataset.checkout_latest)
            return self.version

    def _may_have_changed(self) -> bool:
        """Tell without reading the table whether a commit may have come since the last call.

        Every commit writes into one folder, so its time of change tells. A time that was less
        than two seconds ago when it was looked at is not trusted later either: file systems keep
        time in steps, and a second commit within one step leaves no trace.
        """
        if self.folder is None:
            return True
        now = time.time_ns()
        try:
            changed = (self.folder / f"{TABLE}.lance" / "_versions").stat().st_mtime_ns
        except OSError:
            return True
        same = changed == self._changed and self._settled
        self._changed, self._settled = changed, now - changed > _TRUSTED_AGE_NS
        return not same

    def count(self, where: str | None = None) -> int:
        """Return the number of rows, of those that fulfil a (checked) SQL condition if given."""
        return int(self._reading(lambda: self._dataset.count_rows(filter=where)))

    def read(
        self,
        columns: Sequence[str],
        where: str | None = None,
        fragments: Sequence[int] | None = None,
        addresses: bool = False,
    ) -> "pa.Table":
        """Return columns of the rows, optionally with their ``_rowaddr``."""
        import pyarrow as pa

        batches = list(self.scan(columns, where, fragments, addresses))
        return pa.Table.from_batches(batches[1:], schema=batches[0].schema)

    def scan(
        self,
        columns: Sequence[str],
        where: str | None = None,
        fragments: Sequence[int] | None = None,
        addresses: bool = False,
        batch_rows: int | None = None,
    ) -> "Iterator[pa.RecordBatch]":
        """Yield an empty batch that has the schema, then the rows as record batches."""
        import pyarrow as pa

        chosen = None
        try:
            with self.lock:
                if fragments is not None:
                    chosen = [self._dataset.get_fragment(number) for number in fragments]
                scanner = self._dataset.scanner(
                    columns=list(columns),
                    filter=where,
                    fragments=chosen,
                    with_row_address=addresses,
                    batch_size=batch_rows,
                )
            schema = scanner.projected_schema
            yield pa.RecordBatch.from_pylist([], schema=schema)
            if chosen != []:
                yield from scanner.to_batches()
        except (OSError, RuntimeError, ValueError) as error:
            raise damaged(self.uri, error, self.wrong_files()) from error

    def fragments(self) -> list[Fragment]:
        """Return the files of rows of this version."""
        return [fragment_facts(fragment) for fragment in self._reading(self._dataset.get_fragments)]

    def upsert(self, data: "pa.Table") -> None:
        """Add rows in one commit; a row whose id is there already is replaced."""

        def merge() -> None:
            builder = self._dataset.merge_insert("id").when_matched_update_all()
            builder = builder.when_not_matched_insert_all().conflict_retries(_COMMIT_RETRIES)
            # Over an index of the ids Lance 14 does not notice that another commit added the same.
            builder.use_index(False).execute(data)

        self._writing(merge)

    def commit_rows(self, parts: Sequence[WrittenRows]) -> int:
        """Add rows that workers wrote, all in one commit; return how many were not there yet."""
        return int(self._writing(lambda: self._commit_rows(parts)))

    def _commit_rows(self, parts: Sequence[WrittenRows]) -> int:
        from lance.commit import CommitConflictError

        for last in (*[False] * _COMMIT_RETRIES, True):
            operation, added = adding(self._dataset, parts)
            if added == 0:
                break
            try:
                self._dataset = lance_library().LanceDataset.commit(
                    self._dataset.uri, operation, read_version=self.version
                )
                break
            except CommitConflictError:
                if last:
                    raise
                self._dataset.checkout_latest()
        return added

    def delete(self, where: str) -> int:
        """Delete the rows that fulfil a (checked) SQL condition; return how many there were."""
        return int(self._writing(lambda: self._dataset.delete(where))["num_deleted_rows"])

    def compact(self) -> None:
        """Rewrite small files and files with deleted rows; the content stays the same."""
        self._writing(lambda: self._dataset.optimize.compact_files())

    def restore(self, version: int | str) -> None:
        """Make the content of an earlier version or tag the newest one."""
        old = RowTable.open(self.uri, version)
        self._writing(old._dataset.restore)
        self.refresh()

    def versions(self) -> list[dict[str, Any]]:
        """Return number and time of all versions, by rising number."""
        found = self._reading(self._dataset.versions)
        return [{"version": int(v["version"]), "time": v["timestamp"]} for v in found]

    def tags(self) -> dict[str, int]:
        """Return the version that each tag names."""
        found = self._reading(self._dataset.tags.list)
        return {name: int(tag["version"]) for name, tag in sorted(found.items())}

    def tag(self, name: str) -> None:
        """Name the version that is read now."""
        if not _TAG.fullmatch(name):
            raise BrainseekError(
                f"'{name}' can't name a snapshot; use up to 100 letters, digits, '.', '_', '-'."
            )
        if name in self.tags():
            raise BrainseekError(
                f"{self.uri} has a snapshot '{name}' already; choose another name."
            )
        self._writing(lambda: self._dataset.tags.create(name, self.version))

    def untag(self, name: str) -> None:
        """Forget a tag; the version stays."""
        self._writing(lambda: self._dataset.tags.delete(name))

    def forget_older(self, keep_days: float) -> int:
        """Delete the files of versions older than some days that no tag names; return bytes."""
        from datetime import timedelta

        stats = self._writing(
            lambda: self._dataset.cleanup_old_versions(
                older_than=timedelta(days=keep_days), error_if_tagged_old_versions=False
            )
        )
        return int(stats.bytes_removed)

    def data_files(self) -> list[str]:
        """Return the paths of the data and deletion files of this version, inside the table."""
        files = []
        for fragment in self._reading(self._dataset.get_fragments):
            files += [f"data/{file['path']}" for file in fragment.metadata.to_json()["files"]]
            deletions = fragment.deletion_file()
            if deletions:
                files.append(deletions)
        return files

    def erase(self) -> None:
        """Delete the table with all its versions."""
        self._writing(lambda: lance_library().LanceDataset.drop(self._dataset.uri))

    def file_sizes(self) -> dict[str, int]:
        """Return the bytes of every file in the folder of the table, of all versions, by path."""

        def listed() -> dict[str, int]:
            files = self._dataset.all_files().read_all()
            return dict(
                zip(files["path"].to_pylist(), files["size_bytes"].to_pylist(), strict=True)
            )

        return self._reading(listed)

    def wrong_files(self) -> list[tuple[str, str]]:
        """Return path (inside the table) and fault of files that are missing or cut short.

        Only the files of this version are looked at; none of an object store.
        """
        if self.folder is None:
            return []
        return wrong_files(self.folder / f"{TABLE}.lance", self.fragments())

    def _check_first_version(self) -> None:
        """Delete a table that was just made and is cut short."""
        if self.folder is None:
            return
        place = self.folder / f"{TABLE}.lance"
        wrong = cut_short(place, self.fragments())
        if wrong:
            shutil.rmtree(place, ignore_errors=True)
            raise OSError(f"{wrong[0][0]}: {wrong[0][1]}")

    def _fragment_numbers(self) -> set[int]:
        return {fragment.fragment_id for fragment in self._dataset.get_fragments()}

    def _take_back_if_cut_short(self, version: int, known: set[int]) -> None:
        """Go back to the former version when a new file is shorter than it was written.

        Lance 14 commits a file of which the last 4 kB could not be written (no space left).
        """
        if self.folder is None:
            return
        self._dataset.checkout_latest()
        new = [f for f in self._dataset.get_fragments() if f.fragment_id not in known]
        wrong = cut_short(self.folder / f"{TABLE}.lance", map(fragment_facts, new))
        if wrong:
            dataset_at(self.uri, version).restore()
            self._dataset.checkout_latest()
            raise OSError(f"{wrong[0][0]}: {wrong[0][1]}")

    def _reading(self, action: Callable[[], Result]) -> Result:
        try:
            with self.lock:
                return run(action)
        except (OSError, RuntimeError, ValueError) as error:
            raise damaged(self.uri, error) from error

    def _writing(self, action: Callable[[], Result]) -> Result:
        if self.pinned:
            raise BrainseekError(
                f"version {self.version} of {self.uri} was opened for reading only; open the "
                "collection without a version to write."
            )
        with writer_lock(self.folder), self.lock:
            self._reading(self._dataset.checkout_latest)
            version, known = self.version, self._fragment_numbers()
            try:
                result = run(action)
                self._take_back_if_cut_short(version, known)
                return result
            except (OSError, RuntimeError, ValueError) as error:
                raise not_written(self.uri, error) from error


def _half_made(folder: Path | None) -> bool:
    """A create that was killed left files of rows, but no version that names them."""
    return folder is not None and not any((folder / f"{TABLE}.lance/_versions").glob("*.manifest"))
