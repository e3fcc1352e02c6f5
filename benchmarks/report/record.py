"""What is recorded: sections of ``RESULTS.md``, with the commit and the machine.

Each benchmark has one section, replaced when it is recorded again.
"""

import datetime
import os
import platform
import re
from pathlib import Path

import torch

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


def machine_line() -> str:
    """Cores, CPU model, memory, versions and threads of this process."""
    parts = [
        f"{_usable_cores()} of {os.cpu_count()} cores",
        _cpu_model(),
        f"{_memory_gib():.0f} GiB memory",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        f"torch {torch.__version__} with {torch.get_num_threads()} threads",
        _accelerator(),
    ]
    return ", ".join(part for part in parts if part)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_model() -> str:
    """Model name of the processor as the system states it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return " ".join(value.split())
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return pages * size / 2**30


def _accelerator() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
