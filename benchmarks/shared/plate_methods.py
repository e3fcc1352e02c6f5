"""What compares sections with plates: released encoders, and baselines that learned nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.shared.vectors import unit
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.networks.embedding import build_network
from brainseek.embedder.preprocessing.section_gray import Preprocessing
from brainseek.embedder.registry import encoder_names, load_encoder, read_card
from brainseek.registration.plates.calibration import calibration_path
from brainseek.trainers.recipe import load_recipe

Vectors = NDArray[np.float32]
FeatureMap = Callable[[torch.Tensor], torch.Tensor]
MOUSE, HUMAN = "plates-mouse-nissl", "plates-mni152"
BATCH = 32


@dataclass(frozen=True)
class Method:
    """A way to embed sections, and the plates of an atlas embedded in the same way.

    Attributes
    ----------
    label : str
        Name for the tables.
    embed : callable
        Sections to unit vectors, (m, d) float32.
    gallery : ndarray, (n, d), float32
        Unit vectors of the plates.
    plates : ndarray, (n,), int64
        Plate numbers, in the order of the series.
    positions_um : ndarray, (n,), float64
        Positions along the cutting axis, µm.
    """

    label: str
    embed: Callable[[Sequence[Section]], Vectors]
    gallery: Vectors
    plates: NDArray[np.int64]
    positions_um: NDArray[np.float64]

    def similarity(self, sections: Sequence[Section]) -> NDArray[np.float64]:
        """Cosine similarity of sections to plates, (m, n)."""
        return np.asarray(self.embed(sections) @ self.gallery.T, np.float64)


def is_here(name: str, folder: Path | None = None) -> bool:
    """Whether weights and card of an encoder are on this machine."""
    return name in encoder_names("plates", folder)


def is_calibrated(name: str) -> bool:
    """Whether a released encoder has its calibration beside it."""
    return calibration_path(name).is_file()


def command_for(name: str, recipe: str, folder: Path | None = None, options: str = "") -> str:
    """Commands that make an encoder that is not here, in the project's folder of weights or below.

    ``options`` go to the training.
    """
    train = f"brainseek train {recipe}{options} --out runs/{name}"
    if folder is None:
        release = f"python -m brainseek.trainers.release runs/{name} {name}"
        return f"{train} && {release} && python -m brainseek.registration.plates.calibrate {name}"
    return (
        f'{train} && python -c "from pathlib import Path; '
        "from brainseek.trainers.release.release import release; "
        f"release(Path('runs/{name}'), '{name}', folder=Path('weights/{folder.name}'))\""
    )


def preprocessing_of(name: str, recipe: str) -> Preprocessing:
    """Preprocessing of an encoder, or of the recipe that would make it."""
    if is_here(name):
        return read_card(name, kind=PlateCard).preprocessing
    return load_recipe(recipe).preprocessing


def encoder_method(label: str, name: str, folder: Path | None = None) -> Method:
    """A trained encoder with the gallery that lies beside it."""
    encoder, gallery = load_encoder(name, folder=folder), load_gallery(name, folder)
    series = np.argsort(gallery.numbers)
    return Method(
        label,
        encoder.embed,
        gallery.vectors[series],
        gallery.numbers[series],
        gallery.position_um[series],
    )


def imagenet_method(label: str, atlas: str, preprocessing: Preprocessing) -> Method:
    """Frozen ImageNet features of MobileNet v1 0.75, average-pooled.

    Raises
    ------
    BrainseekError
        If the ImageNet weights or the plate pictures are not on this machine.
    """
    network = build_network("mobilenetv1_075", 1, pretrained=True).eval()
    return _from_features(label, atlas, preprocessing, network.features)


def untrained_method(
    label: str, atlas: str, preprocessing: Preprocessing, trunk: str, dim: int
) -> Method:
    """A network with the random weights it would start its training with (seed 0)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(trunk, dim).eval()
    return _from_features(label, atlas, preprocessing, network)


def pixel_method(label: str, atlas: str, preprocessing: Preprocessing) -> Method:
    """Pearson correlation of the preprocessed pictures, pixel by pixel."""

    def embed(images: Sequence[Section]) -> Vectors:
        pictures = np.stack([preprocessing(one.image).ravel() for one in images])
        return unit(pictures - pictures.mean(1, keepdims=True))

    return _with_plates(label, atlas, embed)


def _from_features(
    label: str, atlas: str, preprocessing: Preprocessing, features: FeatureMap
) -> Method:
    """Compare by the cosine of what ``features`` makes of (n, 1, size, size) pictures in 0..1."""

    def embed(images: Sequence[Section]) -> Vectors:
        parts = []
        for start in range(0, len(images), BATCH):
            inputs = np.stack([preprocessing(one.image) for one in images[start : start + BATCH]])
            with torch.inference_mode():
                parts.append(features(torch.from_numpy(inputs)[:, None]).numpy())
        return unit(np.concatenate(parts))

    return _with_plates(label, atlas, embed)


def _with_plates(
    label: str, atlas_name: str, embed: Callable[[Sequence[Section]], Vectors]
) -> Method:
    atlas = load_atlas(atlas_name)
    numbers = [plate.number for plate in atlas.plates]
    pictures = [section_from_array(atlas.plate_image(number)) for number in numbers]
    positions = np.asarray(atlas.positions_um, np.float64)
    return Method(label, embed, embed(pictures), np.array(numbers, np.int64), positions)
