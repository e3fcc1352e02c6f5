"""Answers as tables, JSON and pictures."""
