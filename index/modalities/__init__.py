"""The same tissue in several stains: patches, pairs, matches."""
