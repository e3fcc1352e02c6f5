"""Commands on whole sections."""
