"""Collections of embeddings: a Lance table is the truth, a FAISS index its rebuildable cache."""

from index.collection import Collection
from index.drop import drop
from index.exact import ExactIndex
from index.find import find_collections
from index.hits import Hit, Hits
from index.ingest import EmbedOptions, Summary, embed_paths
from index.near_place import Located
from index.plates import plate_collection
from index.queries import ByImage, ByPosition, ByRow, ByText, ByWindow
from index.schema import Row, Window, row_id

__all__ = [
    "ByImage",
    "ByPosition",
    "ByRow",
    "ByText",
    "ByWindow",
    "Collection",
    "EmbedOptions",
    "ExactIndex",
    "Hit",
    "Hits",
    "Located",
    "Row",
    "Summary",
    "Window",
    "drop",
    "embed_paths",
    "find_collections",
    "plate_collection",
    "row_id",
]
