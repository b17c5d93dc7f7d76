"""The paper's evaluation of models (4.3, 4.4): fit them to unseen heads, compare, and try their parts' independence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from core.errors import FacewrightError
from core.fit import FitSettings
from core.parameters import Parameters
from core.parts import CODES, LOCAL_PARTS, PARTS
from core.surface.extraction import head_mesh
from train.baselines.linear import linear_pca, part_pca
from train.data import anny
from train.data.heads import open_source
from train.evaluation.bench import Bench
from train.evaluation.disentanglement import COMPONENTS, SeamMeter, measure_leak
from train.evaluation.progress import progress_bar
from train.evaluation.reconstruction import Unseen
from train.evaluation.report import Gallery, write_report
from train.evaluation.tables import MODEL, Evaluation
from train.sampling.registered import RegisteredHeads
from train.windows import TemplateWindows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np

    from core.model.head_model import HeadModel
    from core.parts import CodeName
    from train.evaluation.disentanglement import Leak, Seam
    from train.evaluation.progress import Progress

OUTSIDERS = 10
"""Heads from outside the models' data: neutral ones, for their mouths open onto a cavity that the models lack."""

_LEAK_VOXEL_MM = 3.0


@dataclass(frozen=True)
class Effort:
    """How much to evaluate: every so many of a subject's expressions, components moved, how to fit."""

    expression_stride: int
    components: int
    fit: FitSettings


FULL = Effort(1, COMPONENTS, FitSettings())
QUICK = Effort(6, 3, FitSettings())


class Evaluator:
    """Models, the heads they never saw, and the ones they were trained on."""

    def __init__(
        self,
        model: HeadModel,
        source: str,
        effort: Effort,
        subjects: int | None = None,
        beside: Mapping[str, HeadModel] | None = None,
        outside: str | None = None,
        progress: Progress = progress_bar,
    ) -> None:
        """Read the heads of both splits.

        subjects : only so many of the test split; beside : other models by name, evaluated alike; outside : as
        `train.data.anny.read_heads` has it, a source of heads unlike those trained on.
        Raises FacewrightError as `open_source` and `read_heads` do, or if a model was trained on another data set.
        """
        self.models = {MODEL: model, **(beside or {})}
        self._progress = progress
        self.effort = effort
        self.heads = open_source(source, "test", subjects)
        for each in self.models.values():
            if each.metadata.get("data") != self.heads.name:
                raise FacewrightError(
                    f"The model was trained on {each.metadata.get('data')}, not {self.heads.name}: "
                    "give its own data set."
                )
        self.training = open_source(source, "train")
        template = self.training.symmetric_mean
        self.test = Bench(Unseen.of(self.heads), self.models, template, progress)
        self.outside = self._outside(outside, subjects, template) if outside else None
        self.linear = {"linear PCA": linear_pca(self.training), "part PCA": part_pca(self.training)}

    def _outside(self, source: str, subjects: int | None, template: np.ndarray) -> Bench:
        points = self.heads.surface.points
        landmarks = {name: template[points[name]] for name in anny.LANDMARKS}
        drawn = anny.read_heads(source, min(subjects or OUTSIDERS, OUTSIDERS), landmarks)
        unseen = Unseen(drawn.vertices[:, None], drawn.faces, drawn.labels, drawn.tip)
        return Bench(unseen, self.models, None, self._progress)

    def run(self) -> Evaluation:
        """Everything, with progress on a terminal."""
        began = time.monotonic()
        self.test.fit(self.effort.fit, self.effort.expression_stride)
        scores = self.test.compare(self.linear)
        if self.outside:
            self.outside.fit(self.effort.fit)
        outside = self.outside.compare({}) if self.outside else {}
        leak, seam = self._leak(), self._seam()
        model = self.models[MODEL]
        facts = {
            "model": model.name,
            "model_metadata": dict(model.metadata),
            "heads": len(self.heads.subjects) * -(-len(self.heads.expressions) // self.effort.expression_stride),
            "subjects": len(self.heads.subjects),
            "device": str(model.device),
            "seconds": round(time.monotonic() - began, 1),
        }
        return Evaluation(facts, scores, leak, seam, outside)

    def report(self, evaluation: Evaluation, folder: Path) -> Path:
        """Write a page with the evaluation's tables and pictures; returns it. Raises FacewrightError if it cannot."""
        components = self.effort.components
        gallery = Gallery(self.models[MODEL], self.heads)
        with self._progress(total=components * len(CODES) + 2 * len(PARTS), desc="Drawing") as bar:
            return write_report(folder, evaluation, gallery, self.test.neutral(MODEL), components, bar.update)

    def _leak(self) -> dict[str, dict[CodeName, Leak]]:
        """Every model's leak of its mean head's edits."""
        found: dict[str, dict[CodeName, Leak]] = {}
        heads = RegisteredHeads(self.training, torch.device("cpu"), collar=False)
        for name, model in self._progress(self.models.items(), desc="Editing parts"):
            windows = TemplateWindows(heads, model.frame)
            surface = head_mesh(model, Parameters(), _LEAK_VOXEL_MM).vertices
            found[name] = {
                part: measure_leak(model, part, surface, windows, self.effort.components) for part in LOCAL_PARTS
            }
        return found

    def _seam(self) -> dict[str, dict[CodeName, Seam]]:
        """The seams of every model's fitted neutral heads; a model without correspondence has none to measure."""
        meter = SeamMeter(self.heads)
        found: dict[str, dict[CodeName, Seam]] = {}
        for name, model in self._progress(self.models.items(), desc="Looking at seams"):
            if fitted := self.test.neutral(name):
                found[name] = {
                    part: meter.measure(part, model, fitted, self.effort.components) for part in LOCAL_PARTS
                }
        return found
