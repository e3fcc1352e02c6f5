"""Collections of what does not lie in files: a cortex, pairs of sections, an atlas' template."""
