"""A head with skin, eyes and teeth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.expressions import Expressions
from facewright.core.model.model_file import bundled_model, load
from facewright.core.openness import OpennessMap
from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS
from facewright.core.production.complexion import TONES
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.natural import modelled, natural
from facewright.editor.live.painting import AtRest, PaintRequest, paint
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.skin import IRISES, Look

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.editor.live.evaluation import HeadEvaluation


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


def test_a_model_without_the_mesh_is_seen_in_its_tone(model: HeadModel) -> None:
    moving = evaluate(Job(1, model, Parameters(), 0))
    request = PaintRequest(moving, DisplayOptions(colouring="natural", look=Look("dark")))
    assert request.is_plain
    head = paint(request).head
    assert head.colours is not None
    np.testing.assert_allclose(head.colours[0] / 255.0, TONES["dark"].skin, atol=0.01)


def test_while_a_part_moves_brows_lips_and_irises_stay(bundled: HeadModel) -> None:
    display, points = DisplayOptions(colouring="natural"), bundled_anatomy(bundled_topology().name).points
    rest = natural(bundled, Parameters(), display.look)
    still = evaluate(Job(1, bundled, Parameters(), 0))
    moving = replace(still, job=replace(still.job, local=True, draft=True))
    light = OpennessMap(np.zeros(3), np.ones((1, 1, 1), np.float32))
    made = production_mesh(bundled, Parameters())
    iris = made.vertices[made.topology.vertices_of("iris")]
    places = {
        "brow": made.vertices[points["sci_l"]],
        "lip": made.vertices[points["ls"]] - [0.0, 4.0, 0.0],
        "iris": iris[iris[:, 0] > 0.0][iris[iris[:, 0] > 0.0][:, 2].argmax()],
        "cheek": np.array([35.0, -15.0, 75.0]),
    }

    def colour_of(last: AtRest, evaluation: HeadEvaluation) -> dict[str, np.ndarray]:
        head = paint(PaintRequest(evaluation, display, last=last)).head
        assert head.beside is (rest.neck if evaluation.job.local else None)
        assert head.colours is not None
        own = cKDTree(head.mesh.vertices)
        return {name: head.colours[own.query(place)[1]].astype(int) for name, place in places.items()}

    seen = colour_of(AtRest(bundled, light, rest), moving)
    assert seen["brow"].sum() < seen["cheek"].sum() - 60
    assert seen["iris"].sum() < seen["cheek"].sum() - 150
    assert seen["lip"][0] / seen["lip"][1] > 0.04 + seen["cheek"][0] / seen["cheek"][1]
    other = colour_of(AtRest(bundled, light, rest), still)  # another head: nothing of it is where it was
    assert np.ptp(np.stack(list(other.values())), axis=0).max() == 0


def test_the_neck_is_kept_up_to_a_plane_below_all_windows(bundled: HeadModel) -> None:
    neck, made = natural(bundled, Parameters(), Look()).neck, production_mesh(bundled, Parameters())
    assert neck is not None
    own = neck.surface.mesh
    assert len(own.faces) > 1000
    low = made.on_surface < 0.5
    assert ((made.vertices[low] - neck.point) @ neck.normal).max() < 1.0  # all that is guessed is below
    field = bundled.field(Parameters())
    for part in LOCAL_PARTS:
        assert not field.window(part, own.vertices).any(), part


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
