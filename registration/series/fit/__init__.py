"""The arithmetic of a series: order, positions, locks."""
