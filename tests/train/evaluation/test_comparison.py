"""Scores of surfaces whose distances are known."""

import math

import numpy as np
import pytest

from facewright.core.mesh import Mesh
from facewright.core.metrics import in_face, nearest_on_surface
from facewright.core.parts import PARTS
from facewright.train.baselines.linear import LinearModel, linear_pca, part_pca
from facewright.train.baselines.registered import RegisteredPca
from facewright.train.evaluation.bench import by_registration, with_correspondence
from facewright.train.evaluation.comparison import Sampled, TrueHead
from facewright.train.evaluation.scores import REGIONS, Scores
from tests.train.ball import RADIUS, TIP, ball, quarters


@pytest.fixture(scope="module")
def truth(few_points):
    mesh = ball(RADIUS, subdivisions=4)
    return TrueHead(mesh, quarters(mesh), TIP, np.random.default_rng(0))


def test_a_larger_ball_is_the_difference_of_the_radii_off_in_every_region(truth):
    larger = Mesh(truth.mesh.vertices * np.float32(1.05), truth.mesh.faces)
    for scores in truth.compare(larger, larger.vertices).regions.values():
        assert scores.p2s_mean_mm == pytest.approx(3.0, abs=0.05)
        assert scores.p2s_p95_mm == pytest.approx(3.0, abs=0.1)
        assert scores.vertex_mean_mm == pytest.approx(3.0, abs=0.01)
        assert scores.normal_consistency == pytest.approx(1.0, abs=0.01)
        assert scores.scd_mm > 3.0
        assert scores.f1mm == 0.0


def test_the_same_surface_scores_its_floor_and_no_exact_distance(truth):
    for region, scores in truth.compare(truth.mesh, truth.mesh.vertices).regions.items():
        assert scores.scd_mm == pytest.approx(scores.floor_scd_mm, rel=0.1), region
        assert scores.floor_scd_mm > 0.3
        assert scores.p2s_mean_mm == pytest.approx(0.0, abs=1e-4)
        assert scores.vertex_mean_mm == 0.0


def test_samples_stay_in_the_face_and_on_their_part():
    mesh = ball(150.0)
    sampled = Sampled(mesh, quarters(mesh) == 3, np.array([0.0, 0.0, 150.0]), 500, np.random.default_rng(1))
    assert len(sampled.points) == 500
    assert in_face(sampled.points, np.array([0.0, 0.0, 150.0])).all()
    assert (sampled.points[:, :2] > -6.0).all()


def test_means_are_over_heads():
    one, other = Scores(*[1.0] * 8), Scores(*[3.0] * 8)
    assert Scores.mean([one, other]) == Scores(*[2.0] * 8)
    assert Scores.mean([one, Scores.absent(), other]) == Scores(*[2.0] * 8, missing=1)
    assert math.isnan(Scores.mean([Scores.absent()]).scd_mm)


def test_deviations_are_a_samples_and_one_head_has_none():
    one, other = Scores(*[1.0] * 8), Scores(*[3.0] * 8)
    assert Scores.deviation([one, Scores.absent(), other]).scd_mm == pytest.approx(2.0**0.5)
    assert math.isnan(Scores.deviation([one, Scores.absent()]).scd_mm)


def test_a_reconstruction_without_a_part_is_counted_and_does_not_end_the_evaluation(truth):
    right = truth.mesh.faces[quarters(truth.mesh) == 0]
    scores = truth.compare(Mesh(truth.mesh.vertices, right), None).regions
    assert [region for region in REGIONS if not scores[region].missing] == ["full", REGIONS[1]]
    assert scores[REGIONS[1]].p2s_mean_mm == pytest.approx(0.0, abs=1e-4)
    far_off = Mesh(truth.mesh.vertices + np.float32(500.0), right)
    for nothing in (Mesh(truth.mesh.vertices, right[:0]), far_off):
        found = truth.compare(nothing, None)
        assert all(scores.missing for scores in (*found.regions.values(), *found.visible.values()))


def test_the_faces_parts_are_the_anatomys(heads):
    labels = heads.face_parts
    assert set(labels) == set(range(len(PARTS)))
    tip = heads.surface.points["prn"]
    around = (heads.surface.faces == tip).any(axis=1)
    assert (labels[around] == PARTS.index("nose")).all()


def test_a_linear_model_finds_its_own_heads_again(heads, few_points):
    everything = heads.vertices.reshape(-1, *heads.vertices.shape[2:])[::4]
    model = LinearModel(everything, [np.arange(everything.shape[1])], [len(everything) - 1])
    np.testing.assert_allclose(model.reconstruct(everything[1]), everything[1], atol=0.01)
    head = TrueHead(
        Mesh(everything[1], heads.surface.faces),
        heads.face_parts,
        everything[1][heads.surface.points["prn"]],
        np.random.default_rng(0),
    )
    made = with_correspondence(part_pca(heads), heads.surface.faces)(head.mesh.vertices)
    scores = head.compare(made.mesh, made.vertices).regions
    assert set(scores) == set(REGIONS)
    assert scores["nose"].vertex_mean_mm < 0.1


def test_a_linear_model_finds_its_own_heads_again_by_their_surface_alone(heads, monkeypatch):
    monkeypatch.setattr("facewright.train.baselines.registered._ROUNDS", 1)
    monkeypatch.setattr("facewright.train.anatomy.registration._REACH_MM", (10.0, 3.0, 1.0))
    surface, [first, *_] = heads.surface, heads.neutral
    model = RegisteredPca(linear_pca(heads), surface, heads.symmetric_mean)
    made = by_registration(model, surface)(first)
    assert made.vertices is None
    off, before = (
        nearest_on_surface(vertices, first, surface.faces).distance.mean()
        for vertices in (made.mesh.vertices, heads.symmetric_mean)
    )
    assert off < 0.3 * before


def test_the_template_is_its_own_mirror_image(heads):
    template = heads.symmetric_mean
    np.testing.assert_allclose(template[heads.surface.mirror] * [-1, 1, 1], template, atol=1e-4)
