"""What happens to pictures before the network sees them in training."""
