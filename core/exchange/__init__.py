"""Meshes as files of other programs: one module for each format, `export` for what goes into them."""
