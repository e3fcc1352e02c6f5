"""The page that names plates."""
