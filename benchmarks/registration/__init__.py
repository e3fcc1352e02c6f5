"""Registration, measured."""
