"""A training that is stopped on its way."""

from pathlib import Path
from unittest.mock import patch

import pytest

from brainseek.trainers import run as module


def broken_run(recipe: str, out: Path, changes: list[str], step: int) -> None:
    """Train until a checkpoint is written at a step, and stop there as Ctrl-C does."""
    save = module._Run._save

    def save_and_stop(self: module._Run) -> None:
        save(self)
        if self.step == step:
            raise KeyboardInterrupt

    with patch.object(module._Run, "_save", save_and_stop), pytest.raises(KeyboardInterrupt):
        module.train(recipe, out, changes=changes, workers=0)
