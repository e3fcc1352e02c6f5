"""Time, memory and disk that something takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Times:
    """Wall times of repeated runs in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median in seconds."""
        return float(np.median(self.seconds))

    def cells(self, unit: str = "s") -> tuple[str, str, str]:
        """Cells for number of runs, median and range; ``unit`` is ``s`` or ``ms``."""
        scale, digits = (1000.0, 1) if unit == "ms" else (1.0, 2)
        low, high = min(self.seconds) * scale, max(self.seconds) * scale
        middle = f"{self.median * scale:.{digits}f} {unit}"
        return (str(len(self.seconds)), middle, f"{low:.{digits}f} to {high:.{digits}f}")


def seconds_of(action: Callable[..., object], *arguments: Any, **named: Any) -> float:
    """Return how long a call takes."""
    begun = time.perf_counter()
    action(*arguments, **named)
    return time.perf_counter() - begun


def peak_mb() -> float:
    """Peak resident memory of this process in MiB; NaN where the system has no ``/proc``.

    The peak that `getrusage` tells would begin at the size of the process that started this one.
    """
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    found = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(found[0]) / 1024 if found else float("nan")


def resident_mb() -> float:
    """Resident memory of this process, 10⁶ bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024 / 1e6
    return float("nan")


def folder_mb(folder: Path) -> float:
    """Size of all files below a folder, 10⁶ bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
