"""What the model is compared with, on the same heads: linear models, and other implicit ones in the same time."""
