"""Where heads lie in a model that they fine-tune: their landmarks on its own, however they were turned and moved."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.train import fine_tune
from facewright.train.anatomy.mirror import MirrorBlend
from facewright.train.data.heads import open_source
from facewright.train.fine_tune import begin, own_sources, placement
from tests.core.tiny_model import tiny_model

RNG = np.random.default_rng(0)
NAMES = ("prn", "n", "gn", "ch_r", "ch_l", "en_r")
POINTS = {name: RNG.uniform(-60.0, 60.0, 3).astype(np.float32) for name in NAMES}
MODEL = replace(tiny_model(), points=POINTS, metadata={"data": "own", "sources": ["one", "another"]})
TURN = Rotation.from_euler("xyz", [20.0, -40.0, 10.0], degrees=True).as_matrix()
SHIFT = np.array([10.0, -200.0, 30.0])


def heads(vertices, name="others", names=NAMES):
    """Heads of whose mean the landmarks are the first vertices, in turn."""
    surface = SimpleNamespace(points={landmark: number for number, landmark in enumerate(names)})
    return SimpleNamespace(name=name, surface=surface, symmetric_mean=np.asarray(vertices, np.float32))


def test_a_moved_head_is_laid_back():
    own = np.stack([*POINTS.values()])
    place = placement(MODEL, heads((own - SHIFT) @ TURN))
    np.testing.assert_allclose(place.rotation, TURN, atol=1e-5)
    np.testing.assert_allclose(place.translation, SHIFT, atol=1e-3)
    np.testing.assert_allclose(place((own - SHIFT) @ TURN), own, atol=1e-3)


@pytest.mark.parametrize("name", ["own", "one", "another"])
def test_a_models_own_data_stay_where_they_are(name):
    place = placement(MODEL, heads(np.stack([*POINTS.values()]) + SHIFT, name))
    np.testing.assert_array_equal(place(SHIFT[None]), SHIFT[None])
    assert name in own_sources(MODEL)


def test_heads_of_another_unit_are_refused():
    with pytest.raises(FacewrightError, match="mm from the model's: check the unit"):
        placement(MODEL, heads(0.1 * np.stack([*POINTS.values()])))


def test_too_few_common_landmarks_are_refused():
    with pytest.raises(FacewrightError, match="3 landmarks in common, 4 are needed"):
        placement(MODEL, heads(np.stack([*POINTS.values()]), names=("prn", "n", "gn", "x", "y", "z")))


def test_a_model_without_stages_is_refused():
    with pytest.raises(FacewrightError, match="no stages to fine-tune"):
        begin(tiny_model(stages=()), heads(np.zeros((6, 3))), lambda: False)


def test_the_template_is_symmetric_where_the_faces_of_the_heads_are_not(plain_source, monkeypatch):
    """The mirror image of a vertex lies between others then, some millimetres from the nearest."""
    heads = open_source(plain_source)
    corners = RNG.integers(heads.surface.vertex_count, size=(heads.surface.vertex_count, 3))
    blend = MirrorBlend(corners, np.full(corners.shape, 1.0 / 3.0, np.float32))
    heads = replace(heads, surface=replace(heads.surface, blend=blend))
    monkeypatch.setattr(fine_tune, "fit_heads", lambda *_: [Parameters()])
    monkeypatch.setattr(fine_tune, "Cascade", lambda *_: SimpleNamespace(to_template=lambda mean: mean + 1.0))
    start = begin(replace(MODEL, metadata={"data": heads.name}), heads, lambda: False)
    found = heads.symmetric_mean + 1.0
    image = found[corners].mean(axis=1) * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(start.template, (found + image) / 2, atol=1e-4)
    assert start.template.dtype == np.float32
