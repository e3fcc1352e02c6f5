"""Measurements in a process of their own, which print JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT


def in_process(module: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a module in a new process and return the JSON lines it prints; [] if it lacks a library.

    Raises
    ------
    BrainseekError
        It failed.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if done.returncode and "No module named" in done.stderr:
        return []
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise BrainseekError(f"{module} {' '.join(arguments[:1])} failed ({last}); run it alone.")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
