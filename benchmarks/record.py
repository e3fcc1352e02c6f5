"""Sections of ``RESULTS.md``: one per benchmark, replaced when it is recorded again."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
from pathlib import Path

from catalog.paths import PROJECT_ROOT

RESULTS = Path(__file__).with_name("RESULTS.md")


def write_section(name: str, body: str, path: Path = RESULTS) -> None:
    """Replace the section ``## name`` of a Markdown file, or append it.

    Parameters
    ----------
    name : str
        Name of the benchmark.
    body : str
        What the benchmark printed; headings of level 3 and below only.
    path : Path
        The file; its other sections stay as they are.
    """
    section = f"## {name}\n\n{stamp()}\n\n{body.strip()}\n"
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Results\n"
    here = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if here.search(text):
        text = here.sub(lambda found: section + ("\n" if found.end() < len(text) else ""), text, 1)
    else:
        text = text.rstrip("\n") + "\n\n" + section
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def stamp() -> str:
    """Day and commit of a measurement, as one line."""
    return f"Recorded {datetime.date.today().isoformat()} at {commit()}."


def commit() -> str:
    """Short name of the checked-out commit, and whether the tree differs from it."""
    name = _git("rev-parse", "--short", "HEAD")
    if not name:
        return "no commit"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", _not_results())
    return f"commit {name}" + (" with uncommitted changes" if changed else "")


def _not_results() -> str:
    """Pathspec that leaves the results themselves out."""
    return f":(exclude){RESULTS.relative_to(PROJECT_ROOT).as_posix()}"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
