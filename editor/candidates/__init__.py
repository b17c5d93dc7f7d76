"""Twelve heads at a time to choose from, drawn at random or bred from those that were picked."""
