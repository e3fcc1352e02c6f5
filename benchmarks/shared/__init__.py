"""Data and methods that benchmarks share."""
