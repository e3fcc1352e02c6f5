"""Batches, augmentation and scores of cortical places."""
