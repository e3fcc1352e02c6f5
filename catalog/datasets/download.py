"""Fetch files over HTTP: resumed, checked, and never half written.

A file grows as ``<file>.part`` beside its target. Only when its SHA-256 is right is it renamed,
which on one file system is atomic. A broken transfer leaves the ``.part`` file, and the next
attempt asks the server for the remaining bytes (HTTP Range, RFC 9110 section 14).
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.checks import file_sha256

if TYPE_CHECKING:
    import requests

DEFAULT_BASE_URL = "https://raw.githubusercontent.com"
CHUNK_BYTES = 1 << 14
"""Pieces in which data are written; a break loses at most the piece under way."""


@dataclass(frozen=True)
class DownloadSettings:
    """How patient a download is.

    A server has `connect_timeout_s` seconds to answer at all and `read_timeout_s` between two
    pieces of data. A transfer that breaks is resumed until `attempts` are used up.
    """

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    attempts: int = 3
    parallel: int = 8


@dataclass(frozen=True)
class Download:
    """One file to fetch: address, target, size in bytes and SHA-256."""

    url: str
    target: Path
    size_bytes: int
    sha256: str

    @property
    def part(self) -> Path:
        """Where the unfinished file grows."""
        return self.target.with_name(self.target.name + ".part")


def base_url() -> str:
    """Return the address that replaces GitHub's raw files: ``BRAINSEEK_BASE_URL`` or itself."""
    return os.environ.get("BRAINSEEK_BASE_URL") or DEFAULT_BASE_URL


def _describe_fault(error: Exception) -> str:
    """Return the reason of a connection fault in words, without library internals."""
    import requests

    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ReadTimeout) or "timed out" in str(error).lower():
        return "the server stopped sending data"
    if isinstance(error, requests.exceptions.ConnectionError) and "NewConnection" in str(error):
        return "the server cannot be reached"
    return "the connection broke"


def _received(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _transfer(
    session: "requests.Session",
    job: Download,
    settings: DownloadSettings,
    advance: Callable[[int], None],
) -> None:
    """Append the bytes that `job.part` lacks; a server without Range support starts afresh."""
    start = _received(job.part)
    if start > job.size_bytes:
        job.part.unlink()
        advance(-start)
        start = 0
    if start == job.size_bytes:
        return
    # Without "identity" a server may compress, and byte ranges would count compressed bytes.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    timeout = (settings.connect_timeout_s, settings.read_timeout_s)
    with session.get(job.url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == 404:
            raise BrainseekError(
                f"The server has no file {job.url} (404); check BRAINSEEK_BASE_URL, or the pinned "
                "commit in data_manifest.yaml."
            )
        if response.status_code == 416 and start:
            job.part.unlink()
            raise BrainseekError(
                f"The file {job.url} on the server is shorter than the {job.size_bytes} bytes "
                "expected, so what was fetched was removed; check BRAINSEEK_BASE_URL."
            )
        if response.status_code not in (200, 206):
            raise BrainseekError(
                f"The server refused {job.url} with status {response.status_code}; try again "
                "later or use a mirror folder (BRAINSEEK_MIRROR)."
            )
        resumed = response.status_code == 206 and response.headers.get(
            "Content-Range", ""
        ).startswith(f"bytes {start}-")
        if start and not resumed:
            if response.status_code == 206:
                raise BrainseekError(
                    f"The server answered {job.url} with another byte range than asked for; "
                    f"remove {job.part} and try again."
                )
            advance(-start)
        with job.part.open("ab" if resumed else "wb") as stream:
            for chunk in response.iter_content(CHUNK_BYTES):
                stream.write(chunk)
                advance(len(chunk))
                if stream.tell() > job.size_bytes:
                    break
            stream.flush()
            os.fsync(stream.fileno())


def _finish(job: Download) -> None:
    """Check the complete ``.part`` file and give it its name; a wrong one is removed."""
    received = _received(job.part)
    found = file_sha256(job.part)
    if received != job.size_bytes or found != job.sha256:
        job.part.unlink()
        raise BrainseekError(
            f"The download of {job.url} has SHA-256 {found[:12]}… where {job.sha256[:12]}… is "
            "expected, so it was removed; try again, and if it happens twice do not trust the "
            "server."
        )
    os.replace(job.part, job.target)


def download_file(
    job: Download,
    session: "requests.Session",
    settings: DownloadSettings | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Fetch one file, resuming an earlier ``.part``; return at once if the target is complete.

    Parameters
    ----------
    advance
        Called with the number of bytes gained (negative when a transfer starts afresh).

    Raises
    ------
    BrainseekError
        If the file does not exist on the server, the connection fails or breaks repeatedly, the
        checksum is wrong (the ``.part`` file is then removed) or the folder cannot be written.
    """
    import requests

    settings = settings or DownloadSettings()
    try:
        if job.target.exists() and file_sha256(job.target) == job.sha256:
            advance(job.size_bytes)
            return
        job.target.parent.mkdir(parents=True, exist_ok=True)
        advance(_received(job.part))
        reason = "the connection broke"
        for _ in range(max(1, settings.attempts)):
            try:
                _transfer(session, job, settings, advance)
            except requests.exceptions.ConnectTimeout as error:
                reason = _describe_fault(error)
                break  # a server that does not even answer gets no second wait
            except requests.exceptions.RequestException as error:
                reason = _describe_fault(error)
            if _received(job.part) >= job.size_bytes:
                _finish(job)
                return
    except OSError as error:
        raise BrainseekError(
            f"Cannot write {job.part} ({error.strerror or error}); free space or set "
            "BRAINSEEK_CACHE to a folder that you may write."
        ) from None
    raise BrainseekError(
        f"Could not download {job.url}: {reason} after {_received(job.part)} of "
        f"{job.size_bytes} bytes. Run the same command again to resume, or use a mirror folder "
        "(BRAINSEEK_MIRROR)."
    )


def download_all(
    jobs: Sequence[Download],
    label: str,
    settings: DownloadSettings | None = None,
    progress: bool = True,
) -> None:
    """Fetch `jobs`, several at a time, with one progress bar in bytes.

    The first failure stops the files that have not started and is raised.
    """
    import requests
    from requests.adapters import HTTPAdapter
    from tqdm import tqdm

    settings = settings or DownloadSettings()
    lock = Lock()
    total = sum(job.size_bytes for job in jobs)
    with (
        requests.Session() as session,
        tqdm(total=total, unit="B", unit_scale=True, desc=label, disable=not progress) as bar,
        ThreadPoolExecutor(settings.parallel) as pool,
    ):
        adapter: Any = HTTPAdapter(pool_maxsize=settings.parallel)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)

        def advance(count: int) -> None:
            with lock:
                bar.update(count)

        futures = [pool.submit(download_file, job, session, settings, advance) for job in jobs]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
