"""Blendshapes over a head."""

import numpy as np

from facewright.core.production.blendshapes import blendshapes
from facewright.core.production.followers import bundled_followers
from facewright.core.production.skeleton import joints_of, skin_weights
from facewright.core.production.topology import bundled_topology


def test_the_neutral_head_has_the_topologys_own_shapes():
    topology = bundled_topology()
    followers = bundled_followers(topology)
    placed, frames = followers.follow(topology.neutral)
    found = blendshapes(topology, followers, placed.astype(np.float32), frames, ("jawOpen",))["jawOpen"]
    shape = topology.shapes["jawOpen"]
    assert np.abs(found[shape.vertices] - shape.mm).mean() < 0.05


def test_teeth_stay_with_their_jaws_joint():
    topology = bundled_topology()
    followers = bundled_followers(topology)
    placed, frames = followers.follow(topology.neutral)
    names = [joint.name for joint in joints_of(topology, followers, frames, placed)]
    weights = skin_weights(topology, followers)
    assert (weights[followers.lower_mouth, names.index("jaw")] > 0.99).all()
    assert (weights[followers.eye_left, names.index("eye_left")] == 1.0).all()
