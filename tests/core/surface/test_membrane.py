"""Lips that the cascade's inverse has torn apart, and the membrane between them."""

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.errors import Cancelled
from facewright.core.model.template_mesh import TemplateMesh
from facewright.core.surface.membrane import close_mouth
from facewright.train.membrane import string
from tests.core.flat_sheet import sheet

if TYPE_CHECKING:
    from facewright.core.surface.cascade import Cascade

GAP_MM = 9.0


class Hills:
    """A surface z = 2 cos(x / 4) cos(y / 4) mm, with its distance as far as its slope tells."""

    def signed_distance(self, points):
        x, y, z = points.T.astype(np.float64)
        along_x, along_y = 0.5 * np.sin(x / 4) * np.cos(y / 4), 0.5 * np.cos(x / 4) * np.sin(y / 4)
        slope = np.column_stack([along_x, along_y, np.ones_like(x)])
        steep = np.linalg.norm(slope, axis=1)
        return (z - self.height(x, y)) / steep, slope / steep[:, None]

    @staticmethod
    def height(x, y):
        return 2.0 * np.cos(x / 4) * np.cos(y / 4)


@pytest.fixture(scope="module")
def template():
    """A flat square of 40 mm with a slit of 12 mm along y = 0.5."""
    vertices, faces = sheet()
    x = np.linspace(0.0, 6.0, 50)
    half = string(vertices, faces, np.column_stack([x, np.full_like(x, 0.5), np.zeros_like(x)]))
    beside = np.flatnonzero(half.vertices[:, 0] > 0.0)
    twin = np.arange(len(half.vertices))
    twin[beside] = len(twin) + np.arange(len(beside))
    doubled = twin[half.membrane[:, 0]] != half.membrane[:, 0]
    corners = np.concatenate([half.faces, twin[half.faces][:, ::-1]]).astype(np.int32)
    count = len(twin) + len(beside)
    return TemplateMesh(
        vertices=np.concatenate([half.vertices, half.vertices[beside] * (-1, 1, 1)]).astype(np.float32),
        faces=corners,
        part=np.zeros(len(corners), np.uint8),
        mirror=np.concatenate([twin, beside]).astype(np.int32),
        uv=np.zeros((count, 2), np.float32),
        uv_vertex=np.arange(count, dtype=np.int32),
        uv_faces=corners,
        membrane=np.concatenate([half.membrane, twin[half.membrane[doubled]]]).astype(np.int32),
        membrane_share=np.concatenate([half.share, half.share[doubled]]).astype(np.float32),
    )


def opened(template, gap, tear):
    """The sheet on the hills, torn at y = `tear`: what lies above is lifted there by `gap` mm, and less further off."""
    vertices = template.vertices.astype(np.float64)
    beside, above = np.minimum(np.abs(vertices[:, 0]), 9.0), vertices[:, 1] - tear
    lift = gap * np.cos(np.pi * beside / 18.0) ** 2 * np.clip(1.0 - above / 18.0, 0.0, 1.0)
    vertices[:, 1] += np.where(above > 0.0, lift, 0.0)
    vertices[:, 2] = Hills.height(vertices[:, 0], vertices[:, 1])
    return vertices.astype(np.float32)


def closed(template, vertices, proceed=lambda: None):
    return close_mouth(template, vertices, cast("Cascade", Hills()), proceed)


def test_lips_that_touch_stay_and_the_membrane_lies_between_them(template):
    vertices = opened(template, 0.0, 0.5)
    found = closed(template, vertices)
    own, upper, lower = template.membrane.T
    kept = np.setdiff1d(np.arange(len(vertices)), own)
    np.testing.assert_array_equal(found[kept], vertices[kept])
    share = template.membrane_share[:, None]
    np.testing.assert_allclose(found[own], (1 - share) * vertices[upper] + share * vertices[lower], atol=1e-5)


@pytest.mark.parametrize("tear", [0.5, -1.5, 2.5])
def test_a_gap_is_filled_on_the_surface_wherever_the_lips_are_torn(template, tear):
    vertices = opened(template, GAP_MM, tear)
    found = closed(template, vertices)
    distance, _ = Hills().signed_distance(found)
    assert np.abs(distance).max() < 0.05
    sides = found[template.faces] - np.roll(found[template.faces], 1, axis=1)
    before = vertices[template.faces] - np.roll(vertices[template.faces], 1, axis=1)
    assert np.linalg.norm(before, axis=2).max() > 8.0
    assert np.linalg.norm(sides, axis=2).max() < 4.0
    y = np.arange(1.0, 9.0)
    gap = np.column_stack([np.full_like(y, 1.0), y, Hills.height(1.0, y)])
    assert cKDTree(found).query(gap)[0].max() < 1.5
    up = np.cross(*(found[template.faces[:, k]] - found[template.faces[:, 0]] for k in (1, 2)))
    assert (up[:, 2] > 0.0).all()


def test_what_is_far_from_the_slit_stays(template):
    vertices = opened(template, GAP_MM, 0.5)
    far = np.abs(template.vertices[:, 1] - 0.5) > 9.0
    np.testing.assert_array_equal(closed(template, vertices)[far], vertices[far])


def test_it_can_be_called_off(template):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        closed(template, opened(template, GAP_MM, 0.5), stop)
