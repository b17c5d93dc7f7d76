"""A head that has an expression: its neutral head with the blendshapes that the expression is made of, then brought on.

An open mouth is carried from a slit of the template, across which the cascade's inverse takes one lip for the other. So
it is looked for from where the blendshapes put each vertex; where it is not found near there, that place stays.

Blendshapes add up, as the model's codes need not: it has learnt each expression, and hardly any two at once. Where its
surface is far from the blendshapes' sum over some width, it is wrong rather than they, and theirs is the skin.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.expressions import Expressions
from facewright.core.facial_units import PRESETS, preset_units
from facewright.core.production.blendshapes import with_lids_closed
from facewright.core.production.chords import cut_off, lifted
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.sliding import slid, surface_distance
from facewright.core.production.untangled import moved_unturned
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.carrying import brought, carried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.field.field import Field
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.followers import Followers, Frames
    from facewright.core.production.laid import Laid
    from facewright.core.production.sliding import Distance
    from facewright.core.production.welded import Welded

_RANGE = (-0.5, 1.5)
_SLIGHT = 0.02
_LITTLE_SIGMA = 0.3
"""Coefficients of no more than that length move nothing by as much as it takes to look."""

_RIDGE = 1e-3

_FOUND_MM, _NEAR_MM = 0.05, (1.5, 3.0)
"""A vertex is found if the cascade carries it so near to its place on the template. Found up to so near to where it was
expected it goes where it was found, further than the other it stays, and between them it goes less and less far."""

_ONTO_MM = 1.0

_ABOUT_MM = 2.0, 6.0
"""So far about chords that cut off some of the surface the skin is the blendshapes' own, and so far it is in part."""

_EVEN_MM, _LIPS_MM = 4.0, (3.0, 8.0)
"""About so wide are the means that lips go by; up to so far from their margins by those alone, and so far in part."""

_WITH, _ON_MM = 0.99, 0.2
"""From that share on a vertex is to lie on the surface; one that cannot, further from it than this, does not go along.
"""

_SIDES = ("Left", "Right")

_JAW_SHARE = 0.6
"""A jaw to one side draws the mouth along by so much."""

_LIFTS_MM = MappingProxyType({"noseSneer": 3.9, "mouthSmile": 1.9, "mouthUpperUp": 4.1, "mouthShrugUpper": 5.8})
_LIFTED_MM, _LIFTS_LESS = 10.0, ("mouthUpperUp", "mouthShrugUpper")
"""What lifts the middle of the upper lip, at full strength, each side by itself; what may lift it no further than so
far together with the others."""

_OPENS = ("eyeWide", "eyeSquint")
"""What moves the lids too, and has none to move once they are closed."""

_APART_MM, _AGREES_MM, _DIFFERS_MM = 4.0, 0.8, 1.4
"""Distances of the surface from the blendshapes' sum count up to the first; means about a vertex, up to which the
surface is right, and from which on it is wrong. Of an expression alone 98 of 100 measured up to 0.8 mm, of two that do
not go together up to 3 mm."""

_WIDE_MM, _BEGINS_MM = 8.0, 3.0
"""About so wide are these means, and the way from where the surface is right to where it is wrong."""

_FAINT = 0.05
"""That way ends where no more than this is left of the wrong."""

_LEAST_KNOWN = 1e-6

_BLINKS, _CLOSED = ("eyeBlinkLeft", "eyeBlinkRight"), 0.3
"""Lids that are closed by more than that are as the blendshapes have them: the surface has no slit to tell them by."""

_LIPS_CLOSED = 0.1
"""The same of lips that are to close over an open jaw, even where it is shut and they do not."""


class Expressive(NamedTuple):
    """A head with an expression.

    vertices : (V, 3) float64, mm; on_surface : (V,) float32, from 0 to 1, how far each goes along with the model's
    surface, and not with the blendshapes alone.
    """

    vertices: np.ndarray
    on_surface: np.ndarray


def strengths(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """The strengths of the standard blendshapes that a head's expression is nearest to, by their names."""
    units = _of_units(model, parameters) if model.facial_units else _of_presets(model, parameters)
    strengths_of = {
        name: float(np.clip(np.mean([units.get(unit, 0.0) for unit in of]), *_RANGE))
        for name, of in ENGINE_UNITS.items()
        if of
    }
    return {name: strength for name, strength in strengths_of.items() if abs(strength) > _SLIGHT}


def _of_units(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """By the codes of the units that the model has learnt."""
    space, names = model.latent["expression"], list(model.facial_units)
    directions = np.stack([model.facial_units[name] for name in names]).astype(np.float64)
    code = (space.code(parameters.expression) - space.mean).astype(np.float64)
    square = directions @ directions.T
    ridge = _RIDGE * np.trace(square) / len(names) * np.eye(len(names))
    return dict(zip(names, np.linalg.solve(square + ridge, directions @ code).tolist(), strict=True))


def _of_presets(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """By the model's named expressions, as far as they are presets."""
    units: dict[str, float] = {}
    for name, strength in Expressions(model).strengths(parameters).items():
        for unit, weight in (preset_units(name) if name in PRESETS else {}).items():
            units[unit] = units.get(unit, 0.0) + strength * weight
    return units


def expressive(
    model: HeadModel,
    parameters: Parameters,
    laid: Laid,
    followers: Followers,
    neutral: np.ndarray,
    frames: Frames,
    shapes: Mapping[str, np.ndarray],
    cancelled: Callable[[], bool] | None = None,
) -> Expressive:
    """The head of `parameters`, which has an expression.

    neutral, frames : (V, 3), mm, those of the same head without; shapes : its blendshapes, those of `strengths` among
    them.
    """
    told = strengths(model, parameters)
    made = together(dict(told))
    skin, warp = followers.topology.on_surface, head_warp(model, parameters)
    moved, given_up = np.zeros(neutral.shape), np.zeros(neutral.shape)
    if (rest := _unnamed(model, parameters, told)) is not None:
        start = warp.undone(neutral[skin]).astype(np.float32)
        moved[skin] = warp.moved(_found(model.field(rest), laid.template, start)[1]) - warp.moved(start)
        moved = followers.extended(moved)
    for name, strength in made.items():
        moved += strength * shapes[name]
        given_up += (told[name] - strength) * shapes[name]
    blinks = blinks_of(made)
    expected = neutral + with_lids_closed(followers, neutral, frames, moved, blinks)
    welded, field = followers.welded, model.field(parameters)
    start = warp.undone(expected[skin]).astype(np.float32)  # codes know the face without its operations
    closed = followers.near_lids[skin] & (max(blinks) > _CLOSED)
    closed |= followers.near_lips[skin] & (told.get("mouthClose", 0.0) > _LIPS_CLOSED)
    goes, points = _found(field, laid.template, start)
    apart = np.maximum(np.abs(field.distance(start)), (1.0 - goes) * _DIFFERS_MM)
    apart = np.maximum(apart, np.linalg.norm(given_up[skin], axis=1))  # the surface has it still
    share = _agreement(welded, skin, np.where(closed, _APART_MM, apart))
    if laid.neck_ends:
        share[followers.neck.end[skin]] = 0.0
    points[closed] = start[closed]
    settled = laid.settled & ~closed
    points[settled] = brought(field, points[settled], _ONTO_MM, cancelled)
    change = np.zeros_like(expected)
    change[skin] = share[:, None] * (warp.moved(points) - warp.moved(start))
    placed = expected + followers.extended(change)
    followers.carry_rims(placed, change)
    shares = np.ones(len(expected), dtype=np.float32)
    shares[skin] = share
    distance = surface_distance(model, parameters)
    placed = slid(placed, expected, welded, skin & (shares > _WITH), distance)
    shares[skin] = _on(placed[skin], share, distance)
    placed = lifted(placed, expected, followers.topology, welded, skin & (shares > _WITH), distance)
    cut = cut_off(placed, welded, skin & (shares > _WITH) & followers.near_lips, distance)
    back = _about(cut, expected, welded)
    placed = moved_unturned(placed, back[:, None] * (expected - placed), expected, welded.polygons)
    placed = _with_even_lips(placed, expected, followers)
    shares[skin] = _on(placed[skin], (1.0 - back[skin]) * shares[skin], distance)
    return Expressive(placed, shares)


def blinks_of(made: Mapping[str, float]) -> list[float]:
    """The strengths of the left blink and of the right one."""
    return [made.get(name, 0.0) for name in _BLINKS]


def _on(points: np.ndarray, shares: np.ndarray, distance: Distance) -> np.ndarray:
    """How far vertices (S, 3), mm, go along, (S,), of which those that are not on the surface do not."""
    off = np.abs(distance(points.astype(np.float32)))
    return np.where(off < _ON_MM, shares, np.minimum(shares, 1.0 - _WITH))


def _with_even_lips(vertices: np.ndarray, expected: np.ndarray, followers: Followers) -> np.ndarray:
    """Vertices (V, 3), mm, whose lips differ from those of the blendshapes' sum, `expected`, as their surroundings do.

    Behind the margins of open lips the surface is a groove, along which each vertex for itself would be put.
    """
    welded, (near, far) = followers.welded, _LIPS_MM
    apart = vertices - expected
    even = np.zeros_like(apart)
    even[welded.vertices] = welded.smoothed(apart[welded.vertices], _EVEN_MM)
    share = 1.0 - _risen((followers.from_lips - near) / (far - near))
    share[np.setdiff1d(np.arange(len(share)), welded.vertices)] = 0.0
    return moved_unturned(vertices, share[:, None] * (even - apart), expected, welded.polygons)


def _about(chosen: np.ndarray, vertices: np.ndarray, welded: Welded) -> np.ndarray:
    """1 at the vertices (V, 3) of the sheet that are chosen, (V,) bool, and less about them, (V,) from 0 to 1."""
    about = np.zeros(len(chosen))
    if chosen.any():
        away = cKDTree(vertices[chosen]).query(vertices[welded.vertices])[0]
        near, far = _ABOUT_MM
        about[welded.vertices] = 1.0 - _risen((away - near) / (far - near))
    return about


def _unnamed(model: HeadModel, parameters: Parameters, told: Mapping[str, float]) -> Parameters | None:
    """The head with what of its expression is no sum of blendshapes, as of fitted codes; None if little is."""
    if not model.facial_units:
        return None
    space = model.latent["expression"]
    units = {unit: strength for name, strength in told.items() for unit in ENGINE_UNITS[name]}
    code = space.code(parameters.expression) - sum(
        strength * model.facial_units[unit] for unit, strength in units.items()
    )
    coefficients = space.coefficients(code)
    if np.linalg.norm(coefficients) < _LITTLE_SIGMA:
        return None
    return parameters.with_code("expression", coefficients.tolist())


def _found(field: Field, template: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far points (S, 3) go to where the cascade carries them from `template`, (S,) from 0 to 1, and where to."""
    there = carried(field, template, start)
    near, far = _NEAR_MM
    way = there.points - start
    goes = np.where(there.off < _FOUND_MM, 1.0 - _risen((np.linalg.norm(way, axis=1) - near) / (far - near)), 0.0)
    return goes, np.where(goes[:, None] > 0.0, start + goes[:, None] * way, start)


def _risen(share: np.ndarray) -> np.ndarray:
    """0 up to 0, 1 from 1 on, smooth between them."""
    between = share.clip(0.0, 1.0)
    risen: np.ndarray = between * between * (3.0 - 2.0 * between)
    return risen


def together(made: dict[str, float]) -> dict[str, float]:
    """Strengths, by name, made such as go together.

    A lid closes once, and is neither opened wide nor narrowed besides. A mouth or a jaw that is drawn to both sides
    stays. A mouth that is drawn to one side does not smile with the other corner, whose lips would pass the teeth. Lips
    are closed over a jaw that is open, and no further than that is: over teeth that are shut they would cover the nose.
    An upper lip that a sneer and a smile lift is not lifted to the nose.
    """

    def strength(name: str) -> float:
        return float(np.clip(made.get(name, 0.0), 0.0, 1.0))

    made.update({name: min(made[name], 1.0) for name in _BLINKS if name in made})
    for stem in ("mouth", "jaw"):
        both = min(strength(f"{stem}{side}") for side in _SIDES)
        made.update({f"{stem}{side}": made[f"{stem}{side}"] - both for side in _SIDES if both})
    lifts = {name: mm * strength(name) for stem, mm in _LIFTS_MM.items() for name in made if name.startswith(stem)}
    less = sum(mm for name, mm in lifts.items() if name.startswith(_LIFTS_LESS))
    if (over := sum(lifts.values()) - _LIFTED_MM) > 0.0:
        left = max(1.0 - over / less, 0.0) if less else 1.0
        made.update({name: made[name] * left for name in lifts if name.startswith(_LIFTS_LESS)})
    if "mouthClose" in made:
        made["mouthClose"] = min(made["mouthClose"], strength("jawOpen"))
    for side, other in zip(_SIDES, reversed(_SIDES), strict=True):
        aside = min(1.0, strength(f"mouth{side}") + _JAW_SHARE * strength(f"jaw{side}"))
        shares = {f"mouthSmile{other}": aside, **{f"{stem}{side}": strength(f"eyeBlink{side}") for stem in _OPENS}}
        made.update({name: made[name] * (1.0 - share) for name, share in shares.items() if name in made})
    return made


def _agreement(welded: Welded, skin: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """How far the surface is to be believed, (S,) float64 from 0 to 1, at the skin's vertices, (V,) bool.

    distance : (S,) mm, how far it is from the blendshapes' sum there. Its mean about each vertex counts, where a film
    of stiffness `_WIDE_MM` is drawn over the sheet.
    """
    values = np.zeros((len(skin), 2))
    values[skin] = np.column_stack([np.minimum(np.abs(distance), _APART_MM), np.ones(len(distance))])
    apart, known = welded.smoothed(values[welded.vertices], _WIDE_MM).T
    apart /= known.clip(_LEAST_KNOWN)  # the mouth's inside has no surface to be off
    wrong = _risen((apart - _AGREES_MM) / (_DIFFERS_MM - _AGREES_MM))
    beside = (welded.smoothed(wrong, _BEGINS_MM) - _FAINT) / (0.5 - _FAINT)
    believed = np.ones(len(skin))
    believed[welded.vertices] = 1.0 - np.maximum(wrong, beside.clip(0.0, 1.0))
    of_skin: np.ndarray = believed[skin]
    return of_skin
