"""Collections: a Lance table is the truth, a FAISS index its rebuildable cache."""
