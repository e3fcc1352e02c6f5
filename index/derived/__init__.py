"""Collections that are derived from other data and kept in the cache."""
