"""Calls of Lance, and what went wrong with them in one sentence."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.location import (
    TABLE,
    contact,
    local_folder,
    not_reached,
    store_reason,
    table_uri,
)

Result = TypeVar("Result")


class UnreadableTable(BrainseekError):
    """There is no collection at a place, its files are damaged, or it has another format."""


def lance_library() -> Any:
    """Import Lance, which writes only errors to its log."""
    os.environ.setdefault("LANCE_LOG", "error")
    import lance

    return lance


def run(action: Callable[[], Result]) -> Result:
    """Run Lance; a panic of its Rust code (damaged bytes) is no Exception, so it is made one."""
    try:
        return action()
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise RuntimeError(first_line(error)) from error
        raise


def dataset_at(uri: str, version: int | str | None) -> Any:
    """Open the newest version, a number or a tag; a number without looking at the newest."""
    if isinstance(version, int):
        return lance_library().dataset(table_uri(uri), version=max(0, version))
    dataset = lance_library().dataset(table_uri(uri))
    return dataset if version is None else dataset.checkout_version(version)


def table_exists(uri: str) -> bool:
    """Tell whether a collection has a table, whole or damaged.

    Raises
    ------
    BrainseekError
        Its object store can't be reached.
    """
    folder = local_folder(uri)
    if folder is not None:
        return (folder / f"{TABLE}.lance").is_dir()
    lance = lance_library()
    try:
        run(lambda: contact(uri, lambda: lance.dataset(table_uri(uri))))
    except (OSError, RuntimeError, ValueError) as error:
        if "was not found" in str(error):
            return False
        reason = store_reason(error)
        raise (not_reached(uri, reason) if reason else damaged(uri, error)) from error
    return True


def first_line(error: BaseException) -> str:
    """Return the first line of an error, without the places in the library's source."""
    if reason := store_reason(error):
        return reason
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return re.sub(r",? *\S*/rustc?/\S+", "", text).strip(" .,")


def damaged(uri: str, error: Exception, files: Sequence[tuple[str, str]] = ()) -> BrainseekError:
    """Return the error for a table that can't be read, naming the first of the wrong files.

    It is no `UnreadableTable` where the files are only out of reach: forbidden, or in a store.
    """
    reason = f"{TABLE}.lance/{files[0][0]}: {files[0][1]}" if files else first_line(error)
    forbidden = isinstance(error, PermissionError) or "permission denied" in str(error).lower()
    kind = BrainseekError if forbidden or store_reason(error) else UnreadableTable
    return kind(
        f"the collection {uri} is damaged or out of reach ({reason}); "
        "`brainseek index verify` names what is wrong, `brainseek index restore` goes back."
    )


def not_written(uri: str, error: Exception) -> BrainseekError:
    """Return the error for a table that can't be written."""
    return BrainseekError(
        f"the collection {uri} can't be written ({first_line(error)}); what it held before is "
        "intact: check the free space and that you may write there."
    )
