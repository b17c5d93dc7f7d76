"""A flat mesh in which a mouth can be cut."""

import numpy as np


def sheet():
    """A sheet of 20 × 40 mm at x ≥ 0, its faces seen from +z: vertices (V, 3) and faces (F, 3)."""
    x, y = np.meshgrid(np.arange(0.0, 21.0), np.arange(-20.0, 21.0), indexing="ij")
    number = np.arange(x.size).reshape(x.shape)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)])
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)]), faces
