"""The same tissue in another stain, measured."""
