"""Colours of maps and parts: what they must let everybody see."""

from __future__ import annotations

import numpy as np

from facewright.editor.viewport.colours import PART_COLOURS, displacement_colours, part_colours
from facewright.editor.viewport.shading import SKIN_NEUTRAL

DEUTERANOPIA = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
PROTANOPIA = np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]])
"""Linear RGB as it is seen (Machado, Oliveira & Fernandes 2009, severity 1)."""


def as_seen(colours: np.ndarray, vision: np.ndarray) -> np.ndarray:
    return (colours / 255.0) ** 2.2 @ vision.T


def test_the_sign_can_be_seen_by_everybody() -> None:
    away = np.linspace(0.5, 5.0, 10)
    inward, outward = displacement_colours(-away, 5.0), displacement_colours(away, 5.0)
    for vision in (np.eye(3), DEUTERANOPIA, PROTANOPIA):
        gap = as_seen(inward, vision) - as_seen(outward, vision)
        assert (gap[:, 2] > 0.02).all()  # the blue that every vision keeps


def test_the_amount_can_be_seen_in_grey() -> None:
    for sign in (-1.0, 1.0):
        grey = displacement_colours(sign * np.linspace(0.5, 5.0, 20), 5.0) @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(grey) < 0).all()


def test_the_range_is_fixed_and_ends_the_map() -> None:
    beyond = displacement_colours(np.array([-50.0, -2.0, 2.0, 50.0]), 2.0)
    assert (beyond[0] == beyond[1]).all()
    assert (beyond[2] == beyond[3]).all()
    assert (displacement_colours(np.array([1.0]), 1.0) == displacement_colours(np.array([9.0]), 9.0)).all()


def test_what_measuring_alone_would_move_is_grey() -> None:
    unnoticed = displacement_colours(np.array([-0.49, 0.0, 0.3, 0.49]), 5.0)
    assert (unnoticed == unnoticed[1]).all()
    assert (displacement_colours(np.array([-0.5, 0.5]), 5.0) != unnoticed[1]).any(axis=1).all()


def test_a_part_has_its_colour_where_its_window_is_whole_and_none_where_it_ends() -> None:
    weights = {"nose": np.array([1.0, 0.0, 0.0]), "mouth": np.array([0.0, 0.0, 1.0])}
    colours = part_colours({"nose": weights["nose"], "mouth": weights["mouth"]}) / 255.0
    np.testing.assert_allclose(colours, [PART_COLOURS["nose"], SKIN_NEUTRAL, PART_COLOURS["mouth"]], atol=0.003)
