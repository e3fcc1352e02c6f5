"""Where in the atlas a lone patch lies."""
