"""Anatomical structures: their tree, their tables, their label numbers."""
