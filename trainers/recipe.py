"""Recipes: one YAML file per experiment, read into frozen settings; an unknown key is an error."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.preprocessing.section_gray import Preprocessing
from brainseek.trainers.settings import build

RECIPE_FOLDER = Path(__file__).parent / "recipes"
NEEDED = {"plates": "atlas", "cortex": "cortex", "modalities": "clip"}
"""Key that says of a task what it learns from; the recipes of other tasks must not have it."""


@dataclass(frozen=True)
class NetworkSettings:
    """Which network; ``frozen`` names parameter prefixes that rest until step ``frozen_until``."""

    trunk: str
    dim: int = 128
    pretrained: bool = False
    frozen: tuple[str, ...] = ()
    frozen_until: int = 0


@dataclass(frozen=True)
class BatchSettings:
    """How many pictures of each kind make a batch.

    ``plates`` random plates, ``cuts`` oblique cuts of the atlas volume, ``sections`` labelled
    training sections (each with the picture of its own plate beside it if ``matched``); ``views``
    augmentations are made of each.
    """

    plates: int = 0
    cuts: int = 0
    sections: int = 0
    matched: bool = False
    views: int = 1
    tilt_deg: float = 10.0


@dataclass(frozen=True)
class CortexSettings:
    """Places on a cortex: which data, what a patch shows, what makes two places alike.

    ``data`` names the volume and its surface (see :mod:`.cortex.data`), ``train`` the
    hemisphere that is learned from; the other one validates. The same hemisphere of the brains
    ``also`` is learned from in turn. Patches have ``side_px`` pixels of
    ``pixel_um``; of a volume ``planes`` are seen at once, 1 (the patch) or 3 (the middle planes of
    a block). Those of volumes are turned about the normal by up to ``turn_deg`` from the
    anterior direction. ``pairs``: ``geodesic`` (by distance along the surface), ``straight`` (by
    distance through space), ``areas`` (the same area of ``labels``), or ``views`` (the same place
    only). ``places`` a batch, ``views`` patches of each; ``validate`` places of the other
    hemisphere.
    Of ``labels`` every ``hold_out``-th area is taken for unknown (0: none), so that areas can be
    tested that no pair was made from.
    """

    data: str
    pairs: str
    also: tuple[str, ...] = ()
    train: str = "left"
    side_px: int = 48
    pixel_um: float = 1000.0
    planes: int = 1
    turn_deg: float = 180.0
    places: int = 128
    views: int = 2
    labels: str | None = None
    hold_out: int = 0
    validate: int = 600

    def __post_init__(self) -> None:
        """Refuse other numbers of planes."""
        if self.planes not in (1, 3):
            raise BrainseekError(f"a patch of {self.planes} planes can't be cut; choose 1 or 3.")


@dataclass(frozen=True)
class ModalitiesSettings:
    """Pairs of modalities: which sections, what a patch shows, which places make a batch.

    ``pairs`` is the name of prepared pairs, their folder, or a CSV file (see
    :mod:`.pairs.data`), ``modalities`` the two that are learned. Patches have ``side_px``
    pixels of ``pixel_um`` and are tissue by ``least_tissue`` in both images. Both patches of a
    place are turned by one angle of up to ``turn_deg``, the second by up to ``relative_turn_deg``
    more; ``log_scale`` is the spread of the logarithm of their size. A batch has ``places``, all at
    least ``near_um[0]`` apart; with ``negatives`` ``near`` the share ``near_share`` of them lies in
    clusters no wider than ``near_um[1]``, with ``random`` none does. ``shared``: one trunk for both
    modalities. ``every``, ``block`` and ``gap`` hold sections out, see
    `catalog.pairs.section_pair.holdout`;
    ``split`` ``train`` learns from the others, ``all`` from all. ``validate`` patches at most.
    """

    pairs: str
    modalities: tuple[str, ...]
    side_px: int = 64
    pixel_um: float = 25.0
    least_tissue: float = 0.5
    shared: bool = True
    places: int = 192
    turn_deg: float = 180.0
    relative_turn_deg: float = 5.0
    log_scale: float = 0.1
    negatives: str = "near"
    near_um: tuple[float, ...] = (400.0, 1500.0)
    near_share: float = 0.5
    split: str = "train"
    every: int = 5
    block: int = 6
    gap: int = 2
    validate: int = 1000


@dataclass(frozen=True)
class ScheduleSettings:
    """Optimiser (``adam`` constant rate, or ``adamw`` with warm-up and cosine decay) and length.

    ``patience`` steps without a fall of the first validation split's rank-MAE stop the training;
    ``average`` is the decay of the exponential moving average of the weights (0: none).
    """

    steps: int
    learning_rate: float = 1e-3
    trunk_rate: float = 1.0
    weight_decay: float = 0.01
    warm_up: int = 50
    optimiser: str = "adamw"
    average: float = 0.0
    patience: int | None = None
    compile: bool = True


@dataclass(frozen=True)
class ValidationSettings:
    """Every how many steps, and on which splits (a volume atlas validates on seeded cuts)."""

    every: int = 100
    splits: tuple[str, ...] = ()
    cuts: int = 0


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an experiment.

    ``task`` is one of `NEEDED`. ``loss`` names its ``kind``, one of
    `brainseek.trainers.losses.registry.LOSSES`, and settings of this kind; ``augmentation`` has
    those of the task, for plates with a ``kind`` of
    `brainseek.trainers.augmentations.registry.AUGMENTATIONS`.
    """

    name: str
    description: str
    task: str
    network: NetworkSettings
    loss: Mapping[str, Any]
    schedule: ScheduleSettings
    augmentation: Mapping[str, Any] = field(default_factory=dict)
    atlas: str = ""
    batch: BatchSettings = field(default_factory=BatchSettings)
    sections: str | None = None
    cortex: CortexSettings | None = None
    clip: ModalitiesSettings | None = None
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    validation: ValidationSettings = field(default_factory=ValidationSettings)
    seed: int = 0


def recipe_names() -> list[str]:
    """Names of the recipes that come with the project."""
    return sorted(path.stem for path in RECIPE_FOLDER.glob("*.yaml"))


def load_recipe(name: str | Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe by name or path and apply ``KEY=VALUE`` changes (dots reach inner keys).

    Raises
    ------
    BrainseekError
        If there is no such recipe, a key is unknown, or a value has the wrong type.
    """
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        path = RECIPE_FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise BrainseekError(
            f"There is no recipe '{name}': choose one of {', '.join(recipe_names())}, or give the "
            "path of a YAML file."
        )
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    for change in changes:
        key, separator, value = change.partition("=")
        if not separator:
            raise BrainseekError(f"The change '{change}' is not of the form KEY=VALUE.")
        *parents, last = key.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = yaml.safe_load(value)
    recipe = build(Recipe, tree, str(path))
    if recipe.task not in NEEDED:
        raise BrainseekError(
            f"{path}: unknown task '{recipe.task}'; choose one of {', '.join(NEEDED)}."
        )
    for task, key in NEEDED.items():
        if bool(getattr(recipe, key)) != (task == recipe.task):
            raise BrainseekError(
                f"{path}: the key '{key}' {'is missing' if task == recipe.task else 'is too much'};"
                f" the task '{recipe.task}' learns from '{NEEDED[recipe.task]}'."
            )
    return recipe


def to_yaml(recipe: Recipe) -> str:
    """YAML that :func:`load_recipe` reads back to the same recipe."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        return [plain(inner) for inner in value] if isinstance(value, tuple | list) else value

    return yaml.safe_dump(plain(dataclasses.asdict(recipe)), sort_keys=False, allow_unicode=True)
