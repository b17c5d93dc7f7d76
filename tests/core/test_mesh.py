"""Meshes: closedness, components, OBJ files."""

import time

import numpy as np
import pytest
import trimesh

from core.errors import FacewrightError
from core.mesh import Mesh, write_obj


def mesh_of(surface):
    return Mesh(np.asarray(surface.vertices, dtype=np.float32), np.asarray(surface.faces, dtype=np.int32))


@pytest.fixture
def ball():
    return mesh_of(trimesh.creation.icosphere(subdivisions=3, radius=100.0))


@pytest.fixture
def ball_and_speck(ball):
    speck = mesh_of(trimesh.creation.box([2.0, 3.0, 4.0]))
    faces = np.concatenate([speck.faces, ball.faces + len(speck.vertices)])
    return Mesh(np.concatenate([speck.vertices, ball.vertices]), faces)


def test_a_ball_is_closed(ball):
    assert ball.watertight
    assert ball.component_count == 1
    assert ball.height_mm == pytest.approx(200.0)
    assert ball.largest_component() is ball


def test_a_hole_or_a_flipped_face_is_seen(ball):
    assert not Mesh(ball.vertices, ball.faces[1:]).watertight
    flipped = ball.faces.copy()
    flipped[0] = flipped[0, ::-1]
    assert not Mesh(ball.vertices, flipped).watertight


def test_the_largest_component_is_kept_as_it_was(ball, ball_and_speck):
    assert ball_and_speck.component_count == 2
    kept = ball_and_speck.largest_component()
    np.testing.assert_array_equal(kept.vertices, ball.vertices)
    np.testing.assert_array_equal(kept.faces, ball.faces)
    assert kept.faces.dtype == np.int32


def test_an_obj_file_reads_back(ball_and_speck, tmp_path):
    path = tmp_path / "head.obj"
    write_obj(ball_and_speck, path, ["Synthetic", "unit: mm"])
    assert path.read_text().startswith("# Synthetic\n# unit: mm\nv ")
    read = trimesh.load_mesh(path, process=False, maintain_order=True)
    np.testing.assert_allclose(read.vertices, ball_and_speck.vertices, atol=5.1e-5)
    np.testing.assert_array_equal(read.faces, ball_and_speck.faces)


def test_an_obj_file_of_100_000_vertices_is_quick(tmp_path):
    rng = np.random.default_rng(0)
    vertices = rng.uniform(-150.0, 150.0, (100_000, 3)).astype(np.float32)
    mesh = Mesh(vertices, rng.integers(0, 100_000, (200_000, 3), dtype=np.int32))
    start = time.perf_counter()
    write_obj(mesh, tmp_path / "head.obj")
    assert time.perf_counter() - start < 1.0  # 0.15 s where it was written; the rest is for a busy machine


def test_an_obj_file_that_cannot_be_written_says_so(ball, tmp_path):
    with pytest.raises(FacewrightError, match="there is no folder"):
        write_obj(ball, tmp_path / "missing" / "head.obj")
