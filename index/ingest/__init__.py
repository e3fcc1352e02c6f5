"""Ingestion: from folders of images to rows of a collection. Restartable at any time."""

from index.ingest.options import EmbedOptions
from index.ingest.run import embed_paths
from index.ingest.summary import Summary

__all__ = ["EmbedOptions", "Summary", "embed_paths"]
