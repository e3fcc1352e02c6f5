"""Two-modality encoders without training: one that sees through the contrast, one untrained."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save

from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import AffineAtlas, AffinePixels
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.networks.embedding import export_state, restore_state

MODALITIES = ("nissl", "autofluorescence")
GRID = 8


def made_card(name: str = "made", side_px: int = 32, dim: int = GRID**2, **more) -> MultimodalCard:
    facts = {
        "description": "made by a test", "modalities": MODALITIES, "pixel_um": 25.0,
        "trunk": "graynet/4-8-8-8-8", "shared": True, "weights_sha256": "0" * 64,
        "training": {}, "measured": {},
    }  # fmt: skip
    return MultimodalCard(name=name, side_px=side_px, dim=dim, **(facts | more))


class SeeingEncoder(MultimodalEncoder):
    """Vectors are the patch on an 8 x 8 grid without its mean; Nissl is inverted first."""

    def __init__(self, **more) -> None:
        card = made_card(**more)
        network = card.build_network()
        super().__init__(card, network, torch.device("cpu"))

    def embed_inputs(self, inputs, modality=None):
        self.check_modality(modality)
        out = []
        for gray in inputs:
            values = 1 - gray if modality == "nissl" else gray
            small = cv2.resize(values, (GRID, GRID), interpolation=cv2.INTER_AREA).ravel()
            small = small - small.mean()
            out.append(small / max(np.linalg.norm(small), 1e-6))
        return np.array(out, np.float32)


def release_untrained(folder: Path, name: str = "untrained", **more) -> MultimodalCard:
    """Write weights and card of an untrained network, as a release does."""
    torch.manual_seed(0)
    card = made_card(name, dim=16, **more)
    network = card.build_network()
    state = export_state(network)
    restore_state(network, state)
    weights = save(state)
    card = made_card(name, dim=16, weights_sha256=hashlib.sha256(weights).hexdigest(), **more)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").write_bytes(weights)
    (folder / f"{name}.json").write_text(card.to_json(), encoding="utf-8")
    return card


def smooth_field(shape: tuple[int, int], seed: int, sigma: float = 5.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    field = cv2.GaussianBlur(noise, (0, 0), sigma)
    low, high = np.percentile(field, (1, 99))
    return np.clip((field - low) / (high - low) * 230 + 20, 1, 255).astype(np.uint8)


def made_pair(
    seed: int = 0, shape: tuple[int, int] = (160, 200), atlas: str | None = "mouse-ccf"
) -> SectionPair:
    """A Nissl-like image and its negative shifted by (3, 5) pixels; coronal plane at 7000 µm."""
    field = smooth_field((shape[0] + 3, shape[1] + 5), seed)
    first = field[: shape[0], : shape[1]]
    second = np.zeros_like(field)
    second[3:, 5:] = 255 - first
    whole = np.ones(first.shape, bool)
    mask = np.zeros(field.shape, bool)
    mask[3:, 5:] = True
    to_atlas = None
    if atlas:
        to_atlas = AffineAtlas(
            np.array([[0, 0, 7000.0 + 100 * seed], [25, 0, 1500], [0, 25, 3000]])
        )
    return SectionPair(
        f"made {seed}",
        seed,
        PairedImage(first, 25.0, "nissl", whole),
        PairedImage(second, 25.0, "autofluorescence", mask),
        AffinePixels(np.array([[1, 0, 3.0], [0, 1, 5.0], [0, 0, 1]])),
        atlas,
        to_atlas,
    )
