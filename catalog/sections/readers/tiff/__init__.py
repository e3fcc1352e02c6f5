"""TIFF: whole planes and windows, pixel sizes, open files."""
