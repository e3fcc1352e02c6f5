"""Places on the cortex, measured."""
