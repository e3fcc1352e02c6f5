"""A Ray to work on: a cluster that is named, one that runs already, or one of our own."""

import logging
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from brainseek.catalog.core.errors import BrainseekError

ADDRESS = "RAY_ADDRESS"
"""Environment variable that names a cluster: ``host:port``, or ``auto`` on one of its machines."""

_ANSWER_S = 5.0
_OBJECT_STORE_BYTES = 256 * 2**20


@contextmanager
def ray_session(workers: int) -> Iterator[Any]:
    """Yield the module ``ray``, connected.

    To what this process is connected to already; otherwise to the cluster that ``RAY_ADDRESS``
    names; otherwise to a Ray of our own on this machine with a CPU for every worker, which ends
    with the block.

    Raises
    ------
    BrainseekError
        Ray is not installed, the cluster doesn't answer, or Ray can't be started.
    """
    ray = _ray()
    if ray.is_initialized():
        yield ray
        return
    address = os.environ.get(ADDRESS, "local")
    _check(address)
    settings: dict[str, Any] = {"address": address}
    if address == "local":
        settings |= {
            "num_cpus": workers,
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE_BYTES,
        }
    try:
        with _silent(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **settings)
    except Exception as error:
        where = "on this machine" if address == "local" else f"at {ADDRESS}={address}"
        raise BrainseekError(
            f"Ray can't be started {where} ({_first_line(error)}); check `ray status` and, for a "
            "cluster with a token, RAY_AUTH_MODE=token, or use --engine local."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # What the C++ part has to say goes into Ray's own log files.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise BrainseekError(
            f"engine 'ray' needs Ray Data ({error}); install it with "
            "`pip install 'brainseek[distributed]'`, or use --engine local."
        ) from error
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is raised
    return ray


def _check(address: str) -> None:
    """Refuse addresses at which Ray would wait for minutes."""
    if "://" in address:
        raise BrainseekError(
            f"{ADDRESS} is '{address}', and Ray Data needs the address of the cluster itself; "
            "give HOST:PORT, as `ray start` prints it, on a machine of the cluster."
        )
    host, _, port = address.rpartition(":")
    if not host:
        return
    try:
        socket.create_connection((host, int(port)), _ANSWER_S).close()
    except (OSError, ValueError, OverflowError) as error:
        raise BrainseekError(
            f"no Ray cluster answers at {ADDRESS}={address} ({error}); check the address, start "
            "one with `ray start --head`, or unset the variable."
        ) from error


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what C++ code prints to the standard error away from the terminal."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).strip(" .")
