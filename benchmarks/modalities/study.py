"""What all tables of the benchmark share: the recipe, its pairs, places, and trained encoders."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from benchmarks.modalities.features import Embed, imagenet, plate_encoder
from benchmarks.modalities.places import Centres, Places, chosen_centres, cut_places
from benchmarks.shared.kept_runs import trained_network
from benchmarks.shared.plate_methods import MOUSE
from brainseek.catalog.pairs.patches import PairFrame
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.trainers.pairs.data import chosen_pairs
from brainseek.trainers.recipe import ModalitiesSettings, Recipe, load_recipe

RECIPE = "clip-nissl-af"
PSEUDO_TRUTH = (
    "The alignments are PSEUDO-TRUTH made by registration (plates to template cuts), not by an "
    "expert: errors include theirs."
)
TRAINING_PLACES = 1000


@dataclass(frozen=True, eq=False)
class Study:
    """One call of the benchmark.

    Attributes
    ----------
    pairs : str
        Name or folder of prepared pairs.
    changes : tuple of str
        ``KEY=VALUE`` changes to the recipe.
    seeds : int
        Runs of the recipe.
    runs : Path
        Folder of the runs.
    places : int
        Test places: the size of the gallery, and of the queries.
    validation_places : int
    """

    pairs: str
    changes: tuple[str, ...]
    seeds: int
    runs: Path
    places: int
    validation_places: int

    def recipe(self, *more: str) -> Recipe:
        """Return the recipe with the study's changes and more."""
        return load_recipe(RECIPE, [f"clip.pairs={self.pairs}", *self.changes, *more])

    @cached_property
    def settings(self) -> ModalitiesSettings:
        """What the recipe says of pairs."""
        return clip_of(self.recipe())

    @property
    def frame(self) -> PairFrame:
        """Size of the patches."""
        return PairFrame(self.settings.side_px, self.settings.pixel_um)

    @cached_property
    def parts(self) -> dict[str, list[SectionPair]]:
        """Pairs under "train", "validation", "test" and "unused"."""
        return chosen_pairs(self.settings)

    def centres(self, part: str, most: int) -> Centres:
        """Chosen places of a part."""
        return chosen_centres(
            self.parts[part], self.frame, most, least_tissue=self.settings.least_tissue
        )

    def cut(self, centres: Centres, frame: PairFrame) -> Places:
        """Patches of chosen places; queries are turned as far as the recipe turns one alone."""
        settings = self.settings
        return cut_places(centres, frame, settings.relative_turn_deg, settings.block)

    @cached_property
    def test(self) -> Places:
        """Places of the test blocks."""
        return self.cut(self.centres("test", self.places), self.frame)

    @cached_property
    def validation(self) -> Places:
        """Places of the validation blocks."""
        return self.cut(self.centres("validation", self.validation_places), self.frame)

    @cached_property
    def training(self) -> Places:
        """Some places of the sections that are learned from."""
        return self.cut(self.centres("train", TRAINING_PLACES), self.frame)

    @cached_property
    def encoders(self) -> list[MultimodalEncoder]:
        """The recipe's encoder of every seed; trained at the first use."""
        recipes = [self.recipe(f"seed={seed}") for seed in range(self.seeds)]
        return [trained(recipe, self.folder(recipe)) for recipe in recipes]

    @cached_property
    def imagenet(self) -> Embed:
        """Features of a network that saw photographs only; loaded at the first use."""
        return imagenet()

    @cached_property
    def plates(self) -> Embed:
        """Features of the released encoder of mouse plates; loaded at the first use."""
        return plate_encoder(MOUSE)

    def folder(self, recipe: Recipe, change: str = "") -> Path:
        """Run folder of a recipe, and of what was changed."""
        name = f"{recipe.name}-{recipe.schedule.steps}-{recipe.seed}"
        return self.runs / (f"{name}-{change}" if change else name)

    def split_note(self, part: str, places: Places) -> str:
        """Say which sections and how many places a table is about."""
        groups = sorted({pair.group for pair in self.parts[part]})
        return (
            f"{part} blocks of {self.settings.block} adjacent plates, {len(groups)} plates "
            f"({_ranges(groups)}), {len(places)} places; {len(self.parts['train'])} plates are "
            f"trained on, none within {self.settings.gap} plates of a held-out one."
        )


def clip_of(recipe: Recipe) -> ModalitiesSettings:
    """Return what a recipe says of pairs."""
    assert recipe.clip is not None
    return recipe.clip


def trained(recipe: Recipe, folder: Path) -> MultimodalEncoder:
    """Return the encoder of a recipe's run in a folder, without releasing it."""
    network = trained_network(recipe, folder)
    clip = clip_of(recipe)
    weights = (folder / "network.safetensors").read_bytes()
    card = MultimodalCard(
        folder.name, recipe.description, clip.modalities, clip.side_px, clip.pixel_um,
        recipe.network.trunk, recipe.network.dim, clip.shared,
        hashlib.sha256(weights).hexdigest(), {}, {},
    )  # fmt: skip
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return MultimodalEncoder(card, network.to(device), device)


def _ranges(groups: list[int]) -> str:
    """``26-31, 56-61``."""
    parts: list[list[int]] = []
    for group in groups:
        if parts and group == parts[-1][1] + 1:
            parts[-1][1] = group
        else:
            parts.append([group, group])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in parts)
