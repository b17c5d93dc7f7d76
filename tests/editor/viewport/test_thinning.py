"""Fewer triangles while a hand moves: no hole opens, what moves keeps its own, and what stays looks the same."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray

from facewright.core.mesh import Mesh
from facewright.core.normals import vertex_normals
from facewright.core.surface.extraction import extract
from facewright.core.surface.patched_mesh import Surface
from facewright.editor.viewport.buffers import Rows, Triangles
from facewright.editor.viewport.pace import DrawingPace, draws_in_software
from facewright.editor.viewport.thinning import Thinner, thinned

RADIUS_MM = 40.0


@pytest.fixture(scope="module")
def ball() -> Mesh:
    """A ball with a narrow cleft, as between lips."""

    def distance(points: np.ndarray) -> np.ndarray:
        cleft = np.maximum(np.abs(points[:, 1]) - 1.5, 20.0 - points[:, 2])
        return np.maximum(np.linalg.norm(points, axis=1) - RADIUS_MM, -cleft).astype(np.float32)

    return extract(distance, np.array([[-50.0] * 3, [50.0] * 3]), 1.5)


def surface(mesh: Mesh, kept: int = 0, base: int = 1) -> Surface:
    """The mesh with what lies left of `kept` (a share of its vertices) first, as a drag of the right side has it."""
    order = np.argsort(mesh.vertices[:, 0], kind="stable")
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order))
    faces = number[mesh.faces]
    still = (faces < kept).any(axis=1)
    sorted_ = Mesh(mesh.vertices[order], np.concatenate([faces[still], faces[~still]]))
    inner = min(kept, int(faces[~still].min(initial=len(order))))
    return Surface(sorted_, vertex_normals(sorted_.vertices, sorted_.faces), base, inner, int(still.sum()))


def open_edges(faces: np.ndarray) -> int:
    """Edges that an odd number of triangles has: where there is one, there is a hole."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return int((np.unique(edges, axis=0, return_counts=True)[1] % 2).sum())


@pytest.mark.parametrize("limit", [2_000, 6_000, 15_000])
def test_a_thinned_surface_has_no_hole_and_is_where_the_whole_one_is(ball: Mesh, limit: int) -> None:
    faces = Thinner().thin(surface(ball), limit).faces
    assert open_edges(faces) == 0
    assert 100 < len(faces) < len(ball.faces)
    middles = surface(ball).mesh.vertices[faces].mean(axis=1)
    front = (np.linalg.norm(middles, axis=1) > RADIUS_MM - 6.0) | (middles[:, 2] > 12.0)
    assert front.all()


def test_a_limit_is_kept_where_the_surface_is_flat_enough() -> None:
    ball = extract(
        lambda p: (np.linalg.norm(p, axis=1) - RADIUS_MM).astype(np.float32), np.array([[-50.0] * 3, [50.0] * 3]), 1.0
    )
    for limit in (4_000, 10_000, 20_000):
        assert len(Thinner().thin(surface(ball), limit).faces) <= 1.2 * limit


def test_the_moving_part_keeps_its_triangles_and_the_rest_stays_as_it_is(ball: Mesh) -> None:
    kept, thinner = int(0.9 * len(ball.vertices)), Thinner()
    first = surface(ball, kept)
    moved = Mesh(first.mesh.vertices.copy(), first.mesh.faces)
    moved.vertices[first.kept_vertices :] += 0.3
    second = Surface(moved, first.normals, first.base, first.kept_vertices, first.kept_faces)
    thin = [thinner.thin(each, len(ball.faces) // 2) for each in (first, second)]
    own = first.mesh.faces[first.kept_faces :]
    assert all(np.array_equal(each.faces[each.same :], own) for each in thin)
    assert thin[0].same < first.kept_faces
    np.testing.assert_array_equal(thin[0].faces, thin[1].faces)
    assert thin[0].series == thin[1].series
    assert open_edges(thin[0].faces) == 0


def test_a_part_with_too_many_triangles_is_thinned_too_and_still_fits_the_rest(ball: Mesh) -> None:
    moving = surface(ball, len(ball.vertices) // 3)
    thin = Thinner().thin(moving, 4_000).faces
    assert len(thin) < len(ball.faces) - moving.kept_faces
    assert open_edges(thin) == 0


def test_a_surface_that_lies_still_is_thinned_once(ball: Mesh) -> None:
    still, thinner = surface(ball), Thinner()
    first = thinner.thin(still, 6_000).faces
    assert thinner.thin(still, 5_500).faces is first  # as the pace of drawing varies
    assert len(thinner.thin(still, 1_500).faces) < len(first)
    moved = Surface(Mesh(still.mesh.vertices[:, [2, 1, 0]], still.mesh.faces[:, ::-1]), still.normals[:, [2, 1, 0]])
    assert not np.array_equal(thinner.thin(moved, 1_500).faces, first)


def test_what_is_fixed_stays(ball: Mesh) -> None:
    mesh = surface(ball).mesh
    normals = vertex_normals(mesh.vertices, mesh.faces)
    np.testing.assert_array_equal(thinned(mesh.vertices, normals, mesh.faces, slice(0, 0), 6.0), mesh.faces)


def test_rows_hold_what_was_written_last_and_say_whether_it_is_new() -> None:

    rng, rows = np.random.default_rng(0), Rows(vtkFloatArray, 3)
    still = rng.random((50, 3), np.float32)
    for count in (60, 90, 70, 300, 50):
        values = np.concatenate([still, rng.random((count - 50, 3), np.float32)])
        assert rows.write(values, 50, "one")
        np.testing.assert_array_equal(vtk_to_numpy(rows.array), values)
        assert not rows.write(values, 50, "one")
    other = rng.random((60, 3), np.float32)
    assert rows.write(other, 50, "another")
    np.testing.assert_array_equal(vtk_to_numpy(rows.array), other)


def test_triangles_are_counted_as_they_come_and_go() -> None:
    triangles = Triangles()
    for count in (10, 4, 40):
        triangles.write(np.arange(3 * count, dtype=np.int32).reshape(-1, 3))
        assert triangles.cells.GetNumberOfCells() == count


def test_the_pace_finds_what_a_picture_and_its_triangles_cost() -> None:
    pace = DrawingPace()
    assert pace.triangles is None
    for triangles in (200_000, 50_000, 90_000):
        pace.note_picture(triangles, 0.012 + 0.2e-6 * triangles)
    assert pace.triangles == pytest.approx((0.05 - 0.012) / 0.2e-6, rel=0.01)
    for _ in range(100):
        pace.note_surface(0.010)
    assert pace.triangles == pytest.approx((0.04 - 0.012) / 0.2e-6, rel=0.01)


def test_a_pace_that_saw_one_size_alone_comes_to_the_time_by_and_by() -> None:
    pace, triangles = DrawingPace(), 400_000
    for _ in range(12):
        pace.note_picture(triangles, 0.020 + 0.5e-6 * triangles)
        assert pace.triangles is not None
        triangles = pace.triangles
    assert 0.020 + 0.5e-6 * triangles == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize(
    ("name", "software"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", True),
        ("softpipe", True),
        ("Software Rasterizer", True),
        ("Apple Software Renderer", True),
        ("D3D12 (Microsoft Basic Render Driver)", True),
        ("NVIDIA H100/PCIe/SSE2", False),
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", False),
        ("AMD Radeon RX 6600 (navi23, LLVM 15.0.7)", False),
        ("Apple M2", False),
    ],
)
def test_a_renderer_that_is_a_program_is_known_by_its_name(name: str, software: bool) -> None:
    report = f"OpenGL vendor string:  Mesa\nOpenGL renderer string:  {name}\nOpenGL extensions:\n  GL_software_thing"
    assert draws_in_software(report) == software
