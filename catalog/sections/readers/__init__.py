"""Image readers, one format family per file."""
