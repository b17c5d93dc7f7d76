"""Drawing windows from the training heads: the network's, and those that a model without any is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.network.jet import Jet
from facewright.core.network.window import Window
from facewright.core.parts import LOCAL_PARTS
from facewright.train.sampling.registered import HeadBlend
from facewright.train.sampling.swap import apply_affine

if TYPE_CHECKING:
    from facewright.core.network.frame import Frame
    from facewright.core.network.network import Network
    from facewright.core.parts import CodeName
    from facewright.train.sampling.registered import RegisteredHeads

DEPTH_MARGIN_MM = 12.0
"""Room in front of and behind everything seen in training, for codes beyond it and for points off the surface."""

_HEADS = 200


def fit_windows(network: Network, heads: RegisteredHeads, frame: Frame) -> None:
    """Fit every window to its component on training heads carried to the template's graft site."""
    if not network.config.windows:
        return
    fitted = TemplateWindows(heads, frame)
    for part in LOCAL_PARTS:
        for window, own in zip(network.stage(part).windows, fitted.windows[part], strict=True):
            window.load_state_dict(own.state_dict())


class TemplateWindows:
    """The windows that the training heads give, where they lie on the template."""

    def __init__(self, heads: RegisteredHeads, frame: Frame) -> None:
        """Fit them; `windows` has one a component, in the network frame `frame`."""
        self._frame = frame
        head = heads.neutral(HeadBlend.single(heads.some_rows(_HEADS)))
        template = heads.template.expand_as(head)
        self.windows: dict[CodeName, list[Window]] = {part: [] for part in LOCAL_PARTS}
        for part in LOCAL_PARTS:
            for graft in heads.swap.grafts[part]:
                carry = graft.map(head, template)
                rim, inside, collar = (
                    frame.to_network(apply_affine(carry, head[:, vertices]).cpu().numpy())
                    for vertices in (graft.rim, graft.vertices, graft.collar)
                )
                window = Window()
                window.fit(rim, inside, collar, DEPTH_MARGIN_MM / frame.radius_mm)
                self.windows[part].append(window)

    @torch.inference_mode()
    def inside(self, part: CodeName, points: np.ndarray) -> np.ndarray:
        """Which of points (N, 3), mm, head frame, about the template lie in a part's window: (N,) bool."""
        at = Jet.points(torch.from_numpy(self._frame.to_network(points))[None], derivatives=False)
        weights = [window(at, torch.eye(3, 4)[None]).value[0, :, 0].numpy() for window in self.windows[part]]
        return np.any([weight > 0.0 for weight in weights], axis=0)
