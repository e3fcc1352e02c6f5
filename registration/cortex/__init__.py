"""Where on the cortex a patch comes from."""
