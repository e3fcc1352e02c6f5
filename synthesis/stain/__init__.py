"""One stain predicted from another: composed of neighbours, or generated."""
