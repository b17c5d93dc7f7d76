"""The image of a production mesh's face."""

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.exchange.painted_skin import SIZE, painted_skin
from facewright.core.production.complexion import TONES
from facewright.core.production.topology import bundled_topology


def test_lips_and_brows_are_where_the_topology_has_them():
    topology, tone = bundled_topology(), TONES["tan"]
    pixels, neutral, points = painted_skin(tone), topology.neutral, bundled_anatomy(topology.name).points
    own = topology.polygons_of("skin")
    first, place = np.unique(topology.polygons[own], return_index=True)
    uv = dict(zip(first.tolist(), topology.uv_polygons[own].ravel()[place].tolist(), strict=True))

    def colour(at: np.ndarray) -> np.ndarray:
        """That of the vertex of the face that is nearest to a place."""
        vertices = first[first >= 0]
        vertex = int(vertices[np.linalg.norm(neutral[vertices] - at, axis=1).argmin()])
        across, up = SIZE * (topology.uv[uv[vertex]] % 1.0)
        return pixels[SIZE - 1 - int(up), int(across)] / 255.0

    cheek, chin = colour(np.array([40.0, 0.0, 90.0])), colour(neutral[points["pg"]])
    np.testing.assert_allclose([cheek, chin], [tone.skin, tone.skin], atol=2e-3)
    lips = [colour(neutral[points["ls"]] - [0.0, 6.0, 0.0]), colour(neutral[points["li"]] + [0.0, 4.0, 0.0])]
    brows = [colour(neutral[points[f"sci_{side}"]] - [0.0, 1.0, 0.0]) for side in "lr"]
    for found, paint in ((lips, tone.lips), (brows, tone.brows)):
        for each in found:
            assert np.linalg.norm(each - paint) < 0.7 * np.linalg.norm(cheek - paint)


def test_an_image_is_as_wide_as_high_and_of_more_than_one_colour_only_where_the_face_is_painted():
    pixels = painted_skin(TONES["dark"])
    assert pixels.shape == (SIZE, SIZE, 3)
    plain = (pixels == np.rint(255.0 * np.asarray(TONES["dark"].skin))).all(axis=2)
    assert 0.85 < plain.mean() < 0.99
