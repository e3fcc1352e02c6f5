"""From the pixels of a section to those of a plate or plane."""
