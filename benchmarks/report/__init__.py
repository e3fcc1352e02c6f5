"""What a benchmark says and how it is recorded."""
