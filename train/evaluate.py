"""The paper's evaluation of models (4.3, 4.4): fit them to unseen heads, compare, and try their parts' independence."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.core.fit import FitSettings
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS, PARTS
from facewright.core.surface.extraction import head_mesh
from facewright.train.anatomy.registration import can_register
from facewright.train.baselines.linear import linear_pca, part_pca
from facewright.train.baselines.registered import RegisteredPca
from facewright.train.data.heads import NotSoMany, open_source
from facewright.train.evaluation.bench import Bench, by_registration, with_correspondence
from facewright.train.evaluation.disentanglement import COMPONENTS, SeamMeter, measure_leak
from facewright.train.evaluation.progress import progress_bar
from facewright.train.evaluation.reconstruction import Unseen
from facewright.train.evaluation.report import SHOWN, Gallery, write_report
from facewright.train.evaluation.tables import MODEL, Evaluation
from facewright.train.fine_tune import own_sources, placement
from facewright.train.sampling.registered import RegisteredHeads
from facewright.train.template import drawn, training_heads
from facewright.train.windows import TemplateWindows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.train.data.heads import HeadSet
    from facewright.train.evaluation.bench import Baseline
    from facewright.train.evaluation.disentanglement import Leak, Seam
    from facewright.train.evaluation.populations import Population
    from facewright.train.evaluation.progress import Progress

OUTSIDERS = 10
"""Subjects of each data set outside, in neutral alone: how a set's mouths open is its own."""

_LEAK_VOXEL_MM = 3.0


@dataclass(frozen=True)
class Effort:
    """How much to evaluate: every so many of a subject's expressions, components moved, how to fit."""

    expression_stride: int
    components: int
    fit: FitSettings


FULL = Effort(1, COMPONENTS, FitSettings())
QUICK = Effort(6, 3, FitSettings())


class ModelEvaluator:
    """Models, heads they never saw, and the ones they were trained on, where the data set is theirs."""

    def __init__(
        self,
        model: HeadModel,
        source: str,
        effort: Effort,
        subjects: int | None = None,
        beside: Mapping[str, HeadModel] | None = None,
        outside: Mapping[str, str | Population] | None = None,
        progress: Progress = progress_bar,
        also: Sequence[str] = (),
    ) -> None:
        """Read the heads: the test split, which the model never saw, of whatever data set.

        On its own data set correspondence is known: vertices, seams and linear models are measured then alone. Other
        heads are laid on the model by their landmarks. subjects : only so many of each; beside : other models by name,
        trained on the same data, evaluated alike; outside : sources of further heads, or populations, by name; also :
        where a model is of several sources, those after the first: its template is known then, and with it
        correspondence on the first, and linear models learn of all; else they learn of the first one's benchmark.
        Raises FacewrightError as `open_source` and `placement` do, or if the models were trained on different data.
        """
        self.models = {MODEL: model, **(beside or {})}
        self._progress = progress
        self.effort = effort
        for name, each in self.models.items():
            if each.metadata.get("data") != model.metadata.get("data"):
                raise FacewrightError(
                    f"{name} was trained on {each.metadata.get('data')}, the model on {model.metadata.get('data')}: "
                    "evaluate them one by one."
                )
        self.heads = self._placed(open_source(source, "test", subjects))
        self.training = self._learnt(model, source, also)
        templates = self._templates(source, also)
        if self.training is None and self.heads.name in own_sources(model):
            self.training = open_source(source, "train")
        self.test = Bench(Unseen.of(self.heads), self.models, templates, progress)
        self.baselines: dict[str, Baseline] = {}
        self._registered: RegisteredPca | None = None
        if self.training:
            whole, parts, surface = linear_pca(self.training), part_pca(self.training), self.training.surface
            self.baselines = {
                "linear PCA": with_correspondence(whole, surface.faces),
                "part PCA": with_correspondence(parts, surface.faces),
            }
            self._registered = RegisteredPca(whole, surface, self.training.symmetric_mean)
        self.outside = {name: self._outside(each, subjects) for name, each in (outside or {}).items()}

    def _placed(self, heads: HeadSet, *farthest_mm: float) -> HeadSet:
        """Heads where the models' own lie; raises as `placement` does."""
        return replace(heads, vertices=placement(self.models[MODEL], heads, *farthest_mm)(heads.vertices))

    def _learnt(self, model: HeadModel, source: str, also: Sequence[str]) -> HeadSet | None:
        """The heads that a model was trained on, in the evaluated ones' topology; None if not all sources are given."""
        whole, *parts = own_sources(model)
        if whole == self.heads.name:
            return training_heads(model, source)
        if also and parts[:1] == [self.heads.name] and len(parts) == len(also) + 1:
            return training_heads(model, source, *also)
        return None

    def _templates(self, source: str, also: Sequence[str]) -> dict[str, np.ndarray]:
        """The evaluated heads' vertices on every model's template, where they are told: the mean of what it learnt."""
        if self.training is None:
            return {}
        means = {drawn(self.models[MODEL]): self.training.symmetric_mean}
        for model in self.models.values():
            if drawn(model) not in means and (heads := self._learnt(model, source, also)):
                means[drawn(model)] = heads.symmetric_mean
        return {name: means[drawn(model)] for name, model in self.models.items() if drawn(model) in means}

    def _outside(self, source: str | Population, subjects: int | None) -> tuple[Bench, dict[str, Baseline]]:
        """Other heads, and what else they are reconstructed by: to a linear model they are but surfaces."""
        count = min(subjects or OUTSIDERS, OUTSIDERS)
        try:
            heads = open_source(source, "test", count) if isinstance(source, str) else source(count)
        except NotSoMany:
            heads = open_source(source, "test") if isinstance(source, str) else source(1)
        heads = replace(heads, vertices=heads.vertices[:OUTSIDERS, :1], expressions=heads.expressions[:1])
        heads = replace(heads, subjects=heads.subjects[:OUTSIDERS])
        farthest = () if isinstance(source, str) else (math.inf,)  # of known heads: children are unlike a mean adult
        bench = Bench(Unseen.of(self._placed(heads, *farthest)), self.models, {}, self._progress)
        registered = self._registered
        if registered is None or not can_register(registered.surface, heads.surface):
            return bench, {}
        return bench, {"linear PCA": by_registration(registered, heads.surface)}

    def run(self) -> Evaluation:
        """Everything, with progress on a terminal."""
        began = time.monotonic()
        self.test.fit(self.effort.fit, self.effort.expression_stride)
        scores = self.test.compare(self.baselines)
        outside = {}
        for name, (bench, baselines) in self.outside.items():
            bench.fit(self.effort.fit)
            outside[name] = bench.compare(baselines)
        leak, seam = self._leak(), self._seam()
        model = self.models[MODEL]
        facts: dict[str, object] = {
            "model": model.name,
            "model_metadata": dict(model.metadata),
            "data": self.heads.name,
            "trained_on": model.metadata.get("data"),
            "heads": len(scores[MODEL].heads),
            "subjects": len(self.heads.subjects),
            "device": str(model.device),
            "seconds": round(time.monotonic() - began, 1),
        }
        if self.training:
            facts["linear_models_of"] = f"{len(self.training.subjects)} subjects of {self.training.name}"
        return Evaluation(facts, scores, leak, seam, outside)

    def report(self, evaluation: Evaluation, folder: Path) -> Path:
        """Write a page with the evaluation's tables and pictures; returns it. Raises FacewrightError if it cannot."""
        components = self.effort.components
        gallery = Gallery(self.models[MODEL], self.heads)
        with self._progress(total=components * len(CODES) + 2 * len(PARTS) + SHOWN, desc="Drawing") as bar:
            return write_report(folder, evaluation, gallery, self.test, components, bar.update)

    def _leak(self) -> dict[str, dict[CodeName, Leak]]:
        """Every model's leak of its mean head's edits; what has no windows is held to those of the training heads."""
        leaks: dict[str, dict[CodeName, Leak]] = {}
        bare = not all(model.network.config.windows for model in self.models.values())
        heads = RegisteredHeads(self.training, torch.device("cpu"), collar=False) if self.training and bare else None
        for name, model in self._progress(self.models.items(), desc="Editing parts"):
            if not heads and not model.network.config.windows:
                continue
            windows = TemplateWindows(heads, model.frame) if heads else None
            surface = head_mesh(model, Parameters(), _LEAK_VOXEL_MM).vertices
            leaks[name] = {
                part: measure_leak(model, part, surface, windows, self.effort.components) for part in LOCAL_PARTS
            }
        return leaks

    def _seam(self) -> dict[str, dict[CodeName, Seam]]:
        """The seams of every model's fitted neutral heads; a model without correspondence has none to measure."""
        meter = SeamMeter(self.heads)
        seams: dict[str, dict[CodeName, Seam]] = {}
        for name, model in self._progress(self.models.items(), desc="Looking at seams"):
            if fitted := self.test.neutral(name):
                seams[name] = {part: meter.measure(part, model, fitted, self.effort.components) for part in LOCAL_PARTS}
        return seams
