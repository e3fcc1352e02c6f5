"""Downloads resume, are checked, and leave no half file, whatever the server does."""

import hashlib
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.download import (
    Download,
    DownloadSettings,
    base_url,
    download_all,
    download_file,
)
from tests.catalog.datasets.http_source import Host, serve, without_proxy

CONTENT = random.Random(0).randbytes(300_000)
QUICK = DownloadSettings(connect_timeout_s=1.0, read_timeout_s=0.3, attempts=3, parallel=4)


@pytest.fixture(autouse=True)
def no_proxy() -> Iterator[None]:
    with without_proxy():
        yield


@pytest.fixture
def host() -> Iterator[Host]:
    with serve(Host(files={"/f.bin": CONTENT})) as running:
        yield running


def job(host: Host, folder: Path, content: bytes = CONTENT, path: str = "/f.bin") -> Download:
    digest = hashlib.sha256(content).hexdigest()
    return Download(host.url + path, folder / "sub" / path[1:], len(content), digest)


def fetch(download: Download, settings: DownloadSettings = QUICK) -> int:
    """Fetch and return the sum of reported progress."""
    gained: list[int] = []
    with requests.Session() as session:
        download_file(download, session, settings, gained.append)
    return sum(gained)


def test_whole_file(host: Host, tmp_path: Path) -> None:
    download = job(host, tmp_path)
    assert fetch(download) == len(CONTENT)
    assert download.target.read_bytes() == CONTENT
    assert not download.part.exists()
    assert fetch(download) == len(CONTENT)
    assert len(host.requests) == 1, "a complete file is not asked for again"


def test_resume_asks_for_the_rest_only(host: Host, tmp_path: Path) -> None:
    download = job(host, tmp_path)
    download.part.parent.mkdir()
    download.part.write_bytes(CONTENT[:123_456])
    assert fetch(download) == len(CONTENT)
    assert host.requests == [("/f.bin", "bytes=123456-")]
    assert download.target.read_bytes() == CONTENT


def test_cut_in_the_middle_is_resumed_in_the_same_call(host: Host, tmp_path: Path) -> None:
    host.cuts = [100_000, 50_000]
    download = job(host, tmp_path)
    assert fetch(download) == len(CONTENT)
    assert download.target.read_bytes() == CONTENT
    starts = [int((asked or "bytes=0-")[6:-1]) for _, asked in host.requests]
    assert len(starts) == 3
    assert starts == sorted(starts)
    assert 0 < starts[1] <= 100_000


def test_cut_for_good_keeps_the_part_for_the_next_run(host: Host, tmp_path: Path) -> None:
    host.cuts = [70_000, 70_000, 70_000]
    download = job(host, tmp_path)
    with pytest.raises(BrainseekError, match=r"broke after \d+ of 300000 bytes.*resume"):
        fetch(download)
    assert not download.target.exists()
    received = download.part.read_bytes()
    assert received
    assert CONTENT.startswith(received)
    host.requests.clear()
    fetch(download)
    assert host.requests == [("/f.bin", f"bytes={len(received)}-")]
    assert download.target.read_bytes() == CONTENT


def test_server_without_ranges_starts_afresh(host: Host, tmp_path: Path) -> None:
    host.ranges = False
    download = job(host, tmp_path)
    download.part.parent.mkdir()
    download.part.write_bytes(b"\0" * 1000)
    assert fetch(download) == len(CONTENT)
    assert download.target.read_bytes() == CONTENT


def test_wrong_checksum_removes_the_part(host: Host, tmp_path: Path) -> None:
    wrong = bytearray(CONTENT)
    wrong[5] ^= 1
    download = job(host, tmp_path, bytes(wrong))
    with pytest.raises(BrainseekError, match=r"SHA-256"):
        fetch(download)
    assert not download.part.exists()
    assert not download.target.exists()


def test_damaged_part_is_found_out(host: Host, tmp_path: Path) -> None:
    download = job(host, tmp_path)
    download.part.parent.mkdir()
    download.part.write_bytes(b"\0" * 1000)
    with pytest.raises(BrainseekError, match=r"SHA-256"):
        fetch(download)
    fetch(download)
    assert download.target.read_bytes() == CONTENT


def test_longer_and_shorter_files_on_the_server(host: Host, tmp_path: Path) -> None:
    with pytest.raises(BrainseekError, match=r"SHA-256"):
        fetch(job(host, tmp_path, CONTENT[:1000]))
    with pytest.raises(BrainseekError, match=r"shorter than the 300001 bytes"):
        fetch(job(host, tmp_path, CONTENT + b"x"))
    assert not list(tmp_path.rglob("*.part"))


def test_oversized_part_starts_afresh(host: Host, tmp_path: Path) -> None:
    download = job(host, tmp_path)
    download.part.parent.mkdir()
    download.part.write_bytes(CONTENT + b"more")
    assert fetch(download) == len(CONTENT)
    assert download.target.read_bytes() == CONTENT


def test_not_found(host: Host, tmp_path: Path) -> None:
    with pytest.raises(BrainseekError, match=r"\(404\)"):
        fetch(job(host, tmp_path, path="/absent"))
    assert len(host.requests) == 1


def test_server_error(host: Host, tmp_path: Path) -> None:
    host.status = 503
    with pytest.raises(BrainseekError, match=r"status 503"):
        fetch(job(host, tmp_path))


def test_stalled_server_times_out(host: Host, tmp_path: Path) -> None:
    host.delays_s = [2.0, 2.0]
    started = time.monotonic()
    with pytest.raises(BrainseekError, match=r"stopped sending data after 0 of 300000"):
        fetch(job(host, tmp_path), DownloadSettings(1.0, 0.2, attempts=2))
    assert time.monotonic() - started < 1.5


def test_unreachable_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    download = Download(f"http://127.0.0.1:{port}/f", tmp_path / "f", 1, "0" * 64)
    with pytest.raises(BrainseekError, match=r"cannot be reached"):
        fetch(download)


def test_server_that_never_accepts(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        download = Download(f"http://127.0.0.1:{address[1]}/f", tmp_path / "f", 1, "0" * 64)
        started = time.monotonic()
        with pytest.raises(BrainseekError, match=r"did not answer in time|stopped sending data"):
            fetch(download, DownloadSettings(0.3, 0.3, attempts=1))
        assert time.monotonic() - started < 2
        for filler in fillers:
            filler.close()


def test_folder_that_cannot_be_written(host: Host, tmp_path: Path) -> None:
    (tmp_path / "sub").write_text("a file where a folder should be")
    with pytest.raises(BrainseekError, match=r"Cannot write .*BRAINSEEK_CACHE"):
        fetch(job(host, tmp_path))


def test_many_files_at_once(host: Host, tmp_path: Path) -> None:
    host.files = {f"/{i}": bytes([i]) * (i + 1) for i in range(40)}
    jobs = [job(host, tmp_path, content, path) for path, content in host.files.items()]
    download_all(jobs, "made", QUICK, progress=False)
    assert [j.target.read_bytes() for j in jobs] == list(host.files.values())


def test_one_failure_stops_the_rest(host: Host, tmp_path: Path) -> None:
    host.files = {f"/{i}": b"x" for i in range(200)}
    jobs = [job(host, tmp_path, b"x", path) for path in ("/absent", *host.files)]
    with pytest.raises(BrainseekError, match=r"404"):
        download_all(jobs, "made", DownloadSettings(parallel=1), progress=False)
    assert len(host.requests) < 100


def test_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRAINSEEK_BASE_URL", raising=False)
    assert base_url() == "https://raw.githubusercontent.com"
    monkeypatch.setenv("BRAINSEEK_BASE_URL", "http://localhost:1")
    assert base_url() == "http://localhost:1"
