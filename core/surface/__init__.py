"""From codes to a surface: the field, its samples, marching cubes, and the template carried along."""
