"""Sliders in an artist's words, measured on the heads that they make."""

import numpy as np
import pytest
import torch

from facewright.core.features import FEATURES, FeatureMap, features_of
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.soundness import FaceSurface
from facewright.core.zones import named_points
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return load(bundled_model(), torch.device("cpu"))


def places(model, parameters):
    points = named_points(model)
    template = np.stack(list(points.values())).astype(np.float32)
    return dict(zip(points, Cascade(model, parameters).from_template(template, template), strict=True))


def test_the_bundled_model_has_every_feature_and_one_without_landmarks_none(model):
    for part, features in FEATURES.items():
        assert features_of(model)[part] == features
        assert features_of(tiny_model())[part] == ()
    with pytest.raises(ValueError, match="mouth"):
        FeatureMap(tiny_model(), "mouth")


def test_a_jaw_slider_widens_the_jaw_by_what_it_says_and_leaves_the_skull(model):
    found = FeatureMap(model, "remainder")
    basis = found.basis
    head = basis.with_strength(Parameters(), "Jaw width", 2.0)
    before, after = places(model, Parameters()), places(model, head)
    [jaw] = [feature for feature in found.features if feature.name == "Jaw width"]
    wider = np.ptp([after["go_l"][0], after["go_r"][0]]) - np.ptp([before["go_l"][0], before["go_r"][0]])
    assert wider == pytest.approx(2.0 * found.mm[jaw.name], rel=0.3)
    assert wider > 3.0
    assert np.linalg.norm(after["v"] - before["v"]) < 0.4 * wider
    strengths = basis.strengths(head)
    assert strengths["Jaw width"] == pytest.approx(2.0)
    assert max(abs(value) for name, value in strengths.items() if name != "Jaw width") < 1e-6


def test_one_side_alone_opens_more_than_the_other(model):
    found = FeatureMap(model, "eyes")
    assert "Lid opening" in found.paired
    head = found.split_basis.with_strength(Parameters(), "Lid opening, left", 2.0)
    before, after = places(model, Parameters()), places(model, head)
    opened = {
        side: (after[f"ps_{side}"] - after[f"pi_{side}"] - before[f"ps_{side}"] + before[f"pi_{side}"])[1]
        for side in "lr"
    }
    assert opened["l"] > 2.0 * abs(opened["r"])


def test_no_slider_tells_sources_apart_and_at_its_end_the_face_is_whole():
    people = load(bundled_model("people"), torch.device("cpu"))
    assert people.people_components == {
        code: count - (code != "expression") for code, count in people.components.items()
    }
    face = FaceSurface(people, Parameters())
    nose, mouth = FeatureMap(people, "nose").basis, FeatureMap(people, "mouth").basis
    for basis, name in ((nose, "Nose length"), (mouth, "Lip fullness")):
        assert not np.any(basis.directions[:, -1])
        for end in (-3.0, 3.0):
            assert face.fault(basis.with_strength(Parameters(), name, end)) == ""
