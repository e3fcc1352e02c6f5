"""In-vivo mouse MRI: the public files, sorted by what they are."""

import shutil
from pathlib import Path

from brainseek.catalog.datasets.manifest import DataSet


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `catalog.datasets.prepare`): template/, label/ and mask/."""
    for file in data_set.files:
        path = Path(file.path)
        target = out / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(raw / file.source / path, target)
