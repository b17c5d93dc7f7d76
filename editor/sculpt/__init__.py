"""The brush: a tool for the surface, and the panel that says how it acts."""
