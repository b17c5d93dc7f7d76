"""A patient's scan: opened, fitted, shown on the head that is edited."""
