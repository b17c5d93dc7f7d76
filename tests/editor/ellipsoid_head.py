"""A head with a closed form, for tests of the editor that need no trained model."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.field.field import Traced
from facewright.core.model.head_model import EARLIER
from facewright.core.model.latent_space import LatentSpace
from facewright.core.parts import CODES, CodeName
from tests.editor.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.template_mesh import TemplateMesh
    from facewright.core.parameters import Parameters

SEMI_AXES_MM = np.array([38.0, 58.0, 45.0], dtype=np.float32)
REACH_MM = 14.0
CENTRES_MM: Mapping[CodeName, tuple[float, float, float]] = MappingProxyType(
    {
        "expression": (0.0, -38.0, 34.0),
        "nose": (0.0, 0.0, 46.0),
        "eyes": (0.0, 17.0, 42.0),
        "mouth": (0.0, -22.0, 41.0),
        "remainder": (0.0, 57.0, 0.0),
    }
)


@dataclass(frozen=True)
class EllipsoidField:
    """An ellipsoid with one Gaussian bump a code, as high in mm as the code's first coefficient in σ, times 3."""

    parameters: Parameters
    knows_signs: bool = False

    def distance(self, points: np.ndarray) -> np.ndarray:
        """About the signed distance (N,) float32 in mm at points (N, 3)."""
        scaled = np.linalg.norm(points / SEMI_AXES_MM, axis=1)
        distance = (scaled - 1.0) * SEMI_AXES_MM.min()
        for code in CODES:
            squared = ((points - np.asarray(CENTRES_MM[code], dtype=np.float32)) ** 2).sum(axis=1)
            distance -= 3.0 * self.parameters.value(code, 0) * np.exp(-squared / (2 * (REACH_MM / 2) ** 2))
        return distance.astype(np.float32)

    def states(self, points: np.ndarray, code: CodeName = CODES[0]) -> np.ndarray:
        """The points themselves: nothing is deformed."""
        return points

    def carried(self, points: np.ndarray, code: CodeName = CODES[0]) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """The same; there are no windows."""
        return points, {}

    def to_template(self, points: np.ndarray) -> np.ndarray:
        """The points themselves."""
        return points

    def trace(self, states: np.ndarray, code: CodeName = CODES[0], *, draft: bool = False) -> Traced:
        """Their distance; there are no windows."""
        return Traced(self.distance(states), {})

    def window(self, part: CodeName, points: np.ndarray) -> np.ndarray:
        """Weight (N,) float32: 1 in reach of the part's bump."""
        return (np.linalg.norm(points - np.asarray(CENTRES_MM[part]), axis=1) < REACH_MM).astype(np.float32)

    def inside(self, states: np.ndarray, part: CodeName) -> np.ndarray:
        """Everywhere: there are no windows."""
        return np.ones(len(states), dtype=bool)


@dataclass(frozen=True, eq=False)
class EllipsoidHead:
    """Stands for a `HeadModel`; `gate` holds evaluations back while it is cleared."""

    name: str = "Ellipsoid"
    metadata: Mapping[str, object] = field(default_factory=lambda: {"credit": "Closed form", "licence": "MIT"})
    component_count: int = 12
    bounds_mm: np.ndarray = field(default_factory=lambda: np.array([[-55, -75, -60], [55, 75, 70]], dtype=np.float32))
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    fingerprint: str = "ellipsoid"
    expressions: Mapping[str, np.ndarray] = field(default_factory=dict)
    spread: Mapping[CodeName, np.ndarray] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    points: Mapping[str, np.ndarray] = field(default_factory=dict)
    facial_units: Mapping[str, np.ndarray] = field(default_factory=dict)
    directions: Mapping[str, np.ndarray] = field(default_factory=dict)
    template: TemplateMesh | None = None
    network: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(config=SimpleNamespace(windows=False)))
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """As `HeadModel` has them."""
        earlier = self.metadata.get(EARLIER, ())
        return self.fingerprint, *(earlier if isinstance(earlier, list) else ())

    @cached_property
    def latent(self) -> Mapping[CodeName, LatentSpace]:
        """Codes that are coefficients."""
        count = self.component_count
        space = LatentSpace(np.zeros(count, np.float32), np.eye(count, dtype=np.float32), np.ones(count, np.float32))
        return dict.fromkeys(CODES, space)

    @cached_property
    def mirror(self) -> Mapping[CodeName, np.ndarray]:
        """Every component is symmetric but the second, which is the same on the other side."""
        return dict.fromkeys(CODES, np.diag([1.0, -1.0, *[1.0] * (self.component_count - 2)]))

    def spread_of(self, code: CodeName, source: str = "") -> np.ndarray | None:
        return self.spread.get(code)

    @property
    def components(self) -> dict[CodeName, int]:
        return dict.fromkeys(CODES, self.component_count)

    @property
    def people_components(self) -> dict[CodeName, int]:
        """Its heads are of one source: people differ in all of them."""
        return self.components

    def field(self, parameters: Parameters, like: EllipsoidField | None = None) -> EllipsoidField:
        assert self.gate.wait(timeout=PATIENCE_S)
        return EllipsoidField(parameters)
