"""The desktop editor: sliders, undo and the live viewport."""
