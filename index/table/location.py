"""Where a collection lies: a folder, or an object store and what it complains about."""

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError

TABLE = "rows"
"""Name of the Lance table inside the folder of a collection."""

CONTACT_S = 15.0
"""How long a store may take to answer when a collection is opened or made, in seconds.

A store that is up answers within a second. Lance itself gives up on one that accepts connections
and then says nothing only after minutes.
"""

_ENDPOINTS = ("AWS_ENDPOINT", "AWS_ENDPOINT_URL")


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


def contact(uri: str, action: Callable[[], Any]) -> Any:
    """Run the first request to an object store and return its result.

    Parameters
    ----------
    uri : str
        The collection, for messages.
    action : callable
        Runs in a thread, which is left behind when the time is over.

    Raises
    ------
    BrainseekError
        The store does not answer within :data:`CONTACT_S`, or an address is no URL.
    Exception
        What ``action`` raised.
    """
    for name in _ENDPOINTS:
        address = os.environ.get(name, "")
        if uri.startswith("s3") and address and not re.match(r"https?://[^/]", address):
            raise BrainseekError(
                f"{name} is '{address}', which is no address; begin it with http:// or https://."
            )
    result: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(action())
        except BaseException as error:  # raised again below, also the panics of the library
            failure.append(error)

    thread = threading.Thread(target=run, name="object-store", daemon=True)
    thread.start()
    thread.join(CONTACT_S)
    if failure:
        raise failure[0]
    if not result:
        raise BrainseekError(
            f"{uri} can't be reached (no answer within {CONTACT_S:g} seconds); check the address "
            f"({' or '.join(_ENDPOINTS)}) and the network."
        )
    return result[0]


def not_reached(uri: str, reason: str) -> BrainseekError:
    """Return the error for a store that can't be reached or refuses."""
    return BrainseekError(
        f"{uri} can't be reached ({reason}); check the address, the network and the credentials "
        "in the environment (AWS_…)."
    )


def store_reason(error: BaseException) -> str | None:
    """Say in a few words what an object store complained about; None for other errors."""
    text = str(error)
    found = re.search(r"https?://[^/\s]+", text)
    host = found.group() if found else "the store"
    status = re.search(r"non-2xx status code: ([0-9]{3}[A-Za-z ]*)", text)
    known = (
        ("NoSuchBucket", "the bucket does not exist"),
        ("get AWS credentials", "no credentials were found"),
        ("CredentialsNotLoaded", "no credentials were found"),
        ("403 Forbidden", f"{host} refuses the credentials or the access"),
        ("401 Unauthorized", f"{host} refuses the credentials"),
        ("incorrectly configured region", "the bucket lies in another AWS_REGION"),
        ("builder error", f"{host} is used only with AWS_ALLOW_HTTP=true"),
        ("No object store provider", "there is no such kind of store"),
        ("did not match any known pattern", "the bucket is not named"),
        ("error sending request", f"{host} does not answer"),
    )
    for sign, reason in known:
        if sign in text:
            return reason
    return f"{host} answers {status.group(1).strip()}" if status else None
