"""Files that other tools read: one format per file."""
