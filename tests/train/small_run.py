"""A run that is over in seconds and goes through every phase, on heads that are read once."""

from dataclasses import replace
from unittest.mock import patch

from facewright.core.network.config import NetworkConfig
from facewright.train.config import TrainConfig
from facewright.train.data.heads import open_source

SMALL = NetworkConfig(width=16, layers=3, hyper_width=16, blend_width=8, landmark_width=16, sdf_width=48)


def small_config(data, steps=60, **changes):
    """A configuration of some steps on three subjects."""
    config = TrainConfig(
        data=data,
        subjects=3,
        steps=steps,
        device="cpu",
        template_share=0.5,
        stage_share=0.3,
        heads=4,
        stage_points=32,
        surface_points=32,
        space_points=32,
        pool_heads=8,
        pool_points=300,
        sdf_learning_rate=2e-3,
        learning_rate=1e-3,
        held_out_seconds=0.0,
        network=SMALL,
    )
    return replace(config, **changes)


def reading_once(config):
    """A context in which processes that are forked find a run's heads read."""
    heads = open_source(config.data, "train", config.subjects)
    return patch("facewright.train.loop.training_heads", lambda *_: heads)
