"""The network of the paper, at codes, and how it is differentiated."""
