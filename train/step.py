"""One optimiser step, on tensors that stay where they are, so that a card can replay it without being told again.

A step is drawing, gradients and update; what the workers exchange comes between the last two. Each of the three is a
function without arguments that reads and writes tensors of the trainer alone and never asks for a value on the host.
So on a card each is captured once a phase, as a CUDA graph; on the CPU the same functions are called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.train import losses as terms
from facewright.train.code_tables import RowExchange
from facewright.train.device import CapturedStep, out_of_memory
from facewright.train.sampling.draws import Share

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.core.parts import CodeName
    from facewright.train.code_tables import RowGradients
    from facewright.train.trainer import Trainer

_LONGEST = 1e3
"""Norm to which a longer gradient of the network is shortened."""


class TrainingStep:
    """The step of one phase of a trainer.

    portions : in how many a step's heads are learnt from, 1 unless memory ran out; names : of the losses.
    """

    def __init__(self, trainer: Trainer, told: Callable[[str], None]) -> None:
        """told : hears, in a sentence, that the card cannot replay the step."""
        self._trainer, self._told = trainer, told
        self.portions = trainer.portions
        self.names: tuple[str, ...] = ()
        self._exchange = RowExchange(trainer.workers)
        self._draws = self._captured(self._draw)
        self._learn_anew()

    def _captured(self, work: Callable[[], None], reads: CapturedStep | None = None) -> CapturedStep:
        return CapturedStep(work, self._trainer.device, self._trainer.generator, self._told, reads)

    def _learn_anew(self) -> None:
        """Capture gradients, and the update that reads them, as if this were the phase's first step."""
        self._learns = self._captured(self._learn, self._draws)
        self._updates = self._captured(self._update, self._learns)

    def __call__(self) -> None:
        """Take the step; afterwards `values` has its losses, means over all workers' heads, by `names`."""
        self._draws()
        while True:
            try:
                self._learns()
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            self._halve()
        self._trainer.gradients.average()
        self._trainer.workers.average(self.values)
        self._everybodys = self._exchange(self._rows)
        self._updates()

    @property
    def parts(self) -> dict[str, Callable[[], None]]:
        """What it consists of, to be timed: one after the other they are a step of a worker alone."""
        return {"drawing": self._draws, "gradients": self._learns, "update": self._updates}

    @property
    def points(self) -> int:
        """Points at which a stage, or the whole network, was evaluated, on all workers."""
        return self._drawn.points * self._trainer.workers.count

    def losses(self) -> dict[str, float]:
        """The last step's losses by name; waits for the device."""
        return dict(zip(self.names, self.values.tolist(), strict=True))

    def _draw(self) -> None:
        self._drawn = self._trainer.draw()
        recipe = self._drawn.recipe
        self._codes = self._trainer.tables.gathered(recipe) if recipe else {}

    def _learn(self) -> None:
        """Gradients of this worker's share, as large as if that were all, and the mean losses."""
        trainer = self._trainer
        trainer.gradients.clear()
        for codes in self._codes.values():
            codes.grad = None
        total: Tensor | None = None
        for index in range(self.portions):
            trainer.gradients.complete = index == self.portions - 1
            losses = self._losses(Share(index, self.portions))
            (terms.weighted(losses, trainer.config.weights) / self.portions).backward()
            values = torch.stack([value.detach() for value in losses.values()]) / self.portions
            total = values if total is None else total + values
            self.names = tuple(losses)
        assert total is not None
        self.values = total
        recipe = self._drawn.recipe
        self._rows: dict[str, RowGradients] = trainer.tables.gradients(self._codes, recipe) if recipe else {}

    def _update(self) -> None:
        trainer = self._trainer
        # As mixed precision does it: the fused update divides by this scale, where clipping is a pass of its own.
        trainer.optimizer.grad_scale = trainer.gradients.excess(_LONGEST)
        trainer.optimizer.step()
        trainer.tables.update(self._everybodys, trainer.rates["codes"])

    def _halve(self) -> None:
        """Learn from the step's heads in twice as many portions; FacewrightError if there is nothing left to halve."""
        trainer, heads = self._trainer, self._trainer.config.heads
        self.portions = trainer.portions = 2 * self.portions
        self._learn_anew()
        if trainer.device.type == "cuda":
            torch.cuda.empty_cache()
        if heads % (4 * trainer.workers.count * self.portions):
            raise FacewrightError(
                f"Memory is not enough for a step, though its {heads} heads were learnt from in "
                f"{self.portions // 2} portions. The last checkpoint is intact: go on with --resume and fewer "
                "--stage-points, --surface-points and --space-points, or on another device."
            )

    def _losses(self, share: Share) -> terms.Losses:
        """All terms of the phase, on a share of what was drawn."""
        trainer, network, drawn = self._trainer, self._trainer.network, self._drawn.share(share)
        if not self._codes:
            assert drawn.distances is not None
            return terms.template_losses(network, drawn.distances)
        apart = {name: self._drawn.codes(codes, share) for name, codes in self._codes.items()}
        codes = trainer.tables.by_code({name: torch.cat(pieces) for name, pieces in apart.items()})
        landmarks, grafts = network.steering(codes)
        sizes = [len(piece) for piece in next(iter(apart.values()))]
        of_stages, others = network.conditioned_apart(codes, _held(landmarks), _held(grafts), sizes)
        losses = terms.code_loss(codes)
        if drawn.stages is not None:
            own = {code: own[: sizes[0]] for code, own in landmarks.items()}
            losses |= terms.stage_losses(network, of_stages, drawn.stages)
            losses |= terms.generated_landmark_loss(own, drawn.stages.landmarks)
            if grafts:
                maps = torch.cat(list(grafts.values()), dim=1)[: sizes[0]]
                losses |= terms.graft_loss(maps, trainer.heads.swap, drawn.stages.rims, drawn.stages.images)
        if drawn.distances is not None:
            losses |= terms.sdf_losses(network, others, drawn.distances)
            if drawn.stages is not None:
                goal = trainer.sampler.template_landmarks()
                losses |= terms.deformed_landmark_loss(network, of_stages, drawn.stages.landmarks, goal)
        return losses


def _held(tensors: dict[CodeName, Tensor]) -> dict[CodeName, Tensor]:
    """Without gradients: landmarks and grafts learn from true ones; the fields follow them and must not pull them."""
    return {name: tensor.detach() for name, tensor in tensors.items()}
