"""A checkpoint knows the configuration and the heads that it was made of."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.train.data.heads import open_source
from facewright.train.run.identity import DataIdentity, config_hash
from tests.train.plain_head import folder_of
from tests.train.small_run import small_config


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    return open_source(folder_of(18, range(2), tmp_path_factory.mktemp("plain")))


def test_a_configuration_has_another_hash_if_anything_in_it_is_other():
    config = small_config("anny:")
    assert config_hash(config) == config_hash(small_config("anny:"))
    others = [replace(config, seed=7), replace(config, network=replace(config.network, width=8))]
    assert len({config_hash(each) for each in (config, *others)}) == 3


def test_the_same_heads_are_known_again_though_rounded_otherwise(heads):
    identity = DataIdentity.of(heads)
    rounded = replace(heads, vertices=heads.vertices + np.float32(0.003))
    other = DataIdentity.of(rounded)
    other.require(identity.facts, identity.centroids, identity.sums, "folder:x")
    assert other.hash != identity.hash
    assert DataIdentity.of(heads).hash == identity.hash


def test_a_checkpoint_that_tells_no_anatomy_is_not_asked_for_it(heads):
    identity = DataIdentity.of(heads)
    facts = {name: value for name, value in identity.facts.items() if name != "anatomy"}
    identity.require(facts, identity.centroids, None, "folder:x")


@pytest.mark.parametrize("change", ["component", "rims", "landmarks", "points"])
def test_another_anatomy_of_the_same_heads_is_refused(heads, change):
    identity, surface = DataIdentity.of(heads), heads.surface
    changed = {
        "component": np.where(np.arange(surface.vertex_count) == 5, 1, surface.component),
        "rims": (surface.rims[0][1:], *surface.rims[1:]),
        "landmarks": {**surface.landmarks, "nose": surface.landmarks["nose"][::-1]},
        "points": {**surface.points, "another": 7},
    }
    other = replace(heads, surface=replace(surface, **{change: changed[change]}))
    with pytest.raises(FacewrightError, match=r"gives 2 subjects .* vertices, with other parts, rims or landmarks:"):
        DataIdentity.of(other).require(identity.facts, identity.centroids, identity.sums, "folder:x")


def test_heads_of_which_some_vertices_moved_about_their_mean_are_refused(heads):
    identity, vertices = DataIdentity.of(heads), heads.vertices.copy()
    moved = np.flatnonzero(heads.surface.component == 0)
    shift = np.random.default_rng(0).normal(0.0, 0.3, (len(moved), 3)).astype(np.float32)
    vertices[0, 0, moved] += shift - shift.mean(axis=0)
    other = DataIdentity.of(replace(heads, vertices=vertices))
    np.testing.assert_allclose(other.centroids, identity.centroids, atol=1e-3)
    with pytest.raises(FacewrightError, match="other ones"):
        other.require(identity.facts, identity.centroids, identity.sums, "folder:x")


@pytest.mark.parametrize("change", ["moved", "subjects", "faces"])
def test_other_heads_are_refused_and_both_are_described(heads, change):
    identity = DataIdentity.of(heads)
    if change == "moved":
        other = replace(heads, vertices=heads.vertices + np.float32(0.5))
    elif change == "subjects":
        other = replace(heads, subjects=heads.subjects[:1], vertices=heads.vertices[:1])
    else:
        other = replace(heads, surface=replace(heads.surface, faces=heads.surface.faces[::-1].copy()))
    with pytest.raises(FacewrightError, match=r"started on 2 subjects × 2 expressions of .*folder:x now gives"):
        DataIdentity.of(other).require(identity.facts, identity.centroids, identity.sums, "folder:x")
