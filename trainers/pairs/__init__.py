"""Batches and scores of pairs of modalities."""
