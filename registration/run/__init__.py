"""A run over files: settings, one section after the other, its files."""
