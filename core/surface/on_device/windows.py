"""A stage's windows in few operations: `core.network.window` where neither heads nor derivatives come in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from facewright.core.network.layers import Layer
from facewright.core.network.window import Window
from facewright.core.network.window_weight import HARMONICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn


class Windows:
    """The m windows of one stage, on the template; where a head has them, `to_plane` says.

    The outline's Fourier series is held as Σ aₖ cos(kθ − φₖ), one cosine a harmonic.
    """

    def __init__(self, windows: Iterable[nn.Module]) -> None:
        """Read the windows' buffers."""
        local = [window for window in windows if isinstance(window, Window)]
        self._planes = [window.to_plane for window in local]
        outline = torch.stack([window.outline for window in local])  # (m, 1 + 2 H)
        cosines, sines = outline[:, 1 : 1 + HARMONICS], outline[:, 1 + HARMONICS :]
        self._radius, self._amplitude, self._phase = outline[:, 0], cosines.hypot(sines), torch.atan2(sines, cosines)
        self._order = torch.arange(1, HARMONICS + 1, dtype=outline.dtype, device=outline.device)
        fade, back, front = torch.stack([window.extent for window in local]).unbind(1)
        self._rate, self._middle, self._half = 1.0 / fade, (back + front) / 2, (front - back) / 2

    def to_plane(self, graft: Tensor) -> Layer:
        """The layer (3, 3 m) from points of a head to each window's own frame; graft (m, 3, 4): head to template."""
        weights, biases = [], []
        for plane, to_template in zip(self._planes, graft, strict=True):
            rotation, shift = plane[:, :3], plane[:, 3]
            weights.append((rotation @ to_template[:, :3]).T)
            biases.append(rotation @ to_template[:, 3] + shift)
        return Layer(torch.cat(weights, dim=1), torch.cat(biases))

    def weight(self, local: Tensor) -> Tensor:
        """The weight (N, 1) of points in the windows' own frames (N, 3 m): exactly 0 outside all of them."""
        x, y, z = local.view(len(local), -1, 3).unbind(-1)  # (N, m) each
        radius = torch.addcmul(x * x + 1e-12, y, y).sqrt()
        waves = (torch.atan2(y, x).unsqueeze(-1) * self._order - self._phase).cos() * self._amplitude
        beyond = radius - self._radius - waves.sum(-1)
        depth = (z - self._middle).abs() - self._half
        t = (torch.stack([beyond, depth]) * self._rate).clamp(0.0, 1.0)
        across, along = 1.0 - t * t * (3.0 - 2.0 * t)
        outside = 1.0 - across * along
        first, *others = outside.split(1, dim=1)
        for other in others:
            first = first * other
        return 1.0 - first
