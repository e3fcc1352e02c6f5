"""The page for the cortex."""
