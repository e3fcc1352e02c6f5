"""The release of an encoder of two modalities: weights, scores on the held-out blocks."""

import dataclasses
import hashlib

from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.trainers.pairs.data import chosen_pairs
from brainseek.trainers.pairs.scores import pair_score
from brainseek.trainers.release.finished_run import FinishedRun, Release
from brainseek.trainers.tasks.modalities import ModalitiesTask, embed_patches, seeded_patches


def modalities_release(run: FinishedRun, name: str, description: str) -> Release:
    """Score the network on the held-out blocks of the recipe's pairs.

    Raises
    ------
    BrainseekError
        If the pairs are gone.
    """
    recipe, settings = run.recipe, run.recipe.clip
    assert settings is not None
    network = ModalitiesTask.network(recipe)
    weights = run.weights(network)
    pairs = chosen_pairs(settings)
    sections = {part: len(found) for part, found in pairs.items()}
    measured = {
        part: dataclasses.asdict(
            pair_score(embed_patches(network, seeded_patches(pairs[part], settings)))
        )
        for part in ("validation", "test")
        if pairs[part] and settings.split == "train"
    }
    card = MultimodalCard(
        name=name,
        description=description,
        modalities=settings.modalities,
        side_px=settings.side_px,
        pixel_um=settings.pixel_um,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        shared=settings.shared,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        training=run.training(network, {"sections": sections}),
        measured=measured,
    )
    return Release(card, weights)
