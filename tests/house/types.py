"""Type checks of the whole house: ``python -m tests.house.types``.

mypy names a module by its folders. The rooms lie at the top of the repository but are imported as
``brainseek.ROOM``, so mypy is shown a folder of links in which they lie as they are imported.
What it says it checked is counted: a room that it does not find would be `Any` without a word.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.imports import PACKAGED, ROOT, modules


def linked(folder: Path) -> Path:
    """Make the folder of links anew."""
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "brainseek"
    package.mkdir(parents=True)
    wanted = {package / room: ROOT / room for room in PACKAGED if (ROOT / room).is_dir()}
    wanted[folder / "benchmarks"] = ROOT / "benchmarks"
    for name in ("__init__.py", "__init__.pyi"):
        wanted[package / name] = ROOT / "brainseek" / name
    for link, target in wanted.items():
        link.symlink_to(os.path.relpath(target, link.parent))
    return folder


def main() -> int:
    """Run mypy; 1 where it finds a fault or passes over a file."""
    folder = linked(ROOT / ".mypy_cache" / "house")
    settings = [
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(ROOT / ".mypy_cache"),
    ]
    command = [sys.executable, "-m", "mypy", *settings, "brainseek", "benchmarks"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, end="")
    if done.returncode:
        return 1
    checked = re.search(r"no issues found in (\d+) source files", done.stdout)
    if not checked or int(checked[1]) != len(modules()):
        print(f"mypy did not check all {len(modules())} files.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
