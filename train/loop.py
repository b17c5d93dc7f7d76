"""The training loop.

A run has three phases, each a share of its time:

1. *template*: SDFNet alone is fitted to the template, one fixed shape;
2. *stages*: every stage's displacement is regressed on known correspondences, all stages side by side;
3. *end*: the whole network on signed distances, with all of the paper's losses.
"""

from __future__ import annotations

import math
import time
from contextlib import closing
from typing import TYPE_CHECKING, Literal

import torch

from core.errors import FacewrightError
from core.head_model import HeadModel
from core.model_file import save as save_model
from core.network import Network
from core.parts import CODES
from train import losses as terms
from train.checkpoint import CONFIG, EVENTS, MODEL, STATE, load_state, optimizer_tensors, restore_optimizer, save_state
from train.codes import CodeTables, expression_codes, initial_codes, latent_spaces, mirror_maps, spreads
from train.events import EventLog
from train.heads import open_source
from train.points import StageSampler
from train.pool import SamplePool
from train.registered import Blend, RegisteredHeads
from train.stock import Stock
from train.windows import fit_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from train.config import TrainConfig
    from train.events import Listener
    from train.heads import HeadSet

Phase = Literal["template", "stages", "end"]

_WARM_UP = 0.02
"""Share of a phase over which its learning rate rises."""

_FLOOR = 0.01
"""Share of its peak to which the learning rate falls by the end of a phase."""


def train(
    config: TrainConfig,
    run: Path,
    resume: bool = False,
    listeners: Sequence[Listener] = (),
    should_stop: Callable[[], bool] = lambda: False,
    report_seconds: float = 1.0,
) -> None:
    """Train until the run's time or steps are spent or `should_stop()`; either way the last state is saved.

    Listeners hear of a step every `report_seconds`.
    Raises FacewrightError if the data cannot be read, the folder not written, the device not used, if the
    training diverges, or with `resume` if the run's state cannot be read.
    """
    with closing(_opened(run, listeners)) as events:
        events("begin", message=f"Reading {config.data}", run=str(run))
        trainer = Trainer(config, open_source(config.data, "train", config.subjects))
        events("ready", message=trainer.summary())
        if resume:
            trainer.restore(run / STATE)
        config.save(run / CONFIG)
        saved = reported = time.monotonic()
        while trainer.progress < 1.0 and not should_stop():
            values = trainer.step(events)
            now = time.monotonic()
            if now - reported >= report_seconds:
                reported = now
                events("step", phase=trainer.phase, step=trainer.steps, progress=trainer.progress, losses=values())
            if now - saved >= config.checkpoint_seconds:
                trainer.save(run)
                events("checkpoint", step=trainer.steps, progress=trainer.progress)
                saved = time.monotonic()
        trainer.save(run)
        ended = "finished" if trainer.progress >= 1.0 else f"stopped; go on with --resume {run}"
        events("end", step=trainer.steps, progress=trainer.progress, message=f"Training {ended}. Model: {run / MODEL}")


def _opened(run: Path, listeners: Sequence[Listener]) -> EventLog:
    """The event log of a run's folder, which is made if need be."""
    try:
        run.mkdir(parents=True, exist_ok=True)
        return EventLog(run / EVENTS, listeners)
    except OSError as error:
        raise FacewrightError(f"{run} cannot be written to ({error.strerror}): choose another folder.") from error


def _device(name: str | None) -> torch.device:
    """The device of that name, by default CUDA or else the CPU; FacewrightError if it cannot be used."""
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(1, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise FacewrightError(f"{name} cannot be trained on here: try --device cpu, or leave it out.") from error


class Trainer:
    """All state of a run, and its one step."""

    def __init__(self, config: TrainConfig, heads: HeadSet) -> None:
        """Prepare data, network and codes; `restore` continues a saved run."""
        torch.manual_seed(config.seed)
        self.config, self.head_set = config, heads
        self.device = _device(config.device)
        self.heads = RegisteredHeads(heads, self.device, config.collar, config.face_landmarks)
        self.frame = self.heads.frame()
        self.network = Network(config.network)
        fit_windows(self.network, self.heads, self.frame)
        self.tables = CodeTables(initial_codes(self.heads)).to(self.device)
        self.network.to(self.device)
        self.sampler = StageSampler(self.heads, self.frame, config.network)
        self._place_mean_landmarks()
        self.generator = torch.Generator().manual_seed(config.seed)
        self.steps, self.seconds = 0, 0.0
        self.phase: Phase = "template"
        self._pool: SamplePool | None = None
        self._stock: Stock | None = None
        self._start_phase()

    def summary(self) -> str:
        """What is trained on what, in a sentence."""
        size = sum(p.numel() for p in self.network.parameters()) / 1e6
        return (
            f"Training {size:.1f} M weights on {len(self.head_set.subjects)} subjects × "
            f"{len(self.head_set.expressions)} expressions and their mirror images, on {self.device}"
        )

    @property
    def progress(self) -> float:
        """Share of the run that is spent, 0 to 1."""
        if self.config.steps is not None:
            return min(self.steps / self.config.steps, 1.0)
        return min(self.seconds / 60.0 / self.config.minutes, 1.0)

    def step(self, events: EventLog) -> Callable[[], dict[str, float]]:
        """One optimiser step of the current phase; returns a function that reads the loss terms."""
        began = time.monotonic()
        self._enter_phase()
        rate = self._rate()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * group["initial_lr"]
            optimizer.zero_grad(set_to_none=True)
        found = self._template_step() if self.phase == "template" else self._heads_step(events)
        terms.weighted(found, self.config.weights).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1e3)
        for optimizer in self.optimizers:
            optimizer.step()
        self.steps += 1
        self.seconds += time.monotonic() - began
        return lambda: {name: value.item() for name, value in found.items()}

    def _template_step(self) -> terms.Losses:
        if self._pool is None:
            self._pool = SamplePool.of_template(self.heads, self.frame, self.sampler, self.config)
        surface, space, _ = self._pool.draw(
            1, 16 * self.config.surface_points, 16 * self.config.space_points, self.generator
        )
        return terms.template_losses(self.network, surface, space)

    def _heads_step(self, events: EventLog) -> terms.Losses:
        """Stage supervision, in the last phase half of it, together with as many heads' signed distances."""
        found = self._stage_terms() if self.config.network.stages else {}
        if self.phase == "end":
            found |= self._distance_terms(events)
        return found

    def _stage_terms(self) -> terms.Losses:
        config = self.config
        count = config.heads if self.phase == "stages" else config.heads // 2
        if self._stock is None:
            self._stock = Stock(self.heads, self.generator)
        batch = self._stock.draw(count, self.generator)
        codes = {code: self.tables(code, batch.blends[code]) for code in CODES}
        fixed = self.network.condition(codes, guided=False)
        points = self.sampler.draw(batch, config.stage_points, self.generator)
        landmarks = self.sampler.landmarks(batch)
        found = {
            **terms.stage_losses(self.network, fixed, points),
            **terms.generated_landmark_loss(self.network, codes, landmarks),
            **terms.graft_loss(self.network, codes["remainder"], self.sampler.graft_sites(batch)),
            **terms.code_loss(codes),
        }
        if self.phase == "end":
            found |= terms.deformed_landmark_loss(self.network, fixed, landmarks, self.sampler.template_landmarks())
        return found

    def _distance_terms(self, events: EventLog) -> terms.Losses:
        config = self.config
        if self._pool is None:
            events("pool", message=f"Sampling signed distances of {config.pool_heads} heads")
            self._pool = SamplePool.of_heads(self.heads, self.frame, self.sampler, config)
        surface, space, blends = self._pool.draw(
            config.heads // 2, config.surface_points, config.space_points, self.generator
        )
        codes = {code: self.tables(code, blends[code]) for code in CODES}
        found = terms.sdf_losses(self.network, self.network.condition(codes, guided=False), surface, space)
        return found if config.network.stages else found | terms.code_loss(codes)

    def _enter_phase(self) -> None:
        """Move on to the phase that the progress asks for."""
        config = self.config
        due: Phase = "template"
        if self.progress >= config.template_share:
            due = "stages" if self.progress < config.template_share + config.stage_share else "end"
        if due != self.phase:
            self.phase, self._pool = due, None
            self._start_phase()

    def _start_phase(self) -> None:
        """Fresh optimisers: each phase has a loss of its own."""
        config = self.config
        rate, sdf_rate = config.learning_rate, config.sdf_learning_rate
        if self.phase == "end":
            rate, sdf_rate = config.end_learning_rate, config.end_sdf_learning_rate
        groups = [{"params": list(self.network.sdf.parameters()), "lr": sdf_rate}]
        if self.phase != "template":
            steering = [net for net in (self.network.landmarks, self.network.grafts) if net is not None]
            groups.append({"params": list(self.network.stages.parameters()), "lr": rate})
            groups.append({"params": [p for net in steering for p in net.parameters()], "lr": 1e-3})
        self.optimizers: list[torch.optim.Optimizer] = [torch.optim.Adam(groups, fused=True)]
        if self.phase != "template":
            self.optimizers.append(torch.optim.SparseAdam(list(self.tables.parameters()), lr=config.code_learning_rate))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["initial_lr"] = group["lr"]

    def _rate(self) -> float:
        """The learning rate's share of its peak: warm-up, then a cosine over the phase."""
        config = self.config
        bounds = [0.0, config.template_share, config.template_share + config.stage_share, 1.0]
        index = ("template", "stages", "end").index(self.phase)
        share = (self.progress - bounds[index]) / (bounds[index + 1] - bounds[index])
        return min(share / _WARM_UP + 0.01, 1.0) * (_FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * share)))

    def _place_mean_landmarks(self) -> None:
        """Start the landmark network at the mean landmarks of every stage."""
        rows = torch.arange(min(64, self.heads.subject_rows), device=self.device)
        heads = Blend.single(rows)
        found = self.sampler.landmarks(self.heads.states(heads, heads, heads.none(), 0))
        for mean, landmarks in zip(self.network.landmarks.mean, found.values(), strict=True):
            mean.copy_(landmarks.mean(dim=0))

    def head_model(self) -> HeadModel:
        """The model as it stands, for the editor."""
        network = Network(self.config.network).to(self.device)
        network.load_state_dict(self.network.state_dict())
        heads, latent = self.head_set, latent_spaces(self.tables)
        template = self.heads.template.cpu().numpy()
        return HeadModel(
            name=f"{heads.name}, {len(heads.subjects)} subjects",
            network=network,
            frame=self.frame,
            bounds_mm=self.heads.bounds_mm(),
            latent=latent,
            mirror=mirror_maps(self.tables),
            metadata={
                "data": heads.name,
                "licence": heads.licence,
                "credit": heads.credit,
                "unit": "mm",
                "true_scale": heads.true_scale,
                "subjects": len(heads.subjects),
                "expressions": list(heads.expressions),
                "steps": self.steps,
                "minutes": round(self.seconds / 60.0, 1),
                "device": str(self.device),
            },
            expressions=expression_codes(self.tables, heads.expressions),
            spread=spreads(self.tables, latent),
            points={name: template[vertex] for name, vertex in heads.surface.points.items()},
        )

    def save(self, run: Path) -> None:
        """Write the model and all that resuming needs.

        Raises FacewrightError, and leaves the last checkpoint as it is, if the weights are no longer finite.
        """
        if not all(bool(p.isfinite().all()) for p in (*self.network.parameters(), *self.tables.parameters())):
            raise FacewrightError(
                "The training diverged, its weights are no longer numbers: lower the learning rates, or resume "
                "from the last checkpoint, which is intact."
            )
        tensors: dict[str, Tensor] = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"tables.{k}": v for k, v in self.tables.state_dict().items()}
        tensors["generator"] = self.generator.get_state()
        if self._stock is not None:
            tensors |= {f"stock.{k}": v for k, v in self._stock.tensors().items()}
        for index, optimizer in enumerate(self.optimizers):
            tensors |= optimizer_tensors(optimizer, f"optimizer{index}")
        save_state(run / STATE, tensors, {"phase": self.phase, "steps": self.steps, "seconds": self.seconds})
        save_model(self.head_model(), run / MODEL)

    def restore(self, path: Path) -> None:
        """Continue from a saved state; FacewrightError if it is missing or damaged."""
        tensors, facts = load_state(path)
        self.steps, self.seconds, self.phase = facts["steps"], facts["seconds"], facts["phase"]
        for module, prefix in ((self.network, "network."), (self.tables, "tables.")):
            module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        stock = {k.removeprefix("stock."): v for k, v in tensors.items() if k.startswith("stock.")}
        if stock:
            self._stock = Stock(self.heads, self.generator)
            self._stock.restore(stock)
        self.generator.set_state(tensors["generator"])
        self._start_phase()
        for index, optimizer in enumerate(self.optimizers):
            restore_optimizer(optimizer, f"optimizer{index}", tensors)
