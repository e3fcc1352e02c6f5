"""Sections of ``RESULTS.md``: one per benchmark, replaced when it is recorded again."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from brainseek.catalog.core.checkout import checked_out
from brainseek.catalog.core.paths import PROJECT_ROOT
from brainseek.catalog.core.whole_file import write_whole

RESULTS = Path(__file__).parents[1] / "RESULTS.md"


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
    write_whole(path, text.encode())


def stamp() -> str:
    """Day and commit of a measurement, as one line."""
    return f"Recorded {datetime.date.today().isoformat()} at {commit()}."


def commit(root: Path = PROJECT_ROOT) -> str:
    """Short name of a tree's commit, and whether its code, results left out, differs from it."""
    results = root / RESULTS.relative_to(PROJECT_ROOT)
    found = checked_out(short=True, leave_out=results, root=root)
    return f"commit {found}" if found else "no commit"
