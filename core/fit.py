"""Codes fitted to heads whose signed distance is known (paper Eqn. 12): the network stays, the coefficients move.

All heads of a batch are fitted at once and none of them feels the others: a head's result is its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cosine_similarity

from facewright.core.coarse_to_fine import CoarseToFine, Schedule
from facewright.core.errors import Cancelled
from facewright.core.information import fisher_information
from facewright.core.network.jet import Jet
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CODES, LOCAL_PARTS, CodeName

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel

__all__ = ["Cancelled", "Coefficients", "Fit", "FitSettings", "Target", "fit"]


class Target(NamedTuple):
    """What B heads are known by; float32, mm, head frame.

    on : (B, N, 3), points of the surface; normals : (B, N, 3), unit, outward; space : (B, M, 3), points near the
    surface and about it; distance : (B, M), their signed distances, negative inside.
    """

    on: np.ndarray
    normals: np.ndarray
    space: np.ndarray
    distance: np.ndarray


@dataclass(frozen=True)
class FitSettings(Schedule):
    """How to fit.

    The objective, in mm, is the negative logarithm of a posterior, scaled: absolute distances (Laplace noise),
    and coefficients that the training heads' own distribution, N(0, 1), holds together (Eqn. 9 in σ). Noise of
    b mm at n independent points makes the prior's weight b / 2n: 0.2 mm at 5,000 points.
    """

    steps: int = 800
    again: float = 0.25
    """Share of the steps, the last, that search nose, eyes and mouth a second time, from the mean ones."""
    surface_points: int = 200
    """Points a head and step on the surface, with normals: each takes as long as four without."""
    space_points: int = 800
    """Points a head and step about the surface."""
    normal_mm: float = 3.0
    """Weight of 1 − cos between ∇Φ and the normal; the paper's λ_normal / λ_gt, 1/30 of its unit ball."""
    prior_mm: float = 2e-5
    """Weight of the sum of the squared coefficients."""
    seed: int = 0
    """Seed of the points drawn."""


@dataclass(frozen=True)
class Fit:
    """Heads as the model knows them.

    parameters : of each head; history : (steps, B) float32, mm, the mean |Φ| at each step's surface points.
    """

    parameters: tuple[Parameters, ...]
    history: np.ndarray


class Coefficients:
    """The coefficients of B heads, in σ, to be optimised, and the codes at them.

    along : (B, k), what to optimise: all coefficients that are free, from where they start and along the axes of the
    surface's information on them (`fisher_information`), the one it tells most about first. Codes overlap: a jaw's
    width is partly the mouth's and the expression's. Coefficient by coefficient, first-order steps run to and fro
    between them and are far from the answer when they end; along these axes they arrive.
    """

    def __init__(
        self,
        model: HeadModel,
        heads: int,
        start: Parameters | Mapping[CodeName, Tensor] | None = None,
        free: Collection[CodeName] = CODES,
    ) -> None:
        """start : of every head, or coefficients (B, k), by default the mean head; free : the codes that move."""
        self._latent: dict[CodeName, tuple[Tensor, Tensor]] = {}  # mean (d,), and axes (k, d) as long as their σ
        self._start: dict[CodeName, Tensor] = {}
        self._free = [code for code in CODES if code in free]
        for code in CODES:
            space = model.latent[code]
            axes = space.components * space.sigma[:, None]
            self._latent[code] = torch.from_numpy(space.mean).to(model.device), torch.from_numpy(axes).to(model.device)
            if start is None or isinstance(start, Parameters):
                own = torch.tensor(start.code(code) if start else (), dtype=torch.float32, device=model.device)
                self._start[code] = torch.nn.functional.pad(own, (0, len(space) - len(own))).expand(heads, -1)
            else:
                self._start[code] = start[code]
        self._axes = _axes(model, self._free)
        self.along = torch.zeros(heads, len(self._axes), device=model.device, requires_grad=True)

    def values(self, leading: int | None = None) -> dict[CodeName, Tensor]:
        """The coefficients (B, k) of each code, with `leading` moved along the first so many axes alone."""
        moved = self.along[:, :leading] @ self._axes[:, :leading].T
        by_code = moved.split([self._start[code].shape[1] for code in self._free], dim=1)
        return self._start | {code: self._start[code] + own for code, own in zip(self._free, by_code, strict=True)}

    def codes(self, leading: int | None = None) -> dict[CodeName, Tensor]:
        """The codes (B, d) at `values`."""
        return {code: self._latent[code][0] + own @ self._latent[code][1] for code, own in self.values(leading).items()}

    def size(self) -> Tensor:
        """The sum of squares of each head, (B,)."""
        return torch.stack([values.square().sum(dim=1) for values in self.values().values()]).sum(dim=0)

    @torch.no_grad()
    def clamp(self) -> None:
        """Keep to what `Parameters` accepts."""
        values = self.values()
        moved = torch.cat([values[code].clamp(-LIMIT, LIMIT) - self._start[code] for code in self._free], dim=1)
        self.along.copy_(moved @ self._axes)

    def parameters(self) -> tuple[Parameters, ...]:
        """The heads' parameters."""
        rows = {code: values.detach().clamp(-LIMIT, LIMIT).cpu().tolist() for code, values in self.values().items()}
        return tuple(
            Parameters.of({code: tuple(rows[code][head]) for code in CODES}) for head in range(len(rows[CODES[0]]))
        )


def _axes(model: HeadModel, free: Collection[CodeName]) -> Tensor:
    """The eigenvectors (k, k), a column each, of the information on the free codes' coefficients, the largest first."""
    information = fisher_information(model, free)
    if information is None:
        return torch.eye(sum(len(model.latent[code]) for code in free), device=model.device)
    vectors = torch.linalg.eigh(information.cpu().double()).eigenvectors  # MPS has neither float64 nor eigh
    return vectors.flip(1).float().to(model.device)


class _Points:
    """A target on the model's device, network frame, and its objective."""

    def __init__(self, model: HeadModel, target: Target, settings: FitSettings) -> None:
        """Copies the target."""
        frame = model.frame
        arrays = (
            frame.to_network(target.on),
            target.normals,
            frame.to_network(target.space),
            target.distance / frame.radius_mm,
        )
        self._on, self._normals, self._space, self._distance = (
            torch.from_numpy(np.asarray(values, dtype=np.float32)).to(model.device) for values in arrays
        )
        self._network, self._unit_mm, self._settings = model.network, frame.radius_mm, settings
        self._generator = torch.Generator().manual_seed(settings.seed)

    def errors(self, codes: dict[CodeName, Tensor]) -> tuple[Tensor, Tensor]:
        """The data's part of the objective and the mean |Φ| on the surface, each (B,), mm, at newly drawn points.

        Every head gets points of the same numbers, so that it is fitted alike in any company.
        """
        at = self._drawn(self._on.shape[1], self._settings.surface_points)
        around = self._drawn(self._space.shape[1], self._settings.space_points)
        stages = self._network.condition(codes)
        on = self._network(Jet.points(self._on[:, at], derivatives=True), stages)
        near = self._network(Jet.points(self._space[:, around], derivatives=False), stages).value[..., 0]
        surface = on.value[..., 0].abs().mean(dim=1) * self._unit_mm
        space = (near - self._distance[:, around]).abs().mean(dim=1) * self._unit_mm
        turned = 1.0 - cosine_similarity(on.gradient, self._normals[:, at], dim=-1).mean(dim=1)
        return (surface + space) / 2 + self._settings.normal_mm * turned, surface.detach()

    def _drawn(self, available: int, count: int) -> Tensor:
        return torch.randint(available, (count,), generator=self._generator).to(self._on.device)


def fit(
    model: HeadModel,
    target: Target,
    settings: FitSettings | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Fit:
    """The coefficients at which the model's surfaces come nearest to the target's heads.

    The same target and seed give the same result on the same machine. `progress` is told the steps done and the
    heads' mean |Φ| on the surface, mm. Raises Cancelled once `cancelled` answers true between two steps.
    """
    settings = settings or FitSettings()
    points, told = _Points(model, target, settings), _Told(cancelled, progress)
    first, again = Coefficients(model, len(target.on)), 0
    if model.network.config.windows:  # else no part can be searched for by itself
        again = round(settings.again * settings.steps)
    _search(first, points, replace(settings, steps=settings.steps - again), settings.prior_mm, told)
    parameters = first.parameters()
    if again:
        found = {code: values.detach() for code, values in first.values().items()}
        start = found | {part: torch.zeros_like(found[part]) for part in LOCAL_PARTS}
        second = Coefficients(model, len(target.on), start, LOCAL_PARTS)
        _search(second, points, replace(settings, steps=again), settings.prior_mm, told)
        pairs = zip(parameters, second.parameters(), target.on, strict=True)
        parameters = tuple(_nearer(model, *pair) for pair in pairs)
    return Fit(parameters, np.stack(told.history))


class _Told:
    """What the steps of a fit tell, and whether it is called off."""

    def __init__(self, cancelled: Callable[[], bool] | None, progress: Callable[[int, float], None] | None) -> None:
        self._cancelled, self._progress = cancelled, progress
        self.history: list[np.ndarray] = []

    def go_on(self) -> None:
        """Raise Cancelled if the fit is called off."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def step(self, on_surface: Tensor) -> None:
        """A step is done; on_surface : (B,) mm."""
        self.history.append(on_surface.cpu().numpy())
        if self._progress is not None:
            self._progress(len(self.history), float(self.history[-1].mean()))


def _search(coefficients: Coefficients, points: _Points, schedule: Schedule, prior_mm: float, told: _Told) -> None:
    """Move coefficients to where the objective is least."""
    search = CoarseToFine([coefficients.along], schedule)
    for step in range(schedule.steps):
        told.go_on()
        data, on_surface = points.errors(coefficients.codes(search.begin(step)))
        search.take((data + prior_mm * coefficients.size()).sum())
        coefficients.clamp()
        told.step(on_surface)


def _nearer(model: HeadModel, first: Parameters, second: Parameters, on: np.ndarray) -> Parameters:
    """The first head, with each local part of the second whose surface is nearer to the points on (N, 3), mm.

    A part changes its own window alone, so that each is chosen by itself.
    """
    best, fields = first, [model.field(head) for head in (first, second)]
    for part in LOCAL_PARTS:
        own = on[fields[0].window(part, on) > 0.5]
        if len(own):
            off, other = (float(np.abs(field.distance(own)).mean()) for field in fields)
            best = best.with_code(part, second.code(part)) if other < off else best
    return best
