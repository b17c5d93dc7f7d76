"""Registered heads, wherever they come from, closed and looked at."""
