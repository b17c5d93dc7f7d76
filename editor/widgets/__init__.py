"""Sliders and the like, that know nothing of heads."""
