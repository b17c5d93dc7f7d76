"""Unseen heads, every model fitted to them, and the figures of their reconstructions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.mesh import Mesh
from facewright.train.evaluation.comparison import TrueHead
from facewright.train.evaluation.progress import progress_bar
from facewright.train.evaluation.reconstruction import FittedHead, ImplicitHeads, Reconstruction
from facewright.train.evaluation.scores import HeadScores, MethodScores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from facewright.core.fit import FitSettings
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.baselines.linear import LinearModel
    from facewright.train.baselines.registered import RegisteredPca
    from facewright.train.evaluation.progress import Progress
    from facewright.train.evaluation.reconstruction import Unseen

    Baseline = Callable[[np.ndarray], Reconstruction]
    """What another method makes of a true head's vertices (V, 3), mm."""


class Shown(NamedTuple):
    """A true head and what models made of it; name : its subject and expression; tip : (3,) mm, of its nose."""

    name: str
    truth: Mesh
    tip: np.ndarray
    made: Mapping[str, Mesh]


class Bench:
    """Models and heads that they never saw."""

    def __init__(
        self,
        unseen: Unseen,
        models: Mapping[str, HeadModel],
        templates: Mapping[str, np.ndarray],
        progress: Progress = progress_bar,
    ) -> None:
        """templates : (V, 3) mm, the heads' vertices on a model's template, by its name, where these are known."""
        self.unseen, self.names = unseen, tuple(models)
        self._progress = progress
        self._implicit = {name: ImplicitHeads(model, unseen, templates.get(name)) for name, model in models.items()}
        self._fitted: dict[str, list[FittedHead]] = {}

    def fit(self, settings: FitSettings, expression_stride: int = 1) -> None:
        """Find every model's codes of the heads, a subject at a time, in every so many of its expressions."""
        subjects, expressions = self.unseen.vertices.shape[:2]
        for name, implicit in self._implicit.items():
            self._fitted[name] = []
            with self._progress(total=subjects, desc=f"Fitting codes, {name}") as bar:

                def done(share: float, _: float, before: int = 0) -> None:
                    bar.update(before + share - bar.n)

                for subject in range(subjects):
                    chosen = [(subject, expression) for expression in range(0, expressions, expression_stride)]
                    self._fitted[name] += implicit.fit(chosen, settings, partial(done, before=subject))

    def compare(self, baselines: Mapping[str, Baseline]) -> dict[str, MethodScores]:
        """Scores of every model that was fitted, and of other methods."""
        scores: dict[str, list[HeadScores]] = {name: [] for name in (*self._implicit, *baselines)}
        for heads in self._progress(list(zip(*self._fitted.values(), strict=True)), desc="Comparing surfaces"):
            truth = self._truth(heads[0])
            for (name, implicit), head in zip(self._implicit.items(), heads, strict=True):
                reconstruction = implicit.reconstruct(head)
                scores[name].append(truth.compare(reconstruction.mesh, reconstruction.vertices))
            for name, baseline in baselines.items():
                reconstruction = baseline(truth.mesh.vertices)
                scores[name].append(truth.compare(reconstruction.mesh, reconstruction.vertices))
        return {name: MethodScores(tuple(rows)) for name, rows in scores.items()}

    def _truth(self, head: FittedHead) -> TrueHead:
        unseen = self.unseen
        vertices = unseen.vertices[head.subject, head.expression]
        rng = np.random.default_rng([head.subject, head.expression])
        names = unseen.subjects[head.subject], unseen.expressions[head.expression]
        return TrueHead(Mesh(vertices, unseen.faces), unseen.labels, vertices[unseen.tip], rng, *names)

    def shown(self, count: int) -> Iterator[Shown]:
        """Up to `count` of the heads beside every model's reconstruction: neutral ones first, as in the paper."""
        fitted = list(zip(*self._fitted.values(), strict=True))
        neutral = [heads for heads in fitted if heads[0].expression == 0]
        moving = [heads for heads in fitted if heads[0].expression]
        still = neutral[: max(count // 3, count - len(moving))]
        picked = np.unique(np.linspace(0, len(moving) - 1, min(count - len(still), len(moving))).astype(int))
        for heads in (*still, *(moving[index] for index in picked)):
            subject, expression = heads[0].subject, heads[0].expression
            yield Shown(
                f"{self.unseen.subjects[subject]}, {self.unseen.expressions[expression]}",
                Mesh(self.unseen.vertices[subject, expression], self.unseen.faces),
                self.unseen.vertices[subject, expression, self.unseen.tip],
                {n: own.reconstruct(head).mesh for (n, own), head in zip(self._implicit.items(), heads, strict=True)},
            )

    def neutral(self, name: str) -> list[tuple[Parameters, np.ndarray]]:
        """A model's fitted neutral heads, one a subject, and their registered vertices (V, 3) where those are known."""
        fitted = [head for head in self._fitted[name] if head.expression == 0]
        pairs = ((head.parameters, self._implicit[name].vertices(head)) for head in fitted)
        return [(parameters, vertices) for parameters, vertices in pairs if vertices is not None]


def with_correspondence(model: LinearModel, faces: np.ndarray) -> Baseline:
    """A linear model of the heads' own topology, which is told where every vertex is; faces (F, 3)."""

    def reconstruct(vertices: np.ndarray) -> Reconstruction:
        nearest = model.reconstruct(vertices)
        return Reconstruction(Mesh(nearest, faces), nearest)

    return reconstruct


def by_registration(model: RegisteredPca, surface: ClosedSurface) -> Baseline:
    """A linear model that is told the heads' surface alone."""

    def reconstruct(vertices: np.ndarray) -> Reconstruction:
        return Reconstruction(Mesh(model.reconstruct(vertices, surface), model.surface.faces), None)

    return reconstruct
