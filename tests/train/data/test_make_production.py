"""The topology that ships, made again."""

import numpy as np

from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.production.topology import bundled_topology
from facewright.train.data.ict_facekit import NEUTRAL, read_morphs
from facewright.train.data.make_production import _texture, make_topology


def test_the_file_that_ships_is_what_the_script_makes(ict_folder):
    made = make_topology(read_morphs(ict_folder, FACIAL_UNITS), *_texture(ict_folder / NEUTRAL))
    ships = bundled_topology()
    for name in ("polygons", "uv_polygons", "material", "on_surface"):
        np.testing.assert_array_equal(getattr(made, name), getattr(ships, name))
    np.testing.assert_allclose(made.neutral, ships.neutral, atol=1e-3)
    assert made.materials == ships.materials
    assert set(made.shapes) == set(ships.shapes)
    for name, shape in made.shapes.items():
        np.testing.assert_allclose(shape.mm, ships.shapes[name].mm, atol=0.03)
