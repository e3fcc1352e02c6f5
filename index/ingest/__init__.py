"""Ingestion: from folders of images to rows of a collection. Restartable at any time."""
