"""Losses, augmentations, recipes and the training loop."""
