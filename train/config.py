"""What a training run is: everything that decides its outcome, in one frozen value saved beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from core.errors import FacewrightError
from core.network import NetworkConfig

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class LossWeights:
    """λ of every loss term; the paper's (4.2) where it gives one, for lengths in network units.

    reg is the paper's 1e6 at its codes' initial scale of 0.01: ours start at 1, so 1e6 · 0.01² = 1e2.
    stage weighs the supervised displacements (Σ|x|,|y|,|z|), which the paper does not have.
    """

    stage: float = 3e3
    gt: float = 3e3
    eikonal: float = 50.0
    neutral_eikonal: float = 50.0
    normal: float = 100.0
    deformed_landmarks: float = 100.0
    generated_landmarks: float = 1e3
    graft: float = 1e3
    correction: float = 100.0
    neutral_expression: float = 1e4
    reg: float = 1e-1


@dataclass(frozen=True)
class TrainConfig:
    """A training run.

    data : a source of heads such as ict:FOLDER; subjects : use only so many (all if None);
    minutes : how long to train; the schedule is a function of the share of it that is spent, so that a
    resumed run ends where an uninterrupted one would. steps, if given, replaces it, and makes a run
    reproducible to the bit.
    template_share, stage_share : shares of the run for fitting SDFNet to the template and for stage
    supervision; the rest trains end to end.
    """

    data: str
    subjects: int | None = None
    minutes: float = 60.0
    steps: int | None = None
    seed: int = 0
    device: str | None = None
    collar: bool = True
    template_share: float = 0.08
    stage_share: float = 0.47
    heads: int = 16
    stage_points: int = 384
    surface_points: int = 160
    space_points: int = 320
    pool_heads: int = 1500
    pool_points: int = 3000
    sdf_learning_rate: float = 5e-4
    learning_rate: float = 1e-4
    end_learning_rate: float = 1e-4
    code_learning_rate: float = 2e-3
    checkpoint_seconds: float = 120.0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    weights: LossWeights = field(default_factory=LossWeights)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> TrainConfig:
        """Read what `save` wrote; FacewrightError if it is missing or not a training run's."""
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            network, weights = NetworkConfig(**record.pop("network")), LossWeights(**record.pop("weights"))
            return cls(**record, network=network, weights=weights)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise FacewrightError(f"{path} is not the configuration of a training run: give the run's folder.") from error

    def __post_init__(self) -> None:
        """Refuse values that cannot be trained with."""
        for name in (f.name for f in fields(self) if f.type in ("int", "float") and f.name != "seed"):
            if not getattr(self, name) > 0:
                raise FacewrightError(f"{name.replace('_', ' ')} must be more than 0.")
        if self.template_share + self.stage_share >= 1.0:
            raise FacewrightError("template share and stage share must leave time for the end-to-end training.")
        if self.heads < 2 or self.steps is not None and self.steps < 1:
            raise FacewrightError("A step needs at least 2 heads, a run at least 1 step.")
