"""The log of a run: one CSV row per validation, and the same as TensorBoard events."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from brainseek.trainers.tasks.registry import Score

if TYPE_CHECKING:
    from torch.utils.tensorboard.writer import SummaryWriter


class RunLog:
    """Writes ``log.csv`` and TensorBoard events (where tensorboard is installed)."""

    def __init__(self, folder: Path, first_step: int) -> None:
        self.path = folder / "log.csv"
        if not first_step:
            self.path.unlink(missing_ok=True)
        self.events = _events(folder)

    def write(
        self, step: int, loss: float, steps_per_s: float, scores: Mapping[str, Score]
    ) -> None:
        """Add one row: step, mean loss since the last row, speed, scores of every split."""
        row: dict[str, float] = {"step": step, "loss": loss, "steps_per_s": steps_per_s}
        for split, score in scores.items():
            row |= {f"{split}/{key}": value for key, value in asdict(score).items()}
        new = not self.path.exists()
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, row)
            if new:
                writer.writeheader()
            writer.writerow({key: f"{value:.6g}" for key, value in row.items()})
        if self.events is not None:
            for key, value in row.items():
                self.events.add_scalar(key, value, step)
        shown = "  ".join(f"{k} {v.said}" for k, v in scores.items())
        tqdm.write(f"step {step}: loss {loss:.4f}  {shown}  {steps_per_s:.2f} steps/s")

    def close(self) -> None:
        """Flush the events."""
        if self.events is not None:
            self.events.close()


def _events(folder: Path) -> SummaryWriter | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
