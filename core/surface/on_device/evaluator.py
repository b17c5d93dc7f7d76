"""A model's distance and its surface's points at the samples of a grid, on the model's device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES
from facewright.core.surface.on_device.captured import Captured, shared_pool
from facewright.core.surface.on_device.cascade import DeviceCascade
from facewright.core.surface.on_device.cubes import Cubes
from facewright.core.surface.on_device.pieces import InPieces
from facewright.core.surface.sampling import LARGEST, SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.surface.sampling import Grid

    Cancel = Callable[[], bool] | None

ROWS, CPU_ROWS = 16_384, 1024
"""Points of one matrix product (see `core.surface.on_device.cascade`): 16,384 rows and 64 columns give each of a large
card's 132 processors one block to work on, and little is wasted on padding."""

MOST_PIECES = 8
"""Products beside each other, in one replay of a captured graph."""

_BYTES_A_POINT = 16_384
"""What a point takes while its gradient is on the way: all sines' arguments, and some to spare."""


class DeviceEvaluator:
    """The model at the codes written last."""

    def __init__(self, model: HeadModel, grid: Grid, pieces: int, *, onto_zero: bool) -> None:
        """Evaluate up to `pieces` products' points at a time."""
        device = model.device
        rows = CPU_ROWS if device.type == "cpu" else ROWS
        self.device, self.rows, self.pieces = device, rows, pieces
        self.pool = shared_pool(device)
        self.cascade = DeviceCascade(model.network, rows)
        self.cubes = Cubes(grid, model.frame, device)
        self._model = model
        self._scale = model.frame.radius_mm / grid.voxel_mm
        self._longest = onto_zero * grid.voxel_mm / model.frame.radius_mm
        self._finite = torch.ones((), dtype=torch.bool, device=device)
        sizes = sorted({rows, min(2, pieces) * rows, pieces * rows})
        self._values = InPieces(self._valued, sizes, device, self.pool)
        self._onto = InPieces(self.onto_surface, sizes, device, self.pool)
        self._condition = Captured(self.cascade.condition, device, self.pool)

    def write(self, parameters: Parameters, codes: Iterable[CodeName] = CODES) -> None:
        """Write codes of a head to where they are read."""
        for code in codes:
            self.cascade.codes[code].copy_(torch.from_numpy(self._model.latent[code].code(parameters.code(code)))[None])

    def condition(self) -> None:
        """Make the codes that were written those of all that follows."""
        self._condition()

    def as_values(self, distance: Tensor, beyond: Tensor) -> Tensor:
        """Distances (N,), network units, as `core.surface.sampling.Samples` holds them."""
        voxels = distance * self._scale
        size = voxels.abs().clamp(SMALLEST, LARGEST)
        return torch.where((voxels < 0.0) & ~beyond, -size, size)

    def read(self, samples: Tensor, cancelled: Cancel = None) -> tuple[Tensor, Tensor]:
        """Values (N,) at samples, and by what windows they were held on their way, (N,) uint8 as in `Reached`.

        Whether they are numbers is seen on the device, which nobody waits for here: `require_numbers` says it.
        """
        values, inside, finite = self._values(samples, cancelled)
        self._finite = self._finite & finite.all()
        return values, inside

    def require_numbers(self) -> None:
        """Raise FacewrightError if a distance that was read since this was asked last is not a number."""
        finite, self._finite = self._finite, torch.ones_like(self._finite)
        if not bool(finite):
            raise not_numbers()

    def states(self, part: CodeName, samples: Tensor) -> tuple[Tensor, Tensor]:
        """What the part's stage reads at samples (N, 3), and the weight (N, 1) of its window there."""
        weights_of = []
        for some in samples.split(MOST_PIECES * self.rows):
            padded = torch.nn.functional.pad(self._points(some), (0, 0, 0, -len(some) % self.rows))
            states = self.cascade.states(padded, part)
            weights_of.append((states[: len(some)], self.cascade.weight(part, states)[: len(some)]))
        states, weights = (torch.cat(each) for each in zip(*weights_of, strict=True))
        return states, weights

    def onto_surface(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """`DeviceCascade.onto_surface` with steps of up to a voxel."""
        return self.cascade.onto_surface(points, self._longest)

    def vertices(self, values: Tensor, keys: Tensor, cancelled: Cancel = None) -> tuple[Tensor, Tensor]:
        """Where the surface crosses edges (N,), brought onto it, in mm, and its normals there, (N, 3) both."""
        if not len(keys):
            return (empty := torch.empty(0, 3, device=self.device)), empty
        points = self.cubes.to_network(self.cubes.crossings(values.view(-1), keys))
        points, normals = self._onto(points, cancelled)
        return self.cubes.to_head(points), normals

    def _valued(self, samples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values, windows and whether the distances are numbers, (n,) all."""
        distance, inside = self.cascade.trace(self._points(samples))
        return self.as_values(distance, self.cubes.beyond(samples)), inside, distance.isfinite()

    def _points(self, samples: Tensor) -> Tensor:
        return self.cubes.to_network(self.cubes.indices(samples))


def pieces_for(device: torch.device) -> int:
    """How many products' points at a time a quarter of a device's free memory has room for, a power of 2."""
    if device.type != "cuda":
        return MOST_PIECES
    free, _ = torch.cuda.mem_get_info(device)
    pieces = MOST_PIECES
    while pieces > 1 and pieces * ROWS * _BYTES_A_POINT > free // 4:
        pieces //= 2
    return pieces


def not_numbers() -> FacewrightError:
    """What to raise where the model's distances are not numbers."""
    return FacewrightError("The model gives distances that are not numbers: choose another model file.")
