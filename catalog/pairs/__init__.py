"""Pairs of images of the same tissue in two modalities."""
