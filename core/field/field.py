"""The signed distance field of one head: the network at fixed codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.field.template_table import CERTAIN_MM
from facewright.core.field.torch_stages import TorchStages
from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.field.compiled_stages import Approached, CompiledStages
    from facewright.core.field.draft import Draft
    from facewright.core.network.frame import Frame
    from facewright.core.network.network import Network
    from facewright.core.parts import CodeName


class Traced(NamedTuple):
    """Points followed to the end of the cascade.

    distance : (N,) float32, mm, negative inside; inside : (N,) bool for every windowed stage on the way, whether
    the point was in its window: elsewhere that stage's code has no influence on it.
    """

    distance: np.ndarray
    inside: Mapping[CodeName, np.ndarray]


class Field:
    """Φ at fixed codes, in mm and head frame. The HyperNets ran once, when it was made.

    A point's distance is the same to the last bit whichever points are asked with it.
    """

    def __init__(
        self, network: Network, frame: Frame, codes: Mapping[CodeName, torch.Tensor], like: Field | None = None
    ) -> None:
        """Condition `network` on codes (1, d) of one head.

        like : a field of the same network: HyperNets of codes in which it is the same need not run.
        """
        self._network, self._frame, self._codes = network, frame, codes
        changed = tuple(code for code in CODES if like is None or not torch.equal(codes[code], like._codes[code]))
        self._stages: CompiledStages | TorchStages
        if next(network.parameters()).device.type == "cpu" and network.config.stages == CODES:
            from facewright.core.field.compiled_stages import CompiledStages  # numba takes a second to import

            stages = like._stages if like and isinstance(like._stages, CompiledStages) else None
            self._stages = CompiledStages(network, codes, stages, changed) if changed or not stages else stages
        else:
            there = like._stages if like and isinstance(like._stages, TorchStages) else None
            self._stages = TorchStages(network, codes, there, changed) if changed or not there else there
        self._draft = self._table_of(like)

    def _table_of(self, like: Field | None) -> Draft | None:
        """What drafts are made with, where they can be."""
        if isinstance(self._stages, TorchStages):
            return None
        if like is not None:
            return like._draft
        from facewright.core.field.draft import Draft

        return Draft.of(self._network, self._stages.template_distance, self._frame.radius_mm)

    def prepare(self) -> None:
        """Wait until a draft (`trace`) can be given, by this field and those made like it."""
        if self._draft is not None:
            self._draft.wait()

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) float32 in mm, negative inside, at points (N, 3) in mm, head frame."""
        return self.trace(self.states(points)).distance

    def to_template(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 3) in mm, head frame, lie on the template: (N, 3) float32, mm, p₅."""
        return self._frame.to_head(self._stages.to_template(self._frame.to_network(points)))

    def states(self, points: np.ndarray, code: CodeName = CODES[0]) -> np.ndarray:
        """Where points (N, 3) in mm, head frame, are when the stage of `code` reads them: (N, 3) float32, pₖ₋₁.

        They are in the network frame, mean something to `trace` alone, and depend on the stages before only.
        """
        return self.carried(points, code)[0]

    def carried(
        self, points: np.ndarray, code: CodeName = CODES[0]
    ) -> tuple[np.ndarray, Mapping[CodeName, np.ndarray]]:
        """The `states` of points, and for every windowed stage on the way whether they were inside, as in `Traced`."""
        return self._stages.move(self._frame.to_network(points), CODES[: CODES.index(code)])

    def trace(self, states: np.ndarray, code: CodeName = CODES[0], *, draft: bool = False) -> Traced:
        """Follow points on from `states(points, code)` to their distance.

        draft : SDFNet may be interpolated (`core.field.template_table`), where that is prepared by now.
        """
        codes = CODES[CODES.index(code) : -1]
        table = self._draft.ready() if draft and self._draft is not None else None
        if table is None or isinstance(self._stages, TorchStages):
            distance, inside = self._stages.trace(states, codes)
        else:
            distance, inside = self._stages.trace(states, codes, table)
        return Traced(distance * np.float32(self._frame.radius_mm), inside)

    @property
    def knows_signs(self) -> bool:
        """Whether `approach` can be asked: whether a table of SDFNet is made by now."""
        return self._draft is not None and self._draft.table is not None

    def approach(self, points: np.ndarray) -> tuple[Approached, Mapping[CodeName, np.ndarray]]:
        """The sign at points (N, 3) in mm, head frame, and the distance where that takes it.

        Where a table of SDFNet (`core.field.template_table`) puts a point farther from the surface than `CERTAIN_MM`,
        it is on that side. Its distance, here in mm, is then the table's until `settled` is asked. Also which points
        were in the windows on the way, as in `Traced`. All in the calling thread, as `settled`.
        """
        assert not isinstance(self._stages, TorchStages)
        assert self._draft is not None
        table, radius = self._draft.table, self._frame.radius_mm
        assert table is not None
        states = self._frame.to_network(points)
        there, inside = self._stages.approach(states, CODES[:-1], table, CERTAIN_MM / radius)
        return there._replace(distance=there.distance * np.float32(radius)), inside

    def settled(self, template: np.ndarray, correction: np.ndarray) -> np.ndarray:
        """The distance (N,) float32 in mm, as `trace` has it, of points that `approach` carried to the template."""
        assert not isinstance(self._stages, TorchStages)
        return self._stages.settled(template, correction) * np.float32(self._frame.radius_mm)

    def window(self, part: CodeName, points: np.ndarray) -> np.ndarray:
        """Weight (N,) float32 of a part's window at points (N, 3) in mm, head frame; 0 is out of its reach.

        The window lies in the space that the part's stage reads; points are carried there first.
        """
        return self._stages.weight(part, self.states(points, part))

    def inside(self, states: np.ndarray, part: CodeName) -> np.ndarray:
        """Which of `states(points, part)` are inside the part's window, (N,) bool: where its code has influence."""
        return self._stages.weight(part, states) > 0.0
