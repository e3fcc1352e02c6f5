"""Pictures, damage and scores of whole sections."""
