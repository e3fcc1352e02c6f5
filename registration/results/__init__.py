"""What a run came to: summaries, the report, the methods text."""
