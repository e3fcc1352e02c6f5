"""Coordinates of pixels in the atlas, their file, tables of points."""
