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
    other.require(identity.facts, identity.centroids, "folder:x")
    assert other.hash != identity.hash
    assert DataIdentity.of(heads).hash == identity.hash


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
        DataIdentity.of(other).require(identity.facts, identity.centroids, "folder:x")
