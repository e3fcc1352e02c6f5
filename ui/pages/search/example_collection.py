"""A collection to try things on, made offline from the MNI152 template."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.datasets.store import dataset_path
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths

ATLAS = "mni152"
ENCODER = "plates-mni152"
NAME = "example-mni152"
PATCH_PX, STRIDE_PX, EVERY = 32, 16, 6
"""Windows of 32 mm every 16 mm, in coronal slices 6 mm apart: about 1200 of them."""

_TEMPLATE = "mni_icbm152_t1_*.nii.gz"


class Counting(PlateEncoder):
    """An encoder that tells how far it has come.

    Parameters
    ----------
    encoder : PlateEncoder
        The one that does the work.
    total : int
        Images that are expected.
    report : callable
        Gets the share that is done, 0 to 1.
    """

    def __init__(self, encoder: PlateEncoder, total: int, report: Callable[[float], None]) -> None:
        super().__init__(encoder.card, encoder.network, encoder.device)
        self.total, self.report, self.done = total, report, 0

    def embed_inputs(
        self, inputs: NDArray[np.generic], modality: str | None = None
    ) -> NDArray[np.float32]:
        """Return unit vectors (n, dim) of stacked network inputs."""
        vectors = super().embed_inputs(inputs, modality)
        self.done += len(inputs)
        self.report(min(1.0, self.done / max(1, self.total)))
        return vectors


def example_folder() -> Path:
    """Return the folder of the example; it is not made here."""
    return cache_dir() / "collections" / NAME


def make_example(
    report: Callable[[float], None], every: int = EVERY, folder: Path | None = None
) -> Path:
    """Embed coronal slices of the MNI152 T1 template, patch by patch, with atlas positions.

    A few seconds to a minute on a CPU; nothing is downloaded. All rows come in one commit.

    Parameters
    ----------
    report : callable
        Gets the share that is done, 0 to 1.
    every : int
        Take every so many-th slice.
    folder : Path, optional
        Where the collection is made, `example_folder` by default.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BrainseekError
        The template can't be read or the collection can't be written.
    """
    folder = folder or example_folder()
    template = str(dataset_path(ATLAS) / _TEMPLATE)
    options = EmbedOptions(
        patch_px=PATCH_PX, stride_px=STRIDE_PX, every=every, atlas=ATLAS, commit_rows=1_000_000,
        species="human", stain="T1-weighted MRI", specimen="MNI152",
    )  # fmt: skip
    planned = embed_paths([template], folder, ENCODER, options, dry_run=True).planned
    encoder = Counting(load_encoder(ENCODER, kind=PlateEncoder), planned, report)
    done = embed_paths([template], folder, encoder, options)
    if done.failed:
        raise BrainseekError(done.failed[0][1])
    return folder
