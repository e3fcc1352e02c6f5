"""Image → vector: preprocessing, networks and released encoders."""
