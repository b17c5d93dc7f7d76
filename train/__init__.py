"""Registered heads in, a trained model file out."""
