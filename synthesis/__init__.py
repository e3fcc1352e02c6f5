"""Tissue as it would look in another stain."""
