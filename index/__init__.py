"""Collections of embeddings: rows in a Lance table, exact search over their vectors."""

from index.collection import Collection
from index.exact import ExactIndex
from index.hits import Hit
from index.plates import plate_collection
from index.schema import Row, row_id

__all__ = ["Collection", "ExactIndex", "Hit", "Row", "plate_collection", "row_id"]
