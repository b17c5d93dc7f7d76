"""The learnt model: its network, its codes' principal components, its file."""
