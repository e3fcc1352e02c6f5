"""Sections of two stains, brought onto each other."""
