"""The page for several stains."""
