"""A plate bent onto goals."""

import numpy as np

from facewright.core.production.bending import Plate, bent


def test_a_sheet_follows_goals_and_what_has_none_goes_straight_on():
    """A plate held along two lines is, between and beyond them, the plane through both: it costs no bending."""
    side = 12
    x, y = np.meshgrid(np.arange(side, dtype=float), np.arange(side, dtype=float), indexing="ij")
    sheet = np.column_stack([x.ravel(), y.ravel(), np.zeros(side * side)])
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    faces = np.concatenate(
        [
            np.column_stack([corner, corner + side, corner + side + 1]),
            np.column_stack([corner, corner + side + 1, corner + 1]),
        ]
    )
    tilted = sheet + np.column_stack([np.zeros((len(sheet), 2)), 2.0 + 0.3 * sheet[:, 0]])
    held = (sheet[:, 0] == 3.0) | (sheet[:, 0] == 7.0)
    plate, rounds = Plate.of(sheet, faces), []

    def goals(here, reach):
        rounds.append(reach)
        return np.where(held, plate.masses, 0.0), tilted

    placed = bent(plate, sheet, (2.0, 1.0), goals)
    assert rounds == [2.0, 1.0]
    inner = (sheet[:, :2].min(axis=1) > 0) & (sheet[:, :2].max(axis=1) < side - 1)  # at its rim a plate bends freely
    np.testing.assert_allclose(placed[inner & held], tilted[inner & held], atol=0.2)
    assert np.ptp(plate.masses) > 0.0
