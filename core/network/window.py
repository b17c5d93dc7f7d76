"""Windows: where in space a part's stage may move anything (beyond the paper; it has none).

A window is 1 on its part and falls to exactly 0 at the end of the part's collar. It is drawn once, on the
template, about a plane through the part's rim: a closed curve r(θ) in that plane, extruded along its normal
between a back and a front. A head's own window is the template's carried to the graft site by an affine map,
which the network predicts from the remainder's code alone, so that a part's own code cannot move it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from facewright.core.network.jet import Jet
from facewright.core.network.window_weight import HARMONICS, WindowShape, weighed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_ROUNDING = 1.001
"""Lengths are taken so much longer where a point beyond them must be outside for certain."""


class Window(nn.Module):
    """The window of one component (the nose, one eye, the mouth) on the template; all lengths in network units.

    Buffers: to_plane (3, 4), the rigid map from the template to the window's own frame (x, y in the rim's
    plane, z along its normal); outline (1 + 2·HARMONICS,), the Fourier series of r(θ) as a₀, then a₁…, then
    b₁…; extent (3,), the width over which it fades, the back and the front.
    """

    to_plane: Tensor
    outline: Tensor
    extent: Tensor

    def __init__(self) -> None:
        """An empty window; `fit` or a state dict fills it."""
        super().__init__()
        self.register_buffer("to_plane", torch.tensor(np.eye(3, 4, dtype=np.float32)))
        self.register_buffer("outline", torch.zeros(1 + 2 * HARMONICS))
        self.register_buffer("extent", torch.tensor([1.0, -1.0, 1.0]))
        self._shaped: tuple[object, WindowShape] | None = None

    def fit(self, rim: np.ndarray, inside: np.ndarray, collar: np.ndarray, depth_margin: float) -> None:
        """Draw the window about a component of the template.

        rim (…, 3), inside (…, 3), collar (…, 3) : points of the component's rim, of the whole component and
        of its collar, from as many heads as are at hand, each carried to the template; network units.
        The outline passes outside the rims, the fade ends where the collar ends, and back and front leave
        `depth_margin` to what was seen.
        """
        rim, inside, collar = (np.asarray(p, dtype=np.float64).reshape(-1, 3) for p in (rim, inside, collar))
        centre = rim.mean(axis=0)
        normal = np.linalg.svd(rim - centre, full_matrices=False)[2][2]
        normal *= np.sign(normal[2])
        across = np.cross([0.0, 1.0, 0.0], normal)
        across /= np.linalg.norm(across)
        axes = np.stack([across, np.cross(normal, across), normal])
        self.to_plane.copy_(torch.from_numpy(np.column_stack([axes, -axes @ centre])))

        flat = (rim - centre) @ axes.T
        radius = np.hypot(flat[:, 0], flat[:, 1])
        waves = _harmonics(flat[:, :2] / radius[:, None])
        outline = np.linalg.lstsq(waves, radius, rcond=None)[0]
        outline[0] += np.quantile(radius - waves @ outline, 0.95)
        self.outline.copy_(torch.from_numpy(outline))

        beyond = (collar - centre) @ axes.T
        distance = np.hypot(beyond[:, 0], beyond[:, 1])
        fade = np.quantile(distance - _harmonics(beyond[:, :2] / distance[:, None]) @ outline, 0.98)
        heights = np.concatenate([(inside - centre) @ axes[2], beyond[:, 2]])
        self.extent.copy_(torch.tensor([fade, heights.min() - depth_margin, heights.max() + depth_margin]))

    def forward(self, points: Jet, to_template: Tensor) -> Jet:
        """Weight at points of heads, network frame; to_template (B, 3, 4) carries each head to the template."""
        return weighed(self._local(points, to_template), self.shape().alone())

    def reaches(self, points: Jet, to_template: Tensor) -> Tensor:
        """Where the weight may be more than 0, (B, N) bool: within a cylinder that holds the whole window."""
        local = self._local(points, to_template).value
        radius, back, front = self._cylinder()
        beside = local[..., 0] ** 2 + local[..., 1] ** 2 < (_ROUNDING * radius) ** 2
        return beside & ((local[..., 2] - (back + front) / 2).abs() < _ROUNDING * (front - back) / 2)

    def cylinder(self) -> tuple[float, float, float]:
        """Radius, back and front of a cylinder about the z axis of the window's own frame that holds all of it."""
        radius, back, front = self._cylinder()
        return float(radius), float(back), float(front)

    def _cylinder(self) -> tuple[Tensor, Tensor, Tensor]:
        fade, back, front = self.extent
        waves = torch.hypot(self.outline[1 : 1 + HARMONICS], self.outline[1 + HARMONICS :])
        return self.outline[0] + waves.sum() + fade, back - fade, front + fade

    def shape(self) -> WindowShape:
        """The outline and the extent as the weight reads them: made anew only where one of them is another."""
        buffers = self.outline, self.extent
        if any(buffer.is_inference() for buffer in buffers):  # of which torch counts no changes
            return WindowShape.of(*buffers)
        state = tuple((buffer.data_ptr(), buffer._version, buffer.device) for buffer in buffers)
        if self._shaped is None or self._shaped[0] != state:
            with torch.inference_mode(mode=False):  # of what is made there, none may be kept for a backward pass
                self._shaped = state, WindowShape.of(*buffers)
        return self._shaped[1]

    def _local(self, points: Jet, to_template: Tensor) -> Jet:
        """Points in the window's own frame, a jet of 3 channels."""
        rotation, shift = self.to_plane[:, :3], self.to_plane[:, 3]
        weight = (rotation @ to_template[:, :, :3]).transpose(1, 2)
        return points.linear(weight, to_template[:, :, 3] @ rotation.T + shift)


def weights(windows: Sequence[Window], points: Jet, to_template: Tensor) -> Jet:
    """The weights of W windows in one go: points of W · B heads, each window's in turn; to_template (W, B, 3, 4)."""
    planes = torch.stack([window.to_plane for window in windows]).unsqueeze(1)  # (W, 1, 3, 4)
    placed = planes[..., :3] @ to_template
    weight, bias = placed[..., :3].transpose(-1, -2), placed[..., 3] + planes[..., 3]
    local = points.linear(weight.flatten(0, 1), bias.flatten(0, 1))
    return weighed(local, WindowShape.side_by_side([window.shape() for window in windows]))


def united(apart: Sequence[Jet]) -> Jet:
    """The weight of being in the one window or in the other."""
    first, *others = apart
    for other in others:
        first = Jet(first.flat + other.flat - (first * other).flat, first.sloped)
    return first


def _harmonics(directions: np.ndarray) -> np.ndarray:
    """1, cos kθ and sin kθ for unit vectors (N, 2), as columns in the order of `Window.outline`."""
    powers = (directions[:, 0] + 1j * directions[:, 1])[:, None] ** np.arange(1, HARMONICS + 1)
    return np.column_stack([np.ones(len(directions)), powers.real, powers.imag])
