"""The app in a real browser: a server that is stopped afterwards, and a page in Chromium."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from brainseek.ui.commands.app import streamlit_command

ROOT = Path(__file__).parents[2]
APP = ROOT / "ui" / "app" / "main.py"
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip


@contextmanager
def served_app(start: Path = APP) -> Iterator[str]:
    """Start the app as ``brainseek ui`` does, or another script that starts it; give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command: Sequence[str] = streamlit_command(port, headless=True)
    assert str(APP) in command
    command = [str(start) if part == str(APP) else part for part in command]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def chromium_page(**options: Any) -> Iterator[Any]:
    """Give a page of a new browser; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser.new_page(**options)
        browser.close()
