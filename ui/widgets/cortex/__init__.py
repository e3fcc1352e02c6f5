"""The cortex as a picture that can be clicked."""
