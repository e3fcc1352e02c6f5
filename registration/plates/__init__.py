"""Which plates of an atlas a section may come from, and how surely."""
