"""Vectors for FAISS, derived from a table and rebuilt when stale."""
