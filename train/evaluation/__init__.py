"""The paper's tables for a model: reconstruction, disentanglement, pictures."""
