"""Training that starts from a model: its frame, template and meaning of coefficients stay, its codes and fields move.

The new heads may be of any topology. Where their vertices lie on the model's template is what the model itself says of
their mean head: that gives the stages their known displacements in the new topology.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.fit import FitSettings, Target, fit
from facewright.core.model.latent_space import LatentSpace
from facewright.core.parts import CODE_SIZES, CODES
from facewright.core.rigid import Rigid, rigid
from facewright.core.surface.cascade import Cascade
from facewright.train.interrupt import Stopped
from facewright.train.samples import distance_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.train.data.heads import HeadSet

RATE = 0.3
"""Peak learning rates of a fine-tuning, in those of a training from nothing."""

CODE_RATE = 1e-2
"""Peak learning rate of the codes while nothing else moves."""

_FARTHEST_MM = 15.0
"""Mean distance of landmarks above which heads are not taken for heads in the model's unit."""

_LANDMARKS = 4
"""How many a model and heads must have in common."""

_BATCH = 16
_POINTS = (1500, 1000, 200)
"""On the surface, near it and about it, of a head whose codes are fitted."""

_SETTINGS = FitSettings(steps=100, surface_points=250, space_points=250)


class Start(NamedTuple):
    """What a fine-tuning begins with.

    model : as loaded; place : from the data set's head frame into the model's; heads : there; template : (V, 3)
    float32, mm, the heads' vertices on the model's template; codes : (rows, d) float32, as `CodeTables` takes them.
    """

    model: HeadModel
    place: Rigid
    heads: HeadSet
    template: np.ndarray
    codes: dict[CodeName, Tensor]


def begin(
    model: HeadModel,
    heads: HeadSet,
    should_stop: Callable[[], bool],
    given: np.ndarray | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> Start:
    """Find where heads and codes lie in a model; with `given`, a template found before, codes are left at 0.

    progress : told what is looked for and how much of it is found.

    Raises FacewrightError if the model has no landmarks or stages, or the heads' are not where a head's are; Stopped
    when asked to.
    """
    if not model.network.config.stages:
        raise FacewrightError("The model has no stages to fine-tune: start from one with parts.")
    place = placement(model, heads)
    heads = replace(heads, vertices=place(heads.vertices))
    rows = 2 * len(heads.subjects)
    codes = {code: torch.zeros(rows, CODE_SIZES[code]) for code in CODES}
    moved = max(len(heads.expressions) - 1, 1)  # `RegisteredHeads` has one even where all heads are neutral
    codes["expression"] = torch.zeros(rows * moved, CODE_SIZES["expression"])
    if given is not None:
        return Start(model, place, heads, given, codes)
    resting = _at_rest(model)
    mean = heads.symmetric_mean
    tell = progress or (lambda message, done, of: None)
    once = FitSettings()
    fitted = fit_heads(
        resting, mean[None], heads, should_stop, once,
        lambda share: tell("Laying the heads on the model's template", round(share * once.steps), once.steps),
    )  # fmt: skip
    template = Cascade(resting, fitted[0]).to_template(mean)
    count = len(heads.subjects)
    neutral = fit_heads(
        resting, heads.neutral, heads, should_stop, _SETTINGS,
        lambda share: tell("Finding the new heads' codes", int(share * count), count),
    )  # fmt: skip
    for subject, head in enumerate(neutral):
        for code in CODES[1:]:
            own = model.latent[code].code(head.code(code))
            codes[code][2 * subject : 2 * subject + 2] = torch.from_numpy(np.stack([own, own @ model.mirror[code]]))
    for index, name in enumerate(heads.expressions[1:]):
        if name in model.expressions:
            own = model.expressions[name]
            both = torch.from_numpy(np.stack([own, own @ model.mirror["expression"]]))
            codes["expression"].view(len(heads.subjects), 2, len(heads.expressions) - 1, -1)[:, :, index] = both
    return Start(model, place, heads, (template + heads.surface.mirrored(template)) / 2, codes)


def begun_from(model: HeadModel) -> HeadModel:
    """A fine-tuned model under the name of the one that it was begun from, to be fine-tuned further in the same run."""
    told = model.metadata.get("fine_tuned")
    return replace(model, name=str(told["from"])) if isinstance(told, dict) and "from" in told else model


def fit_heads(
    model: HeadModel,
    vertices: np.ndarray,
    heads: HeadSet,
    should_stop: Callable[[], bool],
    settings: FitSettings,
    progress: Callable[[float], object] = lambda share: None,
) -> list[Parameters]:
    """Heads (H, V, 3) mm of a topology as the model knows them; raises Stopped when asked to.

    progress : told the share of the work that is done, 0 to 1.
    """
    ball = (np.asarray(model.frame.centre_mm), model.frame.radius_mm)
    fitted: list[Parameters] = []
    faces = heads.surface.faces
    density = np.where(heads.face_parts == heads.face_parts.max(), 1.0, 4.0)  # the remainder is the last part
    for first in range(0, len(vertices), _BATCH):
        progress(first / len(vertices))
        samples = []
        for number, head in enumerate(vertices[first : first + _BATCH], start=first):
            if should_stop():
                raise Stopped
            samples.append(distance_samples(head, faces, density, _POINTS, ball, np.random.default_rng(number)))
        target = Target(*(np.stack(arrays) for arrays in zip(*samples, strict=True)))

        def step_done(share: float, _: float, before: int = first, size: int = len(samples)) -> None:
            progress((before + size * share) / len(vertices))

        try:
            fitted += fit(model, target, settings, should_stop, step_done).parameters
        except Cancelled as error:
            raise Stopped from error
    return fitted


def _at_rest(model: HeadModel) -> HeadModel:
    """The model without expressions: neutral heads have none."""
    space = model.latent["expression"]
    none = LatentSpace(space.mean, space.components[:0], space.sigma[:0])
    return replace(model, latent={**model.latent, "expression": none})


def own_sources(model: HeadModel) -> tuple[str, ...]:
    """Names of what a model was trained on: the data set, and the sources of which it is made."""
    sources = model.metadata.get("sources")
    return (str(model.metadata.get("data")), *(map(str, sources) if isinstance(sources, list) else ()))


def placement(model: HeadModel, heads: HeadSet, farthest_mm: float = _FARTHEST_MM) -> Rigid:
    """Where heads lie in a model: their mean's landmarks nearest to its own. The model's own data sets lie there.

    Raises FacewrightError if landmarks are missing, or on average farther than that from the model's.
    """
    if heads.name in own_sources(model):
        return Rigid(np.eye(3), np.zeros(3))
    names = [name for name in model.points if name in heads.surface.points]
    if len(names) < _LANDMARKS:
        raise FacewrightError(
            f"The model and {heads.name} have {len(names)} landmarks in common, {_LANDMARKS} are needed to lay one on "
            "the other: name them in the anatomy of the heads."
        )
    own = heads.symmetric_mean[[heads.surface.points[name] for name in names]].astype(np.float64)
    goal = np.stack([model.points[name] for name in names]).astype(np.float64)
    place = rigid(own, goal)
    distance = np.linalg.norm(place(own) - goal, axis=1).mean()
    if distance > farthest_mm:
        raise FacewrightError(
            f"The landmarks of {heads.name} are {distance:.0f} mm from the model's: check the unit of the heads and "
            "left and right in their anatomy."
        )
    return place
