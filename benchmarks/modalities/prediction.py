"""A section in another stain, composed, generated, or the mean of all."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.modalities.places import EVERY_UM
from benchmarks.modalities.study import PSEUDO_TRUTH, Study
from benchmarks.report.table import Table
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.fill.pairs import index_pairs, pair_uri
from brainseek.synthesis.stain.aligned import AlignedImages, aligned
from brainseek.synthesis.stain.compose import compose
from brainseek.synthesis.stain.generator import Generator, predict
from brainseek.synthesis.stain.mean_map import MeanMap
from brainseek.synthesis.stain.scores import nmse, ssim
from brainseek.synthesis.stain.train_generator import (
    CHECKPOINT,
    WEIGHTS,
    GeneratorRecipe,
    load_generator,
    train_generator,
)

Image = NDArray[np.float32]
COLUMNS = ("prediction", "sections", "NMSE", "SSIM")
NAME = "train"


class Prediction:
    """Sections of the first modality drawn in the second one, by the encoder of seed 0."""

    def __init__(self, study: Study, recipe: GeneratorRecipe) -> None:
        self.study, self.recipe = study, recipe
        self.source, self.find = study.settings.modalities

    @cached_property
    def encoder(self) -> MultimodalEncoder:
        """The encoder of seed 0."""
        return self.study.encoders[0]

    @cached_property
    def gallery(self) -> Collection:
        """Patches of the trained sections; kept beside the runs."""
        folder = self.study.runs / f"gallery-{self.encoder.identity}"
        if not folder.is_dir():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            index_pairs(self.study.parts["train"], part, self.encoder, EVERY_UM, name=NAME)
            part.rename(folder)
        return Collection.open(folder, encoder=self.encoder.identity)

    @cached_property
    def training(self) -> list[AlignedImages]:
        """Trained sections, source and target on one grid."""
        return self._aligned(self.study.parts["train"])

    @cached_property
    def composed_training(self) -> list[AlignedImages]:
        """The same with what was composed without themselves and their neighbours."""
        pairs, gap = self.study.parts["train"], self.study.settings.gap
        found = []
        for pair, image in zip(pairs, self.training, strict=True):
            near = [other for other in pairs if abs(other.group - pair.group) <= gap]
            found.append(replace(image, composed=self.composed(pair, near)))
        return found

    def _aligned(self, pairs: Sequence[SectionPair]) -> list[AlignedImages]:
        return [aligned(pair, self.source, self.study.frame.pixel_um) for pair in pairs]

    def composed(self, pair: SectionPair, without: Sequence[SectionPair] = ()) -> Image:
        """Compose a section of retrieved patches, none of them of some sections."""
        names = ", ".join(f"'{pair_uri(NAME, one.name, self.find)}'" for one in without)
        where = f"source_uri NOT IN ({names})" if names else None
        return compose(
            pair.first, self.gallery, encoder=self.encoder, find=self.find, where=where
        ).image

    def generator(self, conditions: int) -> Generator:
        """Train a generator, or take up its finished or broken run."""
        name = f"generator-{self.recipe.steps}-{conditions}-{self.encoder.identity}"
        folder = self.study.runs / name
        if (folder / WEIGHTS).is_file():
            return load_generator(folder)
        images = self.composed_training if conditions == 2 else self.training
        return train_generator(images, folder, self.recipe, resume=_begun(folder))

    def table(self) -> Table:
        """Score all on the test sections."""
        pairs = self.study.parts["test"]
        truths = self._aligned(pairs)
        composed = [self.composed(pair) for pair in pairs]
        mean = MeanMap.fit(self.training)
        plain, guided = (self.generator(conditions) for conditions in (1, 2))
        drawn: dict[str, list[Image]] = {
            "composed of retrieved patches": composed,
            "generated from the source": [predict(plain, one.source) for one in truths],
            "generated from the source and the composed": [
                predict(guided, one.source, image)
                for one, image in zip(truths, composed, strict=True)
            ],
            "mean-intensity map": [mean.predict(one.mask) for one in truths],
        }
        lines = tuple(
            (label, str(len(truths)), *_scores(truths, images)) for label, images in drawn.items()
        )
        notes = (
            f"Split: the {len(pairs)} plates of the test blocks, {len(self.training)} plates are "
            f"trained on and are the gallery ({len(self.gallery):,} rows, both stains); pixels of "
            f"{self.study.frame.pixel_um:g} µm. Mean ± standard deviation over test sections.",
            "NMSE: squared error over the variance of the truth, within the tissue of both (1 is "
            "the true mean everywhere). SSIM: the same tissue, Gaussian windows of 1.5 pixels.",
            f"One encoder (seed 0), one generator each, {self.recipe.steps} steps.",
            PSEUDO_TRUTH,
        )
        return Table(f"Prediction: {self.source} → {self.find}", COLUMNS, lines, notes)


def _begun(folder: Path) -> bool:
    if (folder / CHECKPOINT).is_file():
        return True
    shutil.rmtree(folder, ignore_errors=True)  # stopped before its first checkpoint
    return False


def _scores(truths: Sequence[AlignedImages], images: Sequence[Image]) -> tuple[str, str]:
    values = [
        (nmse(one.target, image, one.mask), ssim(one.target, image, one.mask))
        for one, image in zip(truths, images, strict=True)
    ]
    mean, deviation = np.mean(values, axis=0), np.std(values, axis=0)
    errors, likeness = (f"{m:.3f} ± {sd:.3f}" for m, sd in zip(mean, deviation, strict=True))
    return errors, likeness
