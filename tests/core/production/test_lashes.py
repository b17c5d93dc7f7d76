"""Hairs of the lashes."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.exchange.production_look import production_look
from facewright.core.metrics import nearest_on_surface
from facewright.core.production.followers import bundled_followers
from facewright.core.production.lashes import hairs, ribbons
from facewright.core.production.topology import bundled_topology


@pytest.fixture(scope="module")
def topology():
    return bundled_topology()


def test_hairs_lie_on_the_cards_and_grow_from_the_lids(topology):
    hair = ribbons(topology)
    corners = hair.middles @ topology.neutral
    cards = topology.polygons[topology.polygons_of("lashes")]
    triangles = np.concatenate([cards[:, :3], cards[:, [0, 2, 3]]])
    off = nearest_on_surface(corners, topology.neutral, triangles).distance
    assert np.percentile(off, 95) < 0.01
    assert off.max() < 1.0  # the outermost hairs lean over the card's end, in its plane
    away = cKDTree(topology.neutral[np.concatenate(bundled_followers(topology).lids.margins)]).query(corners)[0]
    roots, tips = away[0::4], away[3::4]
    assert len(roots) == len(tips) == len(hairs())
    assert roots.max() < 4.0
    assert (tips > roots).mean() > 0.98
    half = np.linalg.norm(hair.edges @ topology.neutral - corners, axis=1).reshape(-1, 4)
    assert (np.diff(half.mean(axis=0)) < 0.0).all()
    assert 0.05 < half[:, 0].mean() < 0.2  # half of a quarter of a millimetre
    assert hair.faces.max() == 3 * len(corners) - 1


def test_both_eyes_have_as_many_and_upper_lids_have_more(topology):
    columns = np.array([hair.column for hair in hairs()])
    upper = np.array([hair.row < 3 for hair in hairs()])
    assert (columns == 0).sum() == (columns == 1).sum()
    assert upper.sum() > 1.5 * (~upper).sum()
    ends = np.array([hair.end for hair in hairs()])
    assert ends[upper].mean() > ends[~upper].mean() + 0.2


def test_the_image_is_clear_but_for_hairs_and_opaque_at_their_roots():
    from io import BytesIO

    from PIL import Image

    look = production_look()["lashes"]
    assert look.image
    with Image.open(BytesIO(look.image)) as image:
        opacity = np.asarray(image)[..., 3] / 255.0
    assert 0.02 < opacity.mean() < 0.15
    side = len(opacity)
    for hair in hairs()[::37]:
        y = int((hair.row + 0.1) * side / 6)
        x = int((hair.column + hair.across(np.array(0.1 / hair.end))) * side / 2)
        assert opacity[y, x - 1 : x + 2].max() > 0.8
