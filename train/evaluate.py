"""The paper's evaluation of a model (4.3, 4.4): fit it to unseen heads, compare, and try its parts' independence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from core.errors import FacewrightError
from core.fit import FitSettings
from core.mesh import Mesh
from core.parameters import Parameters
from core.parts import CODES, LOCAL_PARTS, PARTS
from core.surface import head_mesh
from train.baselines import linear_pca, part_pca
from train.evaluation.comparison import REGIONS, Scores, TrueHead
from train.evaluation.disentanglement import COMPONENTS, SeamMeter, measure_leak
from train.evaluation.reconstruction import FittedHead, ImplicitHeads
from train.evaluation.report import Gallery, write_report
from train.evaluation.tables import MODEL, Evaluation
from train.heads import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from core.head_model import HeadModel
    from core.parts import CodeName
    from train.baselines import LinearModel
    from train.evaluation.comparison import Region
    from train.evaluation.disentanglement import Leak, Seam
    from train.heads import HeadSet

_LEAK_VOXEL_MM = 3.0

progress_bar = partial(tqdm, disable=None, leave=False, bar_format="{desc:24} {percentage:3.0f}%|{bar:24}| {elapsed}")
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
    """A model, the heads it never saw, and the ones it was trained on."""

    def __init__(self, model: HeadModel, source: str, subjects: int | None, effort: Effort) -> None:
        """Read the heads of both splits.

        Raises FacewrightError as `open_source` does, or if the model was trained on another data set.
        """
        self.model, self.effort = model, effort
        self.heads = open_source(source, "test", subjects)
        if model.metadata.get("data") != self.heads.name:
            raise FacewrightError(
                f"The model was trained on {model.metadata.get('data')}, not {self.heads.name}: give its own data set."
            )
        self.labels = self.heads.face_parts
        training = open_source(source, "train")
        self.implicit = ImplicitHeads(model, self.heads, self.labels, training.symmetric_mean)
        self.baselines = {"linear PCA": linear_pca(training), "part PCA": part_pca(training)}
        self.fitted: list[FittedHead] = []

    def run(self) -> Evaluation:
        """Everything, with progress on a terminal."""
        began = time.monotonic()
        self.fitted = self._fit()
        scores = self._compare()
        leak, seam = self._disentangle()
        facts = {
            "model": self.model.name,
            "model_metadata": dict(self.model.metadata),
            "heads": len(self.fitted),
            "subjects": len(self.heads.subjects),
            "device": str(self.model.device),
            "seconds": round(time.monotonic() - began, 1),
        }
        return Evaluation(facts, scores, leak, seam)

    def report(self, evaluation: Evaluation, folder: Path) -> Path:
        """Write a page with the evaluation's tables and pictures; returns it. Raises FacewrightError if it cannot."""
        components = self.effort.components
        gallery = Gallery(self.model, self.heads)
        with progress_bar(total=components * len(CODES) + 2 * len(PARTS), desc="Drawing") as bar:
            return write_report(folder, evaluation, gallery, self._neutral(), components, bar.update)

    def _neutral(self) -> list[tuple[Parameters, np.ndarray]]:
        """The fitted neutral heads, one a subject, and their registered vertices on the model's surfaces."""
        return [(head.parameters, self.implicit.vertices(head)) for head in self.fitted if head.expression == 0]

    def _fit(self) -> list[FittedHead]:
        """Codes of all heads, a subject at a time."""
        expressions = range(0, len(self.heads.expressions), self.effort.expression_stride)
        found: list[FittedHead] = []
        steps = self.effort.fit.steps * len(self.heads.subjects)
        with progress_bar(total=steps, desc="Fitting codes") as bar:
            for subject in range(len(self.heads.subjects)):
                chosen = [(subject, expression) for expression in expressions]
                found += self.implicit.fit(chosen, self.effort.fit, lambda *_: bar.update())
        return found

    def _compare(self) -> dict[str, dict[Region, Scores]]:
        """Mean scores of the model and of every baseline."""
        found: dict[str, list[dict[Region, Scores]]] = {method: [] for method in (MODEL, *self.baselines)}
        tip = self.heads.surface.points["prn"]
        for head in progress_bar(self.fitted, desc="Comparing surfaces"):
            vertices = self.heads.vertices[head.subject, head.expression]
            mesh = Mesh(vertices, self.heads.surface.faces)
            rng = np.random.default_rng([head.subject, head.expression])
            truth = TrueHead(mesh, self.labels, vertices[tip], rng)
            reconstruction = self.implicit.reconstruct(head)
            found[MODEL].append(truth.compare(reconstruction.mesh, reconstruction.vertices))
            for method, baseline in self.baselines.items():
                found[method].append(compare_linear(truth, baseline))
        return {
            method: {region: Scores.mean([scores[region] for scores in rows]) for region in REGIONS}
            for method, rows in found.items()
        }

    def _disentangle(self) -> tuple[dict[CodeName, Leak], dict[CodeName, Seam]]:
        """Leak of the mean head's edits, seams of the fitted neutral heads'."""
        components, meter = self.effort.components, SeamMeter(self.heads)
        surface = head_mesh(self.model, Parameters(), _LEAK_VOXEL_MM).vertices
        fitted = self._neutral()
        leak: dict[CodeName, Leak] = {}
        seam: dict[CodeName, Seam] = {}
        for part in progress_bar(LOCAL_PARTS, desc="Editing parts"):
            leak[part] = measure_leak(self.model, Parameters(), part, surface, components)
            seam[part] = meter.measure(part, self.model, fitted, components)
        return leak, seam


def compare_linear(truth: TrueHead, baseline: LinearModel) -> dict[Region, Scores]:
    """Scores of a linear model's reconstruction."""
    vertices = baseline.reconstruct(truth.mesh.vertices)
    return truth.compare(Mesh(vertices, truth.mesh.faces), vertices)
