"""Which plate a section comes from, measured."""
