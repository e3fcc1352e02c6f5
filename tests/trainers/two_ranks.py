"""A script run by two processes that train together."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HANG_S = 900
"""Longer than any machine needs: a run that takes this long hangs."""


def run_two_ranks(script: Path, code: str, *arguments: Path) -> None:
    """Write a script and run it under torchrun with two processes on the CPU."""
    script.write_text(code, encoding="utf-8")
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone",
         str(script), *map(str, arguments)],
        env=environment, capture_output=True, text=True, timeout=HANG_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
