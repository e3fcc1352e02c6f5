"""From one stain to another: composed from retrieved neighbours, or generated; and how good."""
