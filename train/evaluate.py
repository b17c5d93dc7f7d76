"""The paper's evaluation of models (4.3, 4.4): fit them to unseen heads, compare, and try their parts' independence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from core.errors import FacewrightError
from core.fit import FitSettings
from core.mesh import Mesh
from core.parameters import Parameters
from core.parts import CODES, LOCAL_PARTS, PARTS
from core.surface import head_mesh
from train.baselines.linear import linear_pca, part_pca
from train.evaluation.comparison import REGIONS, Scores, TrueHead, face_parts
from train.evaluation.disentanglement import COMPONENTS, SeamMeter, measure_leak
from train.evaluation.reconstruction import FittedHead, ImplicitHeads
from train.evaluation.report import Gallery, write_report
from train.evaluation.tables import MODEL, Evaluation
from train.heads import open_source
from train.registered import RegisteredHeads
from train.windows import TemplateWindows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.head_model import HeadModel
    from core.parts import CodeName
    from train.baselines.linear import LinearModel
    from train.evaluation.comparison import Region
    from train.evaluation.disentanglement import Leak, Seam
    from train.heads import HeadSet

_LEAK_VOXEL_MM = 3.0

progress_bar = partial(tqdm, disable=None, leave=False, bar_format="{desc:32} {percentage:3.0f}%|{bar:24}| {elapsed}")
"""On standard error, if that is a terminal."""


@dataclass(frozen=True)
class Effort:
    """How much to evaluate: every so many of a subject's expressions, components moved, how to fit."""

    expression_stride: int
    components: int
    fit: FitSettings


FULL = Effort(1, COMPONENTS, FitSettings())
QUICK = Effort(6, 3, FitSettings(steps=80))


class Evaluator:
    """Models, the heads they never saw, and the ones they were trained on."""

    def __init__(
        self, model: HeadModel, source: str, subjects: int | None, effort: Effort, beside: Mapping[str, HeadModel]
    ) -> None:
        """Read the heads of both splits; beside : other models by name, evaluated alike.

        Raises FacewrightError as `open_source` does, or if a model was trained on another data set.
        """
        self.models = {MODEL: model, **beside}
        self.effort = effort
        self.heads = open_source(source, "test", subjects)
        for each in self.models.values():
            if each.metadata.get("data") != self.heads.name:
                raise FacewrightError(
                    f"The model was trained on {each.metadata.get('data')}, not {self.heads.name}: "
                    "give its own data set."
                )
        self.labels = face_parts(self.heads)
        self.training = open_source(source, "train")
        template = symmetric_mean(self.training)
        self.implicit = {
            name: ImplicitHeads(each, self.heads, self.labels, template) for name, each in self.models.items()
        }
        self.linear = {"linear PCA": linear_pca(self.training), "part PCA": part_pca(self.training)}
        self.fitted: dict[str, list[FittedHead]] = {}

    def run(self) -> Evaluation:
        """Everything, with progress on a terminal."""
        began = time.monotonic()
        self.fitted = {name: self._fit(name) for name in self.models}
        scores = self._compare()
        leak, seam = self._leak(), self._seam()
        model = self.models[MODEL]
        facts = {
            "model": model.name,
            "model_metadata": dict(model.metadata),
            "heads": len(self.fitted[MODEL]),
            "subjects": len(self.heads.subjects),
            "device": str(model.device),
            "seconds": round(time.monotonic() - began, 1),
        }
        return Evaluation(facts, scores, leak, seam)

    def report(self, evaluation: Evaluation, folder: Path) -> Path:
        """Write a page with the evaluation's tables and pictures; returns it. Raises FacewrightError if it cannot."""
        components = self.effort.components
        gallery = Gallery(self.models[MODEL], self.heads)
        with progress_bar(total=components * len(CODES) + 2 * len(PARTS), desc="Drawing") as bar:
            return write_report(folder, evaluation, gallery, self._neutral(MODEL), components, bar.update)

    def _neutral(self, name: str) -> list[tuple[Parameters, np.ndarray]]:
        """A model's fitted neutral heads, one a subject, and their registered vertices where those are known."""
        fitted = [head for head in self.fitted[name] if head.expression == 0]
        known = ((head.parameters, self.implicit[name].vertices(head)) for head in fitted)
        return [(parameters, vertices) for parameters, vertices in known if vertices is not None]

    def _fit(self, name: str) -> list[FittedHead]:
        """A model's codes of all heads, a subject at a time."""
        expressions = range(0, len(self.heads.expressions), self.effort.expression_stride)
        found: list[FittedHead] = []
        steps = self.effort.fit.steps * len(self.heads.subjects)
        with progress_bar(total=steps, desc=f"Fitting codes, {name}") as bar:
            for subject in range(len(self.heads.subjects)):
                chosen = [(subject, expression) for expression in expressions]
                found += self.implicit[name].fit(chosen, self.effort.fit, lambda *_: bar.update())
        return found

    def _compare(self) -> dict[str, dict[Region, Scores]]:
        """Mean scores of every model, implicit or linear."""
        found: dict[str, list[dict[Region, Scores]]] = {name: [] for name in (*self.models, *self.linear)}
        tip = self.heads.surface.points["prn"]
        for index, head in enumerate(progress_bar(self.fitted[MODEL], desc="Comparing surfaces")):
            vertices = self.heads.vertices[head.subject, head.expression]
            mesh = Mesh(vertices, self.heads.surface.faces)
            rng = np.random.default_rng([head.subject, head.expression])
            truth = TrueHead(mesh, self.labels, vertices[tip], rng)
            for name, implicit in self.implicit.items():
                reconstruction = implicit.reconstruct(self.fitted[name][index])
                found[name].append(truth.compare(reconstruction.mesh, reconstruction.vertices))
            for name, linear in self.linear.items():
                found[name].append(compare_linear(truth, linear))
        return {
            name: {region: Scores.mean([scores[region] for scores in rows]) for region in REGIONS}
            for name, rows in found.items()
        }

    def _leak(self) -> dict[str, dict[CodeName, Leak]]:
        """Every model's leak of its mean head's edits."""
        found: dict[str, dict[CodeName, Leak]] = {}
        heads = RegisteredHeads(self.training, torch.device("cpu"), collar=False)
        for name, model in progress_bar(self.models.items(), desc="Editing parts"):
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
        for name, model in progress_bar(self.models.items(), desc="Looking at seams"):
            if fitted := self._neutral(name):
                found[name] = {
                    part: meter.measure(part, model, fitted, self.effort.components) for part in LOCAL_PARTS
                }
        return found


def compare_linear(truth: TrueHead, model: LinearModel) -> dict[Region, Scores]:
    """Scores of a linear model's reconstruction."""
    vertices = model.reconstruct(truth.mesh.vertices)
    return truth.compare(Mesh(vertices, truth.mesh.faces), vertices)


def symmetric_mean(heads: HeadSet) -> np.ndarray:
    """The mean neutral head and its mirror image averaged, (V, 3) float32, mm: the template of training."""
    mean = heads.neutral.mean(axis=0)
    mirrored = mean[heads.surface.mirror] * np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    template: np.ndarray = (mean + mirrored) / 2
    return template
