"""A head with skin, eyes and teeth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from facewright.core.anatomy import bundled_anatomy
from facewright.core.expressions import Expressions
from facewright.core.model.model_file import bundled_model, load
from facewright.core.openness import OpennessMap
from facewright.core.parameters import Parameters
from facewright.core.production.complexion import TONES
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.natural import AsExported, modelled, natural
from facewright.editor.live.natural_light import mouth_light
from facewright.editor.live.painting import AtRest, KnownOther, PaintRequest, paint
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.skin import IRISES, Look

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.editor.viewport.painting import Drawable


PLAIN = DisplayOptions()


@pytest.fixture(scope="module")
def bundled() -> HeadModel:
    return load(bundled_model(), torch.device("cpu"))


def test_eyes_have_irises_lips_are_redder_than_the_skin_and_nothing_clear_is_drawn(bundled: HeadModel) -> None:
    head, topology = natural(bundled, Parameters(), Look("tan", "blue")), bundled_topology()
    assert head.colours is not None
    colours = head.colours.astype(int)
    blue, brown = (np.asarray(IRISES[name]) for name in ("blue", "brown"))
    iris = colours[topology.vertices_of("iris")]
    assert (iris[:, 2] > iris[:, 0] + 20).any() == (blue[2] > blue[0]) != (brown[2] > brown[0])
    assert (iris.max(axis=1) < 20).any()  # a pupil
    neutral = topology.neutral
    points = bundled_anatomy(topology.name).points
    lip = np.linalg.norm(neutral - neutral[points["ls"]] - [0.0, -3.0, 0.0], axis=1).argmin()
    cheek = np.linalg.norm(neutral - [40.0, 0.0, 90.0], axis=1).argmin()
    assert colours[lip, 0] / colours[lip, 1] > 0.04 + colours[cheek, 0] / colours[cheek, 1]
    for side in "lr":
        brow = points[f"sci_{side}"]
        assert colours[brow].sum() < colours[cheek].sum() - 60
    drawn = np.unique(head.mesh.faces)
    assert not np.isin(topology.vertices_of("cornea"), drawn).all()


def test_teeth_are_dark_behind_lips_that_are_barely_parted(bundled: HeadModel) -> None:
    teeth = bundled_topology().vertices_of("teeth")
    opened = Expressions(bundled).with_strength(Parameters(), "mouth_stretch", 1.0)
    still, smiling = (natural(bundled, head, Look()).colours for head in (Parameters(), opened))
    assert still is not None
    assert smiling is not None
    assert still[teeth].max() < 100
    assert smiling[teeth].max() > 150
    inside, light = mouth_light(bundled_topology(), bundled_topology().neutral)
    assert light.max() == 1.0  # at the front teeth
    assert (np.diff(light[bundled_topology().neutral[inside, 2].argsort()]) >= 0.0).all()
    assert 0.1 < light.min() < 0.2


def test_a_model_without_the_mesh_is_seen_in_its_tone(model: HeadModel) -> None:
    moving = evaluate(Job(1, model, Parameters(), 0))
    request = PaintRequest(moving, DisplayOptions(colouring="natural", look=Look("dark")))
    assert request.is_plain
    head = paint(request).head
    assert head.colours is not None
    np.testing.assert_allclose(head.colours[0] / 255.0, TONES["dark"].skin, atol=0.01)


def test_a_head_that_moves_keeps_its_colours_and_is_drawn_by_fewer_triangles(bundled: HeadModel) -> None:
    display = DisplayOptions(colouring="natural")
    rest = natural(bundled, Parameters(), display.look)
    older = Parameters(remainder=(1.0,))
    moving = evaluate(Job(1, bundled, older, 0, draft=True))
    light = OpennessMap(np.zeros(3), np.ones((1, 1, 1), np.float32))

    def painted(last: AtRest | None, display: DisplayOptions = display) -> Drawable:
        request = PaintRequest(moving, display, last=last)
        assert request.moves_on == (last is not None and display is last.display)
        return paint(request).head

    last = AtRest(bundled, display, light, rest)
    head, still = painted(last), natural(bundled, older, display.look)
    assert head.colours is rest.colours
    assert np.linalg.norm(rest.mesh.vertices - still.mesh.vertices, axis=1).mean() > 2.0
    away = np.linalg.norm(head.mesh.vertices - still.mesh.vertices, axis=1)
    assert np.median(away[bundled_topology().vertices_of("skin")]) < 0.2
    for name in ("iris", "teeth"):
        assert away[bundled_topology().vertices_of(name)].mean() < 1.0
    assert head.fewer is not None
    assert head.fewer.max() < len(bundled_topology().neutral)
    assert len(head.fewer) < 0.6 * len(head.mesh.faces)
    for other in (painted(None), painted(last, DisplayOptions(colouring="natural", look=Look("dark")))):
        assert other.live is moving.surface  # of a head that was not at rest in those colours nothing is known


def test_the_head_compared_with_is_in_natural_colours_too_and_is_made_once(bundled: HeadModel) -> None:
    display, child = DisplayOptions(colouring="natural"), Parameters(remainder=(-1.0,))
    rest = evaluate(Job(1, bundled, Parameters(), 1))
    still, other = (replace(rest, job=Job(1, bundled, head, FINEST)) for head in (Parameters(), child))
    request = PaintRequest(still, display, other)
    assert request.other_is_exported
    first = paint(request)
    assert isinstance(first.other, AsExported)
    np.testing.assert_array_equal(first.other.mesh.faces, first.head.mesh.faces)
    np.testing.assert_array_equal(first.other.mesh.vertices[:26719], production_mesh(bundled, child).vertices)
    known = KnownOther(other, display, first.other)
    assert paint(replace(request, known=known)).other is first.other
    clay = replace(request, known=known, display=PLAIN)
    assert not clay.other_is_exported
    assert paint(clay).other is not first.other
    coarse = replace(request, other=replace(rest, job=Job(1, bundled, child, 1)))
    assert not coarse.other_is_exported


def test_in_clay_a_head_with_an_expression_moves_on_from_as_it_is_exported(bundled: HeadModel) -> None:
    smile, wider = (Expressions(bundled).with_strength(Parameters(), "mouth_stretch", share) for share in (0.5, 0.8))
    rest, light = modelled(bundled, smile), OpennessMap(np.zeros(3), np.ones((1, 1, 1), np.float32))
    moving = evaluate(Job(1, bundled, wider, 0, draft=True))
    head = paint(PaintRequest(moving, PLAIN, last=AtRest(bundled, PLAIN, light, rest))).head
    np.testing.assert_array_equal(head.mesh.faces, rest.mesh.faces)
    assert 1.0 < np.linalg.norm(head.mesh.vertices - rest.mesh.vertices, axis=1).max() < 10.0


def test_in_clay_a_head_with_an_expression_is_seen_as_it_is_exported(bundled: HeadModel) -> None:
    smile = Expressions(bundled).with_strength(Parameters(), "mouth_stretch", 1.0)
    rest = evaluate(Job(1, bundled, Parameters(), 0))
    coarse, finest = (PaintRequest(replace(rest, job=Job(1, bundled, smile, level)), PLAIN) for level in (0, FINEST))
    assert not coarse.is_as_exported
    assert not replace(finest, display=DisplayOptions(colouring="parts")).is_as_exported
    assert finest.is_as_exported
    assert not finest.is_plain
    head, exported = modelled(bundled, smile), production_mesh(bundled, smile)
    np.testing.assert_array_equal(head.mesh.vertices, exported.vertices)
    drawn = np.unique(head.mesh.faces)
    teeth = exported.topology.vertices_of("teeth")
    assert np.isin(teeth, drawn).all()
