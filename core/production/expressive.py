"""A head that has an expression: its neutral head with the blendshapes that the expression is made of, then brought on.

An open mouth is carried from a slit of the template, across which the cascade's inverse takes one lip for the other. So
it is looked for from where the blendshapes put each vertex; where it is not found near there, that place stays.

Blendshapes add up, as the model's codes need not: it has learnt each expression, and hardly any two at once. Where its
surface is far from the blendshapes' sum over some width, it is wrong rather than they, and theirs is the skin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.production.blendshapes import with_lids_closed
from facewright.core.production.chords import cut_off, lifted
from facewright.core.production.sliding import slid, surface_distance
from facewright.core.production.strengths import blinks_of, strengths, together, unnamed
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
    from facewright.core.production.welded import Welded
    from facewright.core.surface.sampling import Distance

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

_APART_MM, _AGREES_MM, _DIFFERS_MM = 4.0, 0.8, 1.4
"""Distances of the surface from the blendshapes' sum count up to the first; means about a vertex, up to which the
surface is right, and from which on it is wrong. Of an expression alone 98 of 100 measured up to 0.8 mm, of two that do
not go together up to 3 mm."""

_WIDE_MM, _BEGINS_MM = 8.0, 3.0
"""About so wide are these means, and the way from where the surface is right to where it is wrong."""

_FAINT = 0.05
"""That way ends where no more than this is left of the wrong."""

_LEAST_KNOWN = 1e-6

_LIDS_CLOSED = 0.3
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
    head, told = _Head(model, parameters, laid, followers), strengths(model, parameters)
    made = together(dict(told))
    moved, given_up = head.moved_besides(neutral, told), np.zeros(neutral.shape)
    for name, strength in made.items():
        moved += strength * shapes[name]
        given_up += (told[name] - strength) * shapes[name]
    blinks, skin = blinks_of(made), head.skin
    expected = neutral + with_lids_closed(followers, neutral, frames, moved, blinks)
    closed = followers.near_lids[skin] & (max(blinks) > _LIDS_CLOSED)
    closed |= followers.near_lips[skin] & (told.get("mouthClose", 0.0) > _LIPS_CLOSED)
    way, share = head.way(expected, closed, np.linalg.norm(given_up[skin], axis=1), cancelled)
    return head.placed(expected, way, share)


class _Head:
    """A head with an expression, and what its skin has to do with its surface."""

    def __init__(self, model: HeadModel, parameters: Parameters, laid: Laid, followers: Followers) -> None:
        self._model, self._parameters, self._laid, self._followers = model, parameters, laid, followers
        self._warp = head_warp(model, parameters)
        self.skin = followers.topology.on_surface

    def moved_besides(self, neutral: np.ndarray, told: Mapping[str, float]) -> np.ndarray:
        """How far what of the expression is no sum of blendshapes moves the neutral head's vertices, (V, 3) mm."""
        moved, skin, warp = np.zeros(neutral.shape), self.skin, self._warp
        if (rest := unnamed(self._model, self._parameters, told)) is None:
            return moved
        start = warp.undone(neutral[skin]).astype(np.float32)
        moved[skin] = warp.moved(_found(self._model.field(rest), self._laid.template, start)[1]) - warp.moved(start)
        return self._followers.extended(moved)

    def way(
        self, expected: np.ndarray, closed: np.ndarray, given_up: np.ndarray, cancelled: Callable[[], bool] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of the skin's vertices the way (S, 3), mm, to the surface, and how far that is believed, (S,) from 0 to 1.

        expected : (V, 3), mm, where blendshapes put them; closed : (S,) bool, lids and lips of which the surface tells
        nothing; given_up : (S,) mm, what the surface has still of blendshapes that did not go together.
        """
        skin, laid, warp, followers = self.skin, self._laid, self._warp, self._followers
        field = self._model.field(self._parameters)
        start = warp.undone(expected[skin]).astype(np.float32)  # codes know the face without its operations
        goes, points = _found(field, laid.template, start)
        apart = np.maximum(np.abs(field.distance(start)), (1.0 - goes) * _DIFFERS_MM)
        apart = np.where(closed, _APART_MM, np.maximum(apart, given_up))
        share = _agreement(followers.welded, skin, apart)
        if laid.neck_ends:
            share[followers.neck.end[skin]] = 0.0
        points[closed] = start[closed]
        settled = laid.settled & ~closed
        points[settled] = brought(field.distance, points[settled], _ONTO_MM, cancelled)
        return warp.moved(points) - warp.moved(start), share

    def placed(self, expected: np.ndarray, way: np.ndarray, share: np.ndarray) -> Expressive:
        """The expected vertices (V, 3), mm, with their way to the surface gone as far as it is believed."""
        followers, skin = self._followers, self.skin
        welded, distance = followers.welded, surface_distance(self._model, self._parameters)
        change = np.zeros_like(expected)
        change[skin] = share[:, None] * way
        placed = expected + followers.extended(change)
        followers.carry_rims(placed, change)
        shares = np.ones(len(expected), dtype=np.float32)
        shares[skin] = share
        placed = slid(placed, expected, welded, skin & (shares > _WITH), distance)
        shares[skin] = _on(placed[skin], share, distance)
        placed = lifted(placed, expected, followers.topology, welded, skin & (shares > _WITH), distance)
        cut = cut_off(placed, welded, skin & (shares > _WITH) & followers.near_lips, distance)
        back = _about(cut, expected, welded)
        placed = moved_unturned(placed, back[:, None] * (expected - placed), expected, welded.polygons)
        placed = _with_even_lips(placed, expected, followers)
        shares[skin] = _on(placed[skin], (1.0 - back[skin]) * shares[skin], distance)
        return Expressive(placed, shares)


def _on(points: np.ndarray, shares: np.ndarray, distance: Distance) -> np.ndarray:
    """How far vertices (S, 3), mm, go along, (S,), of which those that are not on the surface do not."""
    off = np.abs(distance(points.astype(np.float32)))
    return np.where(off < _ON_MM, shares, np.minimum(shares, 1.0 - _WITH))


def _with_even_lips(vertices: np.ndarray, expected: np.ndarray, followers: Followers) -> np.ndarray:
    """Vertices (V, 3), mm, whose lips differ from those of the blendshapes' sum, `expected`, as their surroundings do.

    Behind the margins of open lips the surface is a groove, along which each vertex for itself would be put.
    """
    sheet = followers.welded.vertices
    share = 1.0 - _risen(followers.from_lips[sheet], *_LIPS_MM)
    apart, change = (vertices - expected)[sheet], np.zeros_like(expected)
    change[sheet] = share[:, None] * (followers.welded.smoothed(apart, _EVEN_MM) - apart)
    return moved_unturned(vertices, change, expected, followers.welded.polygons)


def _about(chosen: np.ndarray, vertices: np.ndarray, welded: Welded) -> np.ndarray:
    """1 at the vertices (V, 3) of the sheet that are chosen, (V,) bool, and less about them, (V,) from 0 to 1."""
    about = np.zeros(len(chosen))
    if chosen.any():
        away = cKDTree(vertices[chosen]).query(vertices[welded.vertices])[0]
        about[welded.vertices] = 1.0 - _risen(away, *_ABOUT_MM)
    return about


def _found(field: Field, template: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far points (S, 3) go to where the cascade carries them from `template`, (S,) from 0 to 1, and where to."""
    there = carried(field, template, start)
    way = there.points - start
    goes = np.where(there.off < _FOUND_MM, 1.0 - _risen(np.linalg.norm(way, axis=1), *_NEAR_MM), 0.0)
    return goes, np.where(goes[:, None] > 0.0, start + goes[:, None] * way, start)


def _risen(values: np.ndarray, begin: float, end: float) -> np.ndarray:
    """0 up to the beginning, 1 from the end on, smooth between them."""
    between = ((values - begin) / (end - begin)).clip(0.0, 1.0)
    risen: np.ndarray = between * between * (3.0 - 2.0 * between)
    return risen


def _agreement(welded: Welded, skin: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """How far the surface is to be believed, (S,) float64 from 0 to 1, at the skin's vertices, (V,) bool.

    distance : (S,) mm, how far it is from the blendshapes' sum there. Its mean about each vertex counts, where a film
    of stiffness `_WIDE_MM` is drawn over the sheet.
    """
    values = np.zeros((len(skin), 2))
    values[skin] = np.column_stack([np.minimum(np.abs(distance), _APART_MM), np.ones(len(distance))])
    apart, known = welded.smoothed(values[welded.vertices], _WIDE_MM).T
    apart /= known.clip(_LEAST_KNOWN)  # the mouth's inside has no surface to be off
    wrong = _risen(apart, _AGREES_MM, _DIFFERS_MM)
    beside = (welded.smoothed(wrong, _BEGINS_MM) - _FAINT) / (0.5 - _FAINT)
    believed = np.ones(len(skin))
    believed[welded.vertices] = 1.0 - np.maximum(wrong, beside.clip(0.0, 1.0))
    of_skin: np.ndarray = believed[skin]
    return of_skin
