"""The atlases that this project knows, one per file."""
