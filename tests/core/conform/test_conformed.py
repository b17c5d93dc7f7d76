"""A mesh bound to the production mesh, and heads on it: against the production mesh itself, of which it is a part."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.conform import binding, conformed
from facewright.core.conform.binding import PIECES, bind
from facewright.core.conform.conformed import conform, conformed_head
from facewright.core.conform.placement import Placement
from facewright.core.conform.studio_mesh import Layout, StudioMesh
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.parameters import Parameters, random_head
from facewright.core.production.followers import bundled_followers
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import turned_over
from facewright.core.reading.surface import Reading
from facewright.core.reading.surface_file import read_surface
from tests.core.conform.quad import quad_topology
from tests.core.people import people

MORPHS = ("jawOpen", "eyeLookUpLeft")


@pytest.fixture(scope="module")
def model():
    return people()


@pytest.fixture(scope="module")
def kept():
    """The vertices of the production mesh that the studio's mesh has, in an order of its own."""
    vertices = bundled_topology().vertices_of("skin", "sclera", "cornea", "teeth")
    return np.random.default_rng(0).permutation(vertices)


@pytest.fixture(scope="module")
def studio(model, kept):
    """Its mesh, of one head."""
    topology = bundled_topology()
    place_of = np.full(len(topology.neutral) + 1, -1)
    place_of[kept] = np.arange(len(kept))
    polygons = place_of[topology.polygons[topology.polygons_of("skin", "sclera", "cornea", "teeth")]].astype(np.int32)
    none, all_of_one = np.empty((0, 4), np.int32), np.zeros(len(polygons), np.int32)
    layout = Layout(
        polygons, none[:, :2].astype(np.float32), none[:, 0], none, ("head",), all_of_one, ("wax",), all_of_one
    )
    vertices = production_mesh(model, random_head(model.components, 1)).vertices[kept].astype(np.float64)
    return StudioMesh("studio", vertices, layout)


@pytest.fixture(scope="module")
def topology(model, studio):
    """It conformed, its head taken for another one near by."""
    like = random_head(model.components, 1).with_value("nose", 0, 0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conformed, "place", lambda *given: Placement(studio.vertices, like))
        patch.setattr(binding, "_REACH_MM", (14.0, 3.5, 1.0))  # which takes a second, not three
        return conform(model, studio)


@pytest.fixture(scope="module")
def another(model, topology):
    """Another head on it, and on the production mesh."""
    head = random_head(model.components, 3)
    return conformed_head(model, head, topology, morphs=MORPHS), production_mesh(model, head, morphs=MORPHS)


def test_another_head_is_where_the_production_mesh_has_it(kept, another):
    own, made = another
    away = np.linalg.norm(own.vertices - made.vertices[kept], axis=1)
    assert np.percentile(away, 90) < 1.5
    for name in ("teeth", "sclera"):
        assert away[np.isin(kept, made.topology.vertices_of(name))].max() < 3.0


def test_its_skin_is_on_the_heads_surface_and_faces_outwards(model, topology, kept, another):
    own, made = another
    off = np.abs(model.field(random_head(model.components, 3)).distance(own.vertices))
    assert np.percentile(off[made.topology.on_surface[kept]], 90) < 0.02
    assert turned_over(own.vertices, topology.rest, topology.layout.polygons).mean() < 1e-3


def test_morphs_weights_and_joints_are_the_production_meshs(kept, another):
    own, made = another
    for name, moved in own.morphs.items():
        assert np.percentile(np.linalg.norm(moved - made.morphs[name][kept], axis=1), 95) < 0.5, name
    np.testing.assert_allclose(own.weights.sum(axis=1), 1.0, atol=1e-5)
    assert np.abs(own.weights - made.weights[kept]).mean() < 0.01
    assert [joint.name for joint in own.joints] == [joint.name for joint in made.joints]


def test_eyes_and_teeth_are_pieces_and_skin_is_none(kept, topology):
    rigid = bundled_followers(bundled_topology()).rigid
    for number, name in enumerate(PIECES):
        np.testing.assert_array_equal(np.isin(kept, rigid[name]), topology.binding.piece == number)


def test_frames_of_the_neutral_head_are_none_at_all():
    followers = bundled_followers(bundled_topology())
    frames = followers.frames_in(followers.topology.neutral)
    for name in PIECES:
        np.testing.assert_allclose(getattr(frames, name).rotation, np.eye(3), atol=1e-6)


def test_a_quad_is_exported_with_its_uvs_and_material(model, tmp_path):
    path = tmp_path / "quad.obj"
    export_head(
        model, random_head(model.components, 1), path, ExportSettings(topology="conformed", conformed=quad_topology())
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("f ")] == ["f 1/1/1 2/2/2 3/3/3 4/4/4"]
    assert sum(line.startswith("vt ") for line in lines) == 4
    assert "usemtl wax" in lines


@pytest.mark.parametrize("suffix", ["ply", "glb", "obj"])
def test_vertices_keep_their_colours_in_every_format(model, tmp_path, suffix):
    plain, path = quad_topology(), tmp_path / f"quad.{suffix}"
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]], np.uint8)
    for own in (colours, colours[:0]):
        topology = replace(plain, layout=replace(plain.layout, colours=own))
        export_head(model, Parameters(), path, ExportSettings(topology="conformed", conformed=topology))
        read = read_surface(path, Reading(with_images=False)).colours
        if len(own):
            np.testing.assert_array_equal(read, own)
        else:
            assert read is None


def test_a_topology_of_ones_own_is_needed_where_it_is_asked_for():
    with pytest.raises(FacewrightError, match="conform a mesh"):
        ExportSettings(topology="conformed")


def test_binding_can_be_cancelled(model, studio):
    def stop():
        raise Cancelled

    topology = bundled_topology()
    with pytest.raises(Cancelled):
        bind(studio.vertices, studio.layout.triangles, topology.neutral, bundled_followers(topology), stop)


def test_eyeballs_of_a_mesh_tell_where_they_are_and_lids_where_it_has_none():
    followers = bundled_followers(bundled_topology())
    neutral = followers.topology.neutral.astype(np.float64)
    frames, piece = followers.frames_in(neutral), np.full(len(neutral), -1)
    for ball, rest in zip(binding._eyeballs(followers, frames, neutral, piece), followers.lids.spheres, strict=True):
        np.testing.assert_allclose(ball.centre, rest.centre, atol=1e-4)
    sclera, shift = bundled_topology().vertices_of("sclera"), np.array([0.5, -3.0, 1.0])
    piece[sclera] = np.where(neutral[sclera, 0] > 0.0, PIECES.index("eye_left"), PIECES.index("eye_right"))
    before, after = (binding._eyeballs(followers, frames, neutral + way, piece) for way in (0.0 * shift, shift))
    for ball, moved, rest in zip(before, after, followers.lids.spheres, strict=True):
        np.testing.assert_allclose(ball.centre, rest.centre, atol=1.5)
        np.testing.assert_allclose(moved.centre, ball.centre + shift, atol=0.3)
