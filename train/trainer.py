"""All state of a training run, and its one step.

A run has three phases, each a share of its time:

1. *template*: SDFNet alone is fitted to the template, one fixed shape; or *codes*, where the run starts from a model:
   the new heads' codes alone move;
2. *stages*: every stage's displacement is regressed on known correspondences, all stages side by side;
3. *end*: the whole network on signed distances, with all of the paper's losses.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.core.network.network import Network
from facewright.core.parts import CODES
from facewright.train.adam import GroupAdam
from facewright.train.code_tables import CodeTables
from facewright.train.codes import initial_codes, random_codes
from facewright.train.device import Pace, device_of
from facewright.train.gradients import Gradients
from facewright.train.run.checkpoint import POOL
from facewright.train.run.identity import DataIdentity
from facewright.train.sampling.draws import Draw, Share
from facewright.train.sampling.head_buffer import HeadBuffer
from facewright.train.sampling.pieces import AHEAD, PIECE, PoolPieces
from facewright.train.sampling.points import StageSampler
from facewright.train.sampling.pool import SamplePool
from facewright.train.sampling.registered import HeadBlend, Recipe, RegisteredHeads
from facewright.train.sampling.sampler import Sampler
from facewright.train.schedule import GROUPS, LEAST, LOST_MM, Schedule, Spent
from facewright.train.step import TrainingStep
from facewright.train.windows import fit_windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from facewright.core.parts import CodeName
    from facewright.train.codes import ShapeSpace
    from facewright.train.config import TrainConfig
    from facewright.train.data.heads import HeadSet
    from facewright.train.fine_tune import Start
    from facewright.train.schedule import Group, Phase
    from facewright.train.workers import Workers

    Watch = Callable[[str, int, int], None]
    """Told of work between steps, what it is and how much of it is done; raises Stopped to end it."""


class Trainer:
    """All state of a run, and its one step.

    steps, seconds, points : taken, spent and learnt from so far; portions : in how many a step's heads are learnt from,
    1 unless memory ran out; told : hears, in a sentence, what slows the run down.
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
        self.share = _share(config, workers)
        self.portions = 1
        self.told: Callable[[str], None] = lambda sentence: None
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
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.steps, self.seconds, self.points = 0, 0.0, 0
        self.schedule = Schedule(config)
        self.pool: SamplePool | None = None
        self.buffer: HeadBuffer | None = None
        self._pieces: PoolPieces | None = None
        self._step: TrainingStep | None = None
        self._begin_learning()

    def _begin_learning(self) -> None:
        """One optimiser for the whole run, with a learning rate a group that lies on the device."""
        modules = {group: getattr(self.network, group, None) for group in GROUPS}
        self.rates = {group: torch.zeros((), device=self.device) for group in GROUPS}
        groups = [
            {"params": list(module.parameters()), "lr": self.rates[group]}
            for group, module in modules.items()
            if module is not None and list(module.parameters())
        ]
        self.optimizer = GroupAdam(groups)
        self.gradients = Gradients([], self.workers)
        self._pace = Pace(self.device)
        self.begin_phase()

    def broadcast(self) -> None:
        """Give all workers the first one's weights and codes, which another machine may have rounded otherwise."""
        self.workers.broadcast([*self.network.state_dict().values(), *self.tables.state_dict().values()])

    def _begin_network(self, start: Start | None) -> None:
        """Windows and codes from the heads, or weights and codes from a model."""
        if start:
            self.network.load_state_dict({k: v.float() for k, v in start.model.network.state_dict().items()})
            self.tables = CodeTables(start.codes).to(self.device)
            self.initial = {code: self.tables.rows(code).clone() for code in CODES}
        else:
            fit_windows(self.network, self.heads, self.frame)
            self.initial, self.spaces = initial_codes(self.heads)
            codes = random_codes(self.initial) if self.config.codes == "random" else self.initial
            self.tables = CodeTables(codes).to(self.device)

    def _place_mean_landmarks(self) -> None:
        """Start the landmark network at the mean landmarks of every stage."""
        rows = self.heads.some_rows(64)
        heads = HeadBlend.single(rows)
        batch = self.heads.made(Recipe(heads, heads, heads.none()))
        self.network.landmarks.mean.copy_(
            self.sampler.landmarks(batch, torch.arange(len(rows), device=self.device)).mean(dim=1)
        )

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
    def phase(self) -> Phase:
        """The phase of the last step, or of the first."""
        return self.schedule.phase

    def phase_is_over(self) -> bool:
        """Whether the next step begins another phase."""
        return self.schedule.is_over(self.spent, self._error_mm)

    @property
    def spent(self) -> Spent:
        """Steps and seconds so far."""
        return Spent(self.steps, self.seconds)

    @property
    def progress(self) -> float:
        """Share of the run that is spent, 0 to 1."""
        return self.schedule.progress(self.spent)

    def step(self, watch: Watch, folder: Path | None = None) -> Callable[[], dict[str, float]]:
        """One optimiser step of the phase that is due; returns a function that reads the loss terms.

        watch : told of what has to be made before the step, whose Stopped leaves all as it was before; what that takes
        is not the run's time. folder : where sampled distances are kept. Raises FacewrightError if the template was
        not learnt.
        """
        began = time.monotonic()
        if self.phase_is_over():
            self._require_template()
            while self.phase_is_over():
                self.schedule.advance(self.spent)
            self.begin_phase()
        prepares = time.monotonic()
        self._prepare(watch, folder)
        began += time.monotonic() - prepares
        if self._step is None:
            self._step = TrainingStep(self, self.told)
        for group, rate in self.rates.items():
            rate.fill_(self.schedule.rate(group, self.spent))
        self._step()
        self._pace()
        self.steps += 1
        self.points += self._step.points
        self.seconds += time.monotonic() - began
        return self._step.losses

    def _prepare(self, watch: Watch, folder: Path | None) -> None:
        """Make what the phase draws from."""
        config, heads, phase = self.config, self.heads, self.phase
        if phase != "template" and self.buffer is None and config.network.stages:
            self.buffer = HeadBuffer.drawn(heads, config.heads, self.generator, self.share)
        pieces = self._sampled_ahead(folder)
        if self.pool is not None and phase == "end":
            first = self._first_piece
            self.pool.renew(pieces, first)
            pieces.go_on(range(first + pieces.count, first + pieces.count + AHEAD))
            return
        if phase != "end":
            pieces.go_on(range(pieces.count + AHEAD))
        if phase in ("stages", "codes") or self.pool is not None:
            return
        if phase == "template":
            told, sampler = "Sampling signed distances of the template", self._sampler()
            self.pool = SamplePool.of_template(heads, sampler, config, self.workers, lambda *done: watch(told, *done))
        else:
            told = f"Sampling signed distances of {PIECE * pieces.count} heads"
            self.pool = SamplePool.of_heads(pieces, self._first_piece, self.device, lambda *done: watch(told, *done))

    @property
    def _first_piece(self) -> int:
        """Of the pool's pieces the first one that the next step draws from."""
        return (self.steps - self.schedule.begun.steps) // self.config.pool_renewal

    def _sampler(self) -> Sampler:
        return Sampler.of(self.heads, self.frame, self.sampler, self.config.seed)

    def _sampled_ahead(self, folder: Path | None) -> PoolPieces:
        """The pool's pieces, of which processes sample the next ones where there is a folder for them."""
        if self._pieces is None:
            frame = [*self.frame.centre_mm, self.frame.radius_mm]
            config = self.config
            depends = {"data": self.identity.hash, "frame": frame, "collar": config.collar, "from": config.start_from}
            kept = (folder / POOL, depends) if folder else None
            self._pieces = PoolPieces(self.heads, self._sampler(), config, self.workers, kept)
        return self._pieces

    def close(self) -> None:
        """End what works beside the run."""
        if self._pieces is not None:
            self._pieces.close()

    def draw(self) -> Draw:
        """What this worker learns from in a step.

        The stages' supervision, at the end on half as many heads, together with as many heads' signed distances.
        """
        config, generator, share = self.config, self.generator, self.share
        if self.phase == "template":
            assert self.pool is not None
            points = 16 * config.surface_points, 16 * config.space_points
            return Draw(None, self.pool.draw(1, *points, generator, share)[0], None)
        stages = distances = recipe = None
        if self.buffer is not None:
            learnt = config.heads // 2 if self.phase == "end" else config.heads
            heads = self.buffer.draw(learnt, generator)
            stages = self.sampler.draw(self.buffer.batch, heads, config.stage_points, generator, share)
            recipe = self.buffer.batch.recipe.select(heads)
        if self.pool is not None:
            points = config.surface_points, config.space_points
            distances, others = self.pool.draw(config.heads // 2, *points, generator, share)
            assert others is not None
            recipe = recipe.join(others) if recipe else others
        return Draw(stages, distances, recipe)

    def parts(self) -> dict[str, Callable[[], None]]:
        """What the last step consisted of: see `Step.parts`."""
        return self._step.parts if self._step else {}

    def _error_mm(self) -> float:
        """What the phase's error was in the last step, mm: of SDFNet's distances, or of a stage's displacements.

        NaN before the phase's first step here, such as where a run goes on in the middle of it.
        """
        losses = self._step.losses() if self._step else {}
        wanted = "gt" if self.phase == "template" else "stage"
        values = [value for name, value in losses.items() if name.partition("/")[0] == wanted]
        return self.frame.radius_mm * sum(values) / len(values) if values else math.nan

    def _require_template(self) -> None:
        """Raise FacewrightError if the template's phase ends with a network that is noise."""
        steps = self.steps - self.schedule.begun.steps
        if self.phase == "template" and steps >= LEAST["template"] and (error := self._error_mm()) > LOST_MM:
            raise FacewrightError(
                f"The template was not learnt: SDFNet's distances are {error:.1f} mm off after {steps} steps. "
                f"Give --sdf-learning-rate less than {self.config.sdf_learning_rate:g}, or more --minutes."
            )

    def learning_rates(self) -> dict[Group, float]:
        """What the next step's learning rates are, by what learns in this phase."""
        groups = self.schedule.learning(tuple(self.rates))
        return {group: self.schedule.rate(group, self.spent) for group in groups}

    def enter(self, phase: Phase) -> None:
        """Be at the beginning of a phase, whatever the schedule says."""
        self.schedule.enter(phase, self.spent)
        self.begin_phase()

    def begin_phase(self) -> None:
        """Let learn what the schedule's phase has learn. Moments stay with the weights that they are of."""
        self.pool, self._step = None, None
        learning = self.schedule.learning(tuple(self.rates))
        self.network.requires_grad_(False)
        parameters = [
            weight.requires_grad_()
            for group in learning
            if (module := getattr(self.network, group, None)) is not None
            for weight in module.parameters()
        ]
        self.gradients.release()
        stages = self.network.config.stages if "stages" in learning else ()
        wide = [self.network.stage(stage).hypernet.heads for stage in stages]
        self.gradients = Gradients(parameters, self.workers, wide)

    @property
    def is_finite(self) -> bool:
        """Whether all weights, codes and the optimiser's moments are numbers still."""
        moments = [moment for state in self.optimizer.state.values() for moment in state.values()]
        return all(bool(t.isfinite().all()) for t in (*self.network.parameters(), *self.tables.buffers(), *moments))


def _share(config: TrainConfig, workers: Workers) -> Share:
    """What a worker has of every step; FacewrightError if the step's heads cannot be shared equally."""
    heads, count = config.heads, workers.count
    if heads % (4 * count) or HeadBuffer.group_size(heads) % (2 * count):
        least = next(n for n in range(4 * count, 1 << 30, 4 * count) if HeadBuffer.group_size(n) % (2 * count) == 0)
        raise FacewrightError(
            f"{heads} heads a step cannot be shared among {count} processes: give --heads a multiple of {least}."
        )
    return Share(workers.rank, count)
