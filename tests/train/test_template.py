"""The template mesh of a tiny model, and the command that makes one."""

import dataclasses
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import trimesh
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from facewright.core.errors import FacewrightError
from facewright.core.model import model_file
from facewright.core.parts import PARTS
from facewright.train.command_line import main
from facewright.train.template import template_mesh
from tests.core.tiny_model import BALL, FRAME, tiny_model, tiny_model_with_template

if TYPE_CHECKING:
    from facewright.train.data.heads import HeadSet

MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


def ball_heads(name="Balls"):
    """What `template_mesh` reads of training heads: a ball with the tiny model's parts, and three landmarks."""
    centred = tiny_model_with_template().template
    assert centred is not None
    positions = centred.vertices - np.array([FRAME.centre_mm[0], 0.0, 0.0], np.float32)
    points = {"prn": int(positions[:, 2].argmax())}
    points["ex_l"] = int(np.linalg.norm(positions - [60.0, 50.0, 60.0], axis=1).argmin())
    points["ex_r"] = int(cKDTree(positions).query(positions[points["ex_l"]] * MIRROR)[1])
    surface = SimpleNamespace(points=points, faces=centred.faces)
    return SimpleNamespace(name=name, symmetric_mean=positions, surface=surface, face_parts=centred.part.astype(int))


@pytest.fixture(scope="module")
def heads():
    return ball_heads()


@pytest.fixture(scope="module")
def mesh(heads):
    return template_mesh(tiny_model(), heads, coarseness=3.0)


def test_it_is_closed_and_its_own_mirror_image(mesh):
    surface = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert surface.is_watertight
    assert surface.euler_number == 2
    assert surface.volume > 0.0
    np.testing.assert_array_equal(mesh.vertices[mesh.mirror] * MIRROR, mesh.vertices)
    turned = {frozenset(face) for face in mesh.mirror[mesh.faces].tolist()}
    assert turned == {frozenset(face) for face in mesh.faces.tolist()}


def test_it_lies_on_the_template_and_is_denser_on_the_parts(mesh):
    centre = np.array(FRAME.centre_mm)
    radius = np.linalg.norm(mesh.vertices - centre, axis=1)
    assert np.abs(radius - BALL * FRAME.radius_mm).mean() < 2.0
    areas = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).area_faces
    assert np.median(areas[mesh.part == PARTS.index("nose")]) < 0.35 * np.median(
        areas[mesh.part == PARTS.index("remainder")]
    )
    assert set(mesh.part) == set(range(len(PARTS)))


def test_landmarks_are_vertices_and_paired(mesh, heads):
    for name, vertex in mesh.landmarks.items():
        place = heads.symmetric_mean[heads.surface.points[name]]
        assert np.linalg.norm(mesh.vertices[vertex] - place) < 4.0
    assert mesh.vertices[mesh.landmarks["prn"], 0] == 0.0
    assert mesh.mirror[mesh.landmarks["ex_l"]] == mesh.landmarks["ex_r"]


def test_no_two_faces_share_a_place_in_the_uvs(mesh):
    assert mesh.uv.min() >= 0.0
    assert mesh.uv.max() <= 1.0
    a, b, c = mesh.uv[mesh.uv_faces].transpose(1, 0, 2).astype(np.float64)
    area = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    count = len(mesh.uv)
    sides = (mesh.uv_faces.ravel(), np.roll(mesh.uv_faces, 1, axis=1).ravel())
    links = coo_array((np.ones(len(sides[0])), sides), (count, count))
    chart = connected_components(links)[1][mesh.uv_faces[:, 0]]
    turned = np.bincount(chart, area < 0.0) / np.bincount(chart)
    assert np.minimum(turned, 1.0 - turned)[chart].mean() < 0.001  # a chart lies as a whole on one side or the other
    assert 0.3 < np.abs(area).sum() < 1.0


def test_the_command_writes_it_into_the_model(tmp_path, mesh, heads, capsys, monkeypatch):
    path = tmp_path / "tiny.safetensors"
    model = dataclasses.replace(tiny_model(), metadata={"unit": "mm", "data": "Balls"})
    model_file.save(model, path)
    monkeypatch.setattr("facewright.train.template.open_sources", lambda *_: heads)
    monkeypatch.setattr("facewright.train.command_line.template_mesh", lambda model, heads: mesh)
    monkeypatch.setattr(sys, "argv", ["facewright-train", "template", str(path), "--data", "ict:somewhere"])
    assert main() == 0
    assert str(len(mesh.vertices)) in capsys.readouterr().out
    written = model_file.load(path).template
    assert written is not None
    np.testing.assert_array_equal(written.vertices, mesh.vertices)
    np.testing.assert_array_equal(written.uv_faces, mesh.uv_faces)
    assert dict(written.landmarks) == dict(mesh.landmarks)


def test_another_data_set_is_refused(tmp_path, capsys, monkeypatch):
    path = tmp_path / "tiny.safetensors"
    model_file.save(tiny_model(), path)
    monkeypatch.setattr("facewright.train.template.open_sources", lambda *_: ball_heads("Others"))
    monkeypatch.setattr(sys, "argv", ["facewright-train", "template", str(path), "--data", "ict:somewhere"])
    assert main() == 1
    assert "not Others" in capsys.readouterr().err


def test_a_surface_that_is_much_larger_than_the_heads_is_no_heads():
    small = ball_heads()
    small.symmetric_mean *= np.float32(0.4)
    with pytest.raises(FacewrightError, match="has not learnt a head's surface"):
        template_mesh(tiny_model(), cast("HeadSet", small), coarseness=3.0)
