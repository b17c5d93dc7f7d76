"""Heads written for other programs."""
