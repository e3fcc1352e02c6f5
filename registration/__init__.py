"""From retrieved neighbours to places in the brain."""
