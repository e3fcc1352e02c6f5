"""Bulk embedding, measured."""
