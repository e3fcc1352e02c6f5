"""Cortical surfaces: meshes, distances along them, areas at their vertices."""
