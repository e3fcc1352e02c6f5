"""Sets whose prepared folder holds the public files as they are."""

import shutil
from pathlib import Path

from brainseek.catalog.datasets.manifest import DataSet


def flat(raw: Path, out: Path, data_set: DataSet) -> None:
    """Copy every public file to `out` under its own name, without the repository's folders."""
    for file in data_set.files:
        shutil.copyfile(raw / file.source / file.path, out / Path(file.path).name)


def by_last_folder(raw: Path, out: Path, data_set: DataSet) -> None:
    """Copy every public file into a folder that is called as the last one of its own path."""
    for file in data_set.files:
        path = Path(file.path)
        target = out / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(raw / file.source / path, target)
