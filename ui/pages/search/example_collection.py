"""A collection to try things on, made offline from the MNI152 template."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir

if TYPE_CHECKING:
    from brainseek.catalog.sections.section import Section
    from brainseek.embedder.plate_encoder import Encoder

ATLAS = "mni152"
ENCODER = "plates-mni152"
NAME = "example-mni152"
PATCH_PX, STRIDE_PX, EVERY = 32, 16, 6
"""Windows of 32 mm every 16 mm, in coronal slices 6 mm apart: about 1200 of them."""

_TEMPLATE = "mni_icbm152_t1_*.nii.gz"


@dataclass
class Counting:
    """An encoder that tells how far it has come.

    Attributes
    ----------
    encoder : Encoder
        The one that does the work.
    total : int
        Images that are expected.
    report : callable
        Gets the share that is done, 0 to 1.
    """

    encoder: "Encoder"
    total: int
    report: Callable[[float], None]
    done: int = 0

    @property
    def identity(self) -> str:
        """``name@hash``."""
        return self.encoder.identity

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.encoder.dim

    def preprocess(self, image: "Section") -> NDArray[np.float32]:
        """Return the network input of one image."""
        return self.encoder.preprocess(image)

    def embed_inputs(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return unit vectors (n, dim) of stacked network inputs."""
        vectors = self.encoder.embed_inputs(inputs)
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
    from brainseek.catalog.datasets.store import dataset_path
    from brainseek.embedder.plate_encoder import load_encoder
    from brainseek.index.ingest.options import EmbedOptions
    from brainseek.index.ingest.run import embed_paths

    folder = folder or example_folder()
    template = str(dataset_path(ATLAS) / _TEMPLATE)
    options = EmbedOptions(
        patch_px=PATCH_PX, stride_px=STRIDE_PX, every=every, atlas=ATLAS, commit_rows=1_000_000,
        species="human", stain="T1-weighted MRI", specimen="MNI152",
    )  # fmt: skip
    planned = embed_paths([template], folder, ENCODER, options, dry_run=True).planned
    encoder = Counting(load_encoder(ENCODER), planned, report)
    done = embed_paths([template], folder, encoder, options)
    if done.failed:
        raise BrainseekError(done.failed[0][1])
    return folder
