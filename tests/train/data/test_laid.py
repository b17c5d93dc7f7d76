"""How one source lies on another: a linear map, distances of surfaces, and words and colours for them."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy import sparse

from facewright.core.parts import PARTS
from facewright.train.data.carried import Carrier, Distances, laid_distances
from facewright.train.data.contact_sheet import COLUMNS, PART_COLOURS, contact_sheet, part_colours, stacked
from facewright.train.data.heads import open_source
from facewright.train.data.laid import Laid
from facewright.train.evaluation.picture import png
from tests.train.plain_head import folder_of


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    return open_source(folder_of(18, range(2), tmp_path_factory.mktemp("plain")))


def test_heads_are_carried_one_by_one_as_the_matrix_says():
    rng = np.random.default_rng(0)
    points = sparse.csr_array(rng.random((4, 6)) * (rng.random((4, 6)) < 0.5))
    carrier, vertices = Carrier(points, np.array([2])), rng.standard_normal((2, 3, 6, 3)).astype(np.float32)
    carried = carrier(vertices)
    assert carried.dtype == np.float32
    np.testing.assert_allclose(carried, np.einsum("vw,sewc->sevc", points.toarray(), vertices), atol=1e-5)
    assert carrier.share_free == 0.25


def ball(radius, subdivisions):
    mesh = trimesh.creation.icosphere(subdivisions, radius)
    faces = np.asarray(mesh.faces)
    surface = SimpleNamespace(faces=faces, openings=(), vertex_count=len(mesh.vertices))
    head: Any = SimpleNamespace(surface=surface, face_parts=np.arange(len(faces)) % len(PARTS))
    return head, np.asarray(mesh.vertices)[None]


def test_balls_lie_the_difference_of_their_radii_apart_on_every_part():
    (source, here), (own, there) = ball(60.0, 4), ball(61.0, 5)
    found = laid_distances(source, here, own, there)
    assert [*found] == [*PARTS]
    for distance in found.values():
        assert distance.mean_mm == pytest.approx(1.05, abs=0.1)
        assert distance.p95_mm < 1.25


def test_what_is_said_of_two_sources_is_what_was_measured():
    distances = {"nose": Distances(0.25, 0.75), "mouth": Distances(1.0, 2.0)}
    carrier = Carrier(sparse.csr_array(np.eye(8)), np.array([1]))
    onto: Any = SimpleNamespace(name="one")
    source: Any = SimpleNamespace(name="other")
    laid = Laid(onto, source, carrier, distances)
    assert laid.text() == (
        "other on one, distance in mm: nose 0.25 (p95 0.75), mouth 1.00 (p95 2.00); 12.5 % of the vertices have no "
        "counterpart and are a film."
    )
    assert laid.record()["distance_mm"]["nose"] == {"mean_mm": 0.25, "p95_mm": 0.75}
    assert laid.record()["without_counterpart"] == 0.125


def test_parts_are_painted_in_their_colours(heads):
    colours = part_colours(heads)
    for index, component in enumerate(heads.anatomy.components):
        inner = np.setdiff1d(np.flatnonzero(heads.surface.component == index), heads.surface.rims[index])
        assert len(inner)
        np.testing.assert_allclose(colours[inner], np.broadcast_to(PART_COLOURS[component.part], (len(inner), 3)))


def test_a_sheet_has_a_row_of_subjects_and_one_of_expressions_and_marks_some(heads):
    plain, marked = (
        np.asarray(Image.open(BytesIO(contact_sheet(heads, some))).convert("RGB")).astype(int)
        for some in ((), heads.subjects[1:])
    )
    assert plain.shape == marked.shape
    height, width = plain.shape[0] // 2, plain.shape[1] // COLUMNS
    red = (marked[..., 0] > 150) & (marked[..., 1:] < 80).all(axis=-1)
    assert red[:height, 2 * width : 3 * width].any()  # the marked subject comes first, after the mean twice
    assert not red[:, : 2 * width].any()
    assert not red[height:].any()


def test_pictures_are_put_one_above_the_other_on_white():
    pictures = [png(np.full(shape, 7, np.uint8)) for shape in ((3, 5, 3), (2, 4, 3))]
    both = np.asarray(Image.open(BytesIO(stacked(pictures))))
    assert both.shape == (5, 5, 3)
    assert (both[3:, 4] == 255).all()
    assert (both[:3] == 7).all()
    assert (both[3:, :4] == 7).all()
