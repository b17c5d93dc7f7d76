"""The implicit models that ours is compared with, as configurations of a training run of ours.

The heads, the loop, the time and the evaluation are the same for all of them; so are the losses, of which the paper's
model has weights of its own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal, get_args

from facewright.core.parts import CODES
from facewright.train.config import TrainConfig, preset_file

Method = Literal["ours", "paper", "paper-network", "face-landmarks", "imface", "deepsdf"]

METHODS: tuple[Method, ...] = get_args(Method)


def configured(method: Method, ours: TrainConfig) -> TrainConfig:
    """The training run of a method, where `ours` is the model's own.

    - ours: as it is.
    - paper: the model of Gu & Pears 2024 to the letter, as the preset has it: the network, random codes, the plain
      affine swap, no supervision of template or stages, its weights and learning rates.
    - paper-network: the paper's network trained as ours is: no windows, parts swapped by the plain affine map,
      HyperNets of a hidden layer alone; codes, supervision and weights are ours.
    - face-landmarks: ours on five landmarks for the whole face instead of five a part (their 4.5).
    - imface: ImFace (Zheng et al. 2022); an expression's and an identity's deformation, on landmarks of the face. No
      parts: one stage reads the codes of all. Its fields are wider, for as many products a point as ours.
    - deepsdf: DeepSDF (Park et al. 2019); nothing but a signed distance that reads all codes. No deformation, so no
      stage to supervise: after the template all its time goes into distances. Eight layers as there, half as wide.
    """
    network = ours.network
    papers = replace(network, windows=False, direct=False, hyper_width=2 * network.hyper_width)
    match method:
        case "ours":
            return ours
        case "paper":
            return replace(TrainConfig.load(preset_file("paper"), data=ours.data), **_given(ours))
        case "paper-network":
            return replace(ours, collar=False, network=papers)
        case "face-landmarks":
            return replace(ours, face_landmarks=True)
        case "imface":
            stages = (CODES[0], CODES[-1])
            width = round(network.width * math.sqrt(len(network.stages) / len(stages)))
            two = replace(papers, stages=stages, width=width)
            return replace(ours, face_landmarks=True, network=two)
        case "deepsdf":
            alone = replace(network, stages=(), windows=False, layers=8, sdf_width=256, sdf_omega=_DEEPSDF_OMEGA)
            return replace(ours, stage_share=0.0, end_sdf_learning_rate=_DEEPSDF_RATE, network=alone)


def _given(ours: TrainConfig) -> dict[str, Any]:
    """What a person who compares has said, and every method has: the same heads, time and place."""
    heads = ("also", "shares", "people", "subjects", "pool_heads", "pool_points")
    rest = ("minutes", "steps", "seed", "device", "checkpoint_seconds", "held_out_seconds")
    return {name: getattr(ours, name) for name in (*heads, *rest)}


_DEEPSDF_OMEGA = 20.0
"""ω₀ of DeepSDF's sines. At SDFNet's 60, eight layers that read codes fill the space between heads with surfaces."""

_DEEPSDF_RATE = 2e-4
"""Peak learning rate of DeepSDF's layers end to end: unlike SDFNet's they are all that learns there."""
