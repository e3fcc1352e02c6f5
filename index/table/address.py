"""Where a collection lies: its folder or address, and the table inside it."""

import re
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError

TABLE = "rows"
"""Name of the Lance table inside the folder of a collection."""


def table_uri(uri: str) -> str:
    """Return the place of the Lance table of a collection."""
    return f"{uri.rstrip('/')}/{TABLE}.lance"


def local_folder(uri: str) -> Path | None:
    """Return the folder of a local collection, None for one in an object store.

    Raises
    ------
    BrainseekError
        It is an address that became a path, such as ``s3:/bucket/key``.
    """
    if "://" in uri:
        return None
    if re.match(r"(s3|gs|az):/", uri):  # what pathlib makes of an address
        raise BrainseekError(f"'{uri}' is no address; write {uri.replace(':/', '://', 1)} as text.")
    return Path(uri)
