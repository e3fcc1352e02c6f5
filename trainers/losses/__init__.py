"""What a training makes small, one loss a file."""
