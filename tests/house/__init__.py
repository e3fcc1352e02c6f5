"""The house itself: imports, types, the wheel."""
