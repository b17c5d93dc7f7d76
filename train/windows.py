"""Drawing the network's windows from the training heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from core.parts import LOCAL_PARTS
from core.window import Window
from train.registered import Blend
from train.swap import apply_affine

if TYPE_CHECKING:
    from core.head_model import Frame
    from core.network import Network
    from train.registered import RegisteredHeads

DEPTH_MARGIN_MM = 12.0
"""Room in front of and behind everything seen in training, for codes beyond it and for points off the surface."""

_HEADS = 200


def fit_windows(network: Network, heads: RegisteredHeads, frame: Frame) -> None:
    """Fit every window to its component on training heads carried to the template's graft site."""
    if not network.config.windows:
        return
    head = heads.neutral(Blend.single(torch.arange(min(_HEADS, heads.subject_rows), device=heads.device)))
    template = heads.template.expand_as(head)
    for part in LOCAL_PARTS:
        for window, graft in zip(network.stage(part).windows, heads.swap.grafts[part], strict=True):
            assert isinstance(window, Window)
            carry = graft.map(head, template)
            rim, inside, collar = (
                frame.to_network(apply_affine(carry, head[:, vertices]).cpu().numpy())
                for vertices in (graft.rim, graft.vertices, graft.collar)
            )
            window.fit(rim, inside, collar, DEPTH_MARGIN_MM / frame.radius_mm)
