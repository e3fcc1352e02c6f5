"""What the project claims, measured: one script per claim, results in ``RESULTS.md``."""
