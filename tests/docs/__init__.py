"""The pages: their examples run as printed, what they name exists, the map is the house."""
