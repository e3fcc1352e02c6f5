"""From images as people have them to what a network sees."""
