"""Conditions on rows, from untrusted text to a checked tree."""
