"""Sets whose prepared folder holds the public files as they are."""

import shutil
from pathlib import Path

from brainseek.catalog.datasets.manifest import DataSet


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Copy every public file to `out` under its own name, without the repository's folders."""
    for file in data_set.files:
        shutil.copyfile(raw / file.source / file.path, out / Path(file.path).name)
