"""Which plane of a volume a section shows."""
