"""Describing, checking, filling, exporting and deleting collections."""
