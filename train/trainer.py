"""All state of a training run, and its one step.

A run has three phases, each a share of its time:

1. *template*: SDFNet alone is fitted to the template, one fixed shape; or *codes*, where the run starts from a model:
   the new heads' codes alone move;
2. *stages*: every stage's displacement is regressed on known correspondences, all stages side by side;
3. *end*: the whole network on signed distances, with all of the paper's losses.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from core.errors import FacewrightError
from core.model.network import Network
from core.parts import CODES
from train import fine_tune
from train import losses as terms
from train.codes import CodeTables, initial_codes
from train.device import device_of, out_of_memory
from train.run.checkpoint import POOL
from train.run.identity import DataIdentity
from train.sampling.draws import Draw, StageDraw
from train.sampling.points import StageSampler
from train.sampling.pool import SamplePool, Sampler
from train.sampling.registered import Blend, Recipe, RegisteredHeads
from train.sampling.stock import Stock
from train.schedule import Phase, Schedule
from train.windows import fit_windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.parts import CodeName
    from train.codes import ShapeSpace
    from train.config import TrainConfig
    from train.data.heads import HeadSet
    from train.fine_tune import Start
    from train.workers import Workers

    Watch = Callable[[str, int, int], None]
    """Told of work between steps, what it is and how much of it is done; raises Stopped to end it."""


_STEERING = 1e-3
"""Peak learning rate of what predicts landmarks and graft sites."""


class Trainer:
    """All state of a run, and its one step.

    steps, seconds, points : taken, spent and learnt from so far; phase : of the last step; portions : in how many a
    step's heads are learnt from, 1 unless memory ran out.
    """

    def __init__(self, config: TrainConfig, heads: HeadSet, workers: Workers, start: Start | None = None) -> None:
        """Prepare data, network and codes; `train.run.checkpoint.restore` puts a saved state in their place.

        Raises FacewrightError if the device cannot be used, or a step's heads not be shared among the workers.
        """
        torch.manual_seed(config.seed)
        self.config, self.workers, self.start = config, workers, start
        self.identity = DataIdentity.of(heads)
        self.head_set = heads = start.heads if start else heads
        self.device = device_of(config.device, workers)
        self.portions = 1
        if workers.count > 1 and config.heads % (4 * workers.count):
            raise FacewrightError(
                f"{config.heads} heads a step cannot be shared among {workers.count} processes: give --heads a "
                f"multiple of {4 * workers.count}."
            )
        self.heads = RegisteredHeads(
            heads, self.device, config.collar, config.face_landmarks, start.template if start else None
        )
        self.frame = start.model.frame if start else self.heads.frame()
        self.network = Network(config.network)
        self.spaces: dict[CodeName, ShapeSpace] = {}
        self._begin_network(start)
        self.network.to(self.device)
        self.sampler = StageSampler(self.heads, self.frame, config.network)
        if start is None:
            self._place_mean_landmarks()
        self.initial = {code: self.tables.rows(code).clone() for code in CODES}
        self.generator = torch.Generator().manual_seed(config.seed)
        self.steps, self.seconds, self.points = 0, 0.0, 0
        self.schedule = Schedule(config)
        self.pool: SamplePool | None = None
        self.stock: Stock | None = None
        self.begin_phase(self.schedule.phases[0])

    def share(self) -> None:
        """Give all workers the first one's weights and codes, which another machine may have rounded otherwise."""
        self.workers.broadcast([*self.network.state_dict().values(), *self.tables.state_dict().values()])

    def _begin_network(self, start: Start | None) -> None:
        """Windows and codes from the heads, or weights and codes from a model."""
        if start:
            self.network.load_state_dict({k: v.float() for k, v in start.model.network.state_dict().items()})
            self.tables = CodeTables(start.codes).to(self.device)
        else:
            fit_windows(self.network, self.heads, self.frame)
            codes, self.spaces = initial_codes(self.heads)
            self.tables = CodeTables(codes).to(self.device)

    def _place_mean_landmarks(self) -> None:
        """Start the landmark network at the mean landmarks of every stage."""
        rows = torch.arange(min(64, self.heads.subject_rows), device=self.device)
        heads = Blend.single(rows)
        found = self.sampler.landmarks(self.heads.states(Recipe(heads, heads, heads.none(), 0)))
        for mean, landmarks in zip(self.network.landmarks.mean, found.values(), strict=True):
            mean.copy_(landmarks.mean(dim=0))

    def summary(self) -> str:
        """What is trained on what, in a sentence."""
        size = sum(p.numel() for p in self.network.parameters()) / 1e6
        place = str(self.device) if self.workers.count == 1 else f"{self.workers.count} processes, {self.device.type}"
        begun = f", from {self.start.model.name}" if self.start else ""
        return (
            f"Training {size:.1f} M weights on {len(self.head_set.subjects)} subjects × "
            f"{len(self.head_set.expressions)} expressions and their mirror images{begun}, on {place}"
        )

    @property
    def progress(self) -> float:
        """Share of the run that is spent, 0 to 1."""
        if self.config.steps is not None:
            return min(self.steps / self.config.steps, 1.0)
        return min(self.seconds / 60.0 / self.config.minutes, 1.0)

    def step(self, watch: Watch, folder: Path | None = None) -> Callable[[], dict[str, float]]:
        """One optimiser step of the phase that is due; returns a function that reads the loss terms.

        watch : told of what has to be made before the step, whose Stopped leaves all as it was before; folder : where
        sampled distances are kept.
        """
        began = time.monotonic()
        try:
            self._prepare(watch, folder)
            drawn = self._draw()
            found = self._gradients(drawn)
            rate = self.schedule.rate(self.phase, self.progress)
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate * group["initial_lr"]
                optimizer.step()
            self.steps += 1
            self.points += drawn.points
        finally:
            self.seconds += time.monotonic() - began
        return lambda: {name: value.item() for name, value in found.items()}

    def _prepare(self, watch: Watch, folder: Path | None) -> None:
        """Enter the phase that the progress asks for and make what it draws from."""
        due = self.schedule.phase(self.progress)
        if due != self.phase:
            self.begin_phase(due)
        config, heads = self.config, self.heads
        if self.phase != "template" and self.stock is None and config.network.stages:
            self.stock = Stock.drawn(heads, self.generator)
        if self.phase in ("stages", "codes") or self.pool is not None:
            return
        sampler = Sampler(heads, self.frame, self.sampler, config.seed)
        if self.phase == "template":
            told = "Sampling signed distances of the template"
            self.pool = SamplePool.of_template(heads, sampler, config, self.workers, lambda *done: watch(told, *done))
        else:
            told = f"Sampling signed distances of {config.pool_heads} heads"
            frame = [*self.frame.centre_mm, self.frame.radius_mm]
            depends = {"data": self.identity.hash, "frame": frame, "collar": config.collar, "from": config.start_from}
            kept = (folder / POOL, depends) if folder else None
            self.pool = SamplePool.of_heads(
                heads, sampler, config, self.workers, lambda *done: watch(told, *done), kept
            )

    def _draw(self) -> Draw:
        """What this step learns from, alike on every worker.

        The stages' supervision, at the end on half as many heads, together with as many heads' signed distances.
        """
        config, generator = self.config, self.generator
        if self.phase == "template":
            assert self.pool is not None
            return Draw(None, self.pool.draw(1, 16 * config.surface_points, 16 * config.space_points, generator))
        stages = None
        if self.stock is not None:
            batch = self.stock.draw(config.heads // 2 if self.phase == "end" else config.heads, generator)
            stages = StageDraw(batch, self.sampler.draw(batch, config.stage_points, generator))
        if self.pool is None:
            return Draw(stages, None)
        drawn = self.pool.draw(config.heads // 2, config.surface_points, config.space_points, generator)
        return Draw(stages, drawn)

    def _gradients(self, drawn: Draw) -> terms.Losses:
        """Mean gradients and losses over the step's heads on all workers, portion by portion where memory is short."""
        while True:
            try:
                found = self._own_gradients(drawn)
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            self._halve()
        dense = [p.grad for p in self.network.parameters() if p.grad is not None]
        values = torch.stack(list(found.values()))
        self.workers.average([*dense, values])
        for table in self.tables.parameters():
            if table.grad is not None:
                table.grad = self.workers.average_rows(table.grad)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1e3)
        return dict(zip(found, values, strict=True))

    def _own_gradients(self, drawn: Draw) -> terms.Losses:
        """Gradients of this worker's share of a draw, as large as if the share were all; the mean losses."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        portions = self.workers.count * self.portions
        total: terms.Losses = {}
        for index in range(self.portions):
            found = self._losses(drawn.share(self.workers.rank * self.portions + index, portions))
            (terms.weighted(found, self.config.weights) / self.portions).backward()
            for name, value in found.items():
                total[name] = total.get(name, 0.0) + value.detach() / self.portions
        return total

    def _losses(self, drawn: Draw) -> terms.Losses:
        """All terms of the phase."""
        stages, distances = drawn
        if self.phase == "template":
            assert distances is not None
            return terms.template_losses(self.network, distances.surface, distances.space)
        found = self._stage_losses(stages) if stages is not None else {}
        if distances is not None:
            codes = {code: self.tables(code, distances.blends[code]) for code in CODES}
            fixed = self.network.condition(codes, guided=False)
            found |= terms.sdf_losses(self.network, fixed, distances.surface, distances.space)
            if stages is None:
                found |= terms.code_loss(codes)
        return found

    def _stage_losses(self, drawn: StageDraw) -> terms.Losses:
        codes = {code: self.tables(code, drawn.batch.blends[code]) for code in CODES}
        fixed = self.network.condition(codes, guided=False)
        landmarks = self.sampler.landmarks(drawn.batch)
        found = {
            **terms.stage_losses(self.network, fixed, drawn.points),
            **terms.generated_landmark_loss(self.network, codes, landmarks),
            **terms.graft_loss(self.network, codes["remainder"], self.sampler.graft_sites(drawn.batch)),
            **terms.code_loss(codes),
        }
        if self.phase == "end":
            found |= terms.deformed_landmark_loss(self.network, fixed, landmarks, self.sampler.template_landmarks())
        return found

    def _halve(self) -> None:
        """Learn from the step's heads in twice as many portions; FacewrightError if there is nothing left to halve."""
        self.portions *= 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.config.heads % (4 * self.workers.count * self.portions):
            raise FacewrightError(
                f"Memory is not enough for a step, though its {self.config.heads} heads were learnt from in "
                f"{self.portions // 2} portions. The last checkpoint is intact: go on with --resume and fewer "
                "--stage-points, --surface-points and --space-points, or on another device."
            )

    def begin_phase(self, phase: Phase) -> None:
        """Fresh optimisers: each phase has a loss of its own. A fine-tuning keeps SDFNet, the template, as it is."""
        self.phase: Phase = phase
        self.pool = None
        config, network, share = self.config, self.network, fine_tune.RATE if self.start else 1.0
        rate, sdf_rate = config.learning_rate, config.sdf_learning_rate
        if phase == "end":
            rate, sdf_rate = config.end_learning_rate, config.end_sdf_learning_rate
        learning: list[tuple[torch.nn.Module | None, float]] = [] if self.start else [(network.sdf, sdf_rate)]
        if phase in ("stages", "end"):
            learning += [(network.stages, rate), (network.landmarks, _STEERING), (network.grafts, _STEERING)]
        network.requires_grad_(False)
        groups = [
            {"params": [weight.requires_grad_() for weight in module.parameters()], "lr": share * peak}
            for module, peak in learning
            if module is not None
        ]
        self.optimizers: list[torch.optim.Optimizer] = [torch.optim.Adam(groups, fused=True)] if groups else []
        if phase != "template":
            peak = fine_tune.CODE_RATE if phase == "codes" else config.code_learning_rate
            self.optimizers.append(torch.optim.SparseAdam(list(self.tables.parameters()), lr=peak))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["initial_lr"] = group["lr"]

    def require_finite(self) -> None:
        """Raise FacewrightError if the weights are no longer finite."""
        if not all(bool(p.isfinite().all()) for p in (*self.network.parameters(), *self.tables.parameters())):
            raise FacewrightError(
                "The training diverged, its weights are no longer numbers: lower the learning rates, or resume "
                "from the last checkpoint, which is intact."
            )
