"""Image → vector: preprocessing, encoders and their released weights."""

from embedder.card import Card, encoder_for, encoder_names, read_card
from embedder.encoder import Encoder, load_encoder
from embedder.gallery import Gallery, load_gallery
from embedder.preprocess import Preprocessing

__all__ = [
    "Card",
    "Encoder",
    "Gallery",
    "Preprocessing",
    "encoder_for",
    "encoder_names",
    "load_encoder",
    "load_gallery",
    "read_card",
]
