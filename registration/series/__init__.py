"""Sections of one brain together: places, flips, shared angles."""
