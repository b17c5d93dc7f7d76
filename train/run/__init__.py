"""A run's folder, what it tells while it goes, and what it can be told."""
