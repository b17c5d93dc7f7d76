"""A head as files have it, the production mesh: in clay, or with skin, lips, brows, eyes and teeth in their colours.

While a hand moves it, it follows in those colours and that light (`core.production.moving`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.mesh import Mesh
from facewright.core.normals import unit, vertex_normals
from facewright.core.openness import bounced, openness
from facewright.core.production.brows import brow_ribbons
from facewright.core.production.complexion import TONES, is_painted, skin_colours
from facewright.core.production.eyes import Eyes, looking
from facewright.core.production.followers import bundled_followers
from facewright.core.production.irises import iris_colours
from facewright.core.production.lashes import COLOUR, ribbons
from facewright.core.production.moving import MovingMesh
from facewright.core.production.nostrils import nostrils
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import SKIN
from facewright.editor.live.finer import split
from facewright.editor.viewport.colours import clay
from facewright.editor.viewport.painting import Clear, Drawable, Strands
from facewright.editor.viewport.shading import GAMMA
from facewright.editor.viewport.skin import IRISES

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.complexion import Tone
    from facewright.core.production.production_mesh import ProductionMesh
    from facewright.core.production.topology import Topology
    from facewright.editor.live.finer import Finer
    from facewright.editor.viewport.skin import Look

_INSIDE = ("mouth_socket", "gums_and_tongue", "teeth", "sclera", "iris")
_SEEN = (*SKIN, *_INSIDE)
"""Materials that are drawn: clear ones are not, and lashes as hairs, since their cards are nothing without an image."""

_IN_CLAY = tuple("cornea" if name == "iris" else name for name in _SEEN)
"""In clay eyes are smooth."""

_PLAIN = {
    "mouth_socket": (0.54, 0.19, 0.17),
    "gums_and_tongue": (0.72, 0.37, 0.35),
    "teeth": (0.88, 0.85, 0.77),
    "sclera": (0.90, 0.87, 0.84),
}
_IRIS_MM = 6.0
"""Radius of most people's irises."""
_LARGEST = 1.3
"""Of irises, in shares of that."""
_DEEP_MM = 6.0
"""What of an eye lies no further behind the front of its iris may be of the iris."""
_TRUSTED, _BESIDE_MM = 0.7, 6.0
"""Share of the surroundings, about so wide, up to which the field tells nothing of light."""
_IN_NOSTRIL = 0.006
"""How much light reaches the end of a nostril."""
_UNDER_UPPER, _OVER_LOWER = (0.6, 4.0), (0.3, 2.0)
"""How much light of an eye each lid takes at its margin, and within how many mm."""
_IN_MOUTH, _FADES_MM = 0.1, 11.0
"""How much light reaches the inside of an open mouth at least; how far behind its front teeth the rest falls to 1/e."""
_BARELY, _OPEN_MM = 0.03, (5.0, 9.0)
"""How much of that passes lips that are barely parted, as those of a neutral head are; how far apart they are when more
passes, and all of it."""
_RAISED_MM = 0.25
"""Over the skin, where the hairs of brows are drawn."""
_HALVINGS = 2
"""Of the edges where the skin is painted: vertices then lie less than a millimetre apart."""


@dataclass(frozen=True, eq=False)
class AsExported(Drawable):
    """A head at rest as files have it. at : the same for other parameters of its model, while a hand moves it."""

    at: Callable[[Parameters], Drawable] = field(kw_only=True)


def natural(
    model: HeadModel, parameters: Parameters, look: Look, cancelled: Callable[[], bool] | None = None
) -> AsExported:
    """A head as a living one.

    Raises FacewrightError if its model has no production mesh, Cancelled once `cancelled` answers true.
    """
    eyes, tone = looks_of(look)
    made = looking(production_mesh(model, parameters, cancelled=cancelled), eyes)
    light = _finer(made.topology).spread(_light(model, parameters, made)[:, None])
    albedo = _colours(made.topology, tone, eyes) ** GAMMA
    walls = albedo.copy()
    walls[made.topology.vertices_of("teeth")] = np.asarray(_PLAIN["gums_and_tongue"]) ** GAMMA
    colours = (albedo * bounced(light, walls)) ** (1.0 / GAMMA)
    seen = np.rint(255.0 * colours.clip(0.0, 1.0)).astype(np.uint8)
    return _following(model, parameters, made.vertices, partial(_living, made.topology, colours=seen, tone=tone))


def modelled(model: HeadModel, parameters: Parameters, cancelled: Callable[[], bool] | None = None) -> AsExported:
    """A head in clay, as `natural` has it in colours. Raises the same."""
    made = production_mesh(model, parameters, cancelled=cancelled)
    colours = clay(_light(model, parameters, made))
    return _following(model, parameters, made.vertices, partial(_clay, made.topology, colours=colours))


def _following(
    model: HeadModel, parameters: Parameters, vertices: np.ndarray, draw: Callable[[np.ndarray], Drawable]
) -> AsExported:
    """A head at rest that others are drawn from."""
    moving, still = MovingMesh(model, parameters, vertices), draw(vertices)
    return AsExported(**vars(still), at=lambda moved: draw(moving.at(moved)))


def _living(topology: Topology, vertices: np.ndarray, *, colours: np.ndarray, tone: Tone) -> Drawable:
    """A head (V, 3), mm, in the colours (V + n, 3) uint8 of the vertices of `_finer`, with corneas and hair."""
    finer = _finer(topology)
    normals = vertex_normals(vertices, _faces(topology, _SEEN))
    return Drawable(
        Mesh(finer.spread(vertices), finer.faces),
        unit(finer.spread(normals)),
        colours,
        clear=_corneas(topology, vertices),
        hair=_hair(topology, vertices, normals, tone),
        fewer=np.concatenate([_faces(topology, SKIN), _faces(topology, _INSIDE)]),
        skin=tone.skin,
    )


def _hair(topology: Topology, vertices: np.ndarray, normals: np.ndarray, tone: Tone) -> Strands:
    """Lashes, and brows over the skin."""
    lashes, brows = ribbons(topology), brow_ribbons(topology)
    raised = vertices + _RAISED_MM * normals
    pairs = [(each.middles @ on, each.edges @ on) for each, on in ((lashes, vertices), (brows, raised))]
    return Strands.joined(
        Strands(middles, edges - middles, each.faces, np.tile(colour, (len(middles), 1)))
        for (middles, edges), each, colour in zip(pairs, (lashes, brows), (COLOUR, tone.brows), strict=True)
    )


def _clay(topology: Topology, vertices: np.ndarray, *, colours: np.ndarray) -> Drawable:
    """A head (V, 3), mm, in shades of clay, (V, 3) uint8."""
    mesh = Mesh(vertices, _faces(topology, _IN_CLAY))
    return Drawable(mesh, vertex_normals(mesh.vertices, mesh.faces), colours)


def _corneas(topology: Topology, vertices: np.ndarray) -> Clear:
    """What of the eyes mirrors the lamps."""
    used, own = np.unique(_faces(topology, ("cornea",)), return_inverse=True)
    mesh = Mesh(vertices[used], own.reshape(-1, 3).astype(np.int32))
    return Clear(mesh, vertex_normals(mesh.vertices, mesh.faces))


def _light(model: HeadModel, parameters: Parameters, made: ProductionMesh) -> np.ndarray:
    """How much light reaches each vertex (V,); the field tells nothing of folds where it is not the skin."""
    light = np.ones(len(made.vertices))
    skin = made.topology.vertices_of(*SKIN)
    found = openness(model.field(parameters), made.vertices[skin], made.normals[skin])
    share = ((_widely_on(made)[skin] - _TRUSTED) / (1.0 - _TRUSTED)).clip(0.0, 1.0)
    light[skin] = 1.0 - share * (1.0 - found)
    dark = nostrils(made.topology)
    light[dark.vertices] = np.minimum(light[dark.vertices], dark.light.clip(min=_IN_NOSTRIL))
    eyes, lids = made.topology.vertices_of("sclera", "iris"), bundled_followers(made.topology).lids
    for margins, dark, wide in ((lids.upper, *_UNDER_UPPER), (lids.lower, *_OVER_LOWER)):
        away = cKDTree(made.vertices[np.concatenate(margins)]).query(made.vertices[eyes])[0]
        light[eyes] *= 1.0 - dark * np.exp(-((away / wide) ** 2))
    passes = _passes_lips(made)
    light[made.topology.vertices_of("mouth_socket")] = passes * _IN_MOUTH
    inside, reaches = mouth_light(made.topology, made.vertices)
    light[inside] = passes * reaches
    return light


def mouth_light(topology: Topology, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which vertices (n,) are of teeth, gums and tongue; how much of the light that passes the lips reaches each, (n,).

    It falls behind the front teeth.
    """
    inside, front = topology.vertices_of("gums_and_tongue", "teeth"), vertices[topology.vertices_of("teeth"), 2].max()
    fades = np.exp((vertices[inside, 2] - front).clip(max=0.0) / _FADES_MM)
    return inside, _IN_MOUTH + (1.0 - _IN_MOUTH) * fades


def _passes_lips(made: ProductionMesh) -> float:
    """The share of the light that passes between the lips, by how far they are parted."""
    openings = bundled_anatomy(made.topology.name).closing.openings
    [mouth] = (opening for opening in openings if opening.component == "mouth")
    parted = np.linalg.norm(made.vertices[mouth.upper] - made.vertices[mouth.lower], axis=1).max()
    return float(np.interp(parted, _OPEN_MM, (_BARELY, 1.0)))


def _widely_on(made: ProductionMesh) -> np.ndarray:
    """How far the surroundings of each vertex go along with the model's surface, (V,): its folds darken beside it."""
    if (made.on_surface == 1.0).all():
        return made.on_surface
    welded, wide = bundled_followers(made.topology).welded, made.on_surface.astype(np.float64)
    wide[welded.vertices] = welded.smoothed(wide[welded.vertices], _BESIDE_MM)
    return wide


def looks_of(look: Look) -> tuple[Eyes, Tone]:
    """Its eyes and its skin, as exports have them."""
    return Eyes(look.up, look.left, look.converge, IRISES[look.iris], look.iris_size), TONES[look.tone]


@lru_cache(maxsize=4)
def _faces(topology: Topology, materials: tuple[str, ...]) -> np.ndarray:
    """The triangles (F, 3) int32 of some materials."""
    own = topology.polygons[topology.polygons_of(*materials)]
    a, b, c, d = own.T
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)[d >= 0]])
    return np.ascontiguousarray(triangles, dtype=np.int32)


@lru_cache(maxsize=1)
def _finer(topology: Topology) -> Finer:
    """The triangles that are seen, smaller ones where the skin is painted, and the irises."""
    neutral, painted = topology.neutral.astype(np.float64), np.zeros(len(topology.neutral), dtype=bool)
    skin = topology.vertices_of(*SKIN)
    painted[skin] = is_painted(topology, neutral[skin])
    for iris in _irises(neutral, topology.vertices_of("iris"), topology.vertices_of("sclera")):
        painted[iris.near[iris.share <= _LARGEST]] = True
    return split(_faces(topology, _SEEN), len(painted), painted, _HALVINGS)


@lru_cache(maxsize=2)
def _skin(topology: Topology, tone: Tone) -> np.ndarray:
    """The skin's colours, sRGB (V + n, 3), with lips and brows, at the vertices of `_finer`."""
    points, own = _finer(topology).spread(topology.neutral.astype(np.float64)), _vertices(topology, *SKIN)
    colours = np.tile(np.asarray(tone.skin), (len(points), 1))
    colours[own] = skin_colours(topology, points[own], tone, hairs=False)
    return colours


def _colours(topology: Topology, tone: Tone, eyes: Eyes) -> np.ndarray:
    """sRGB (V + n, 3) of every vertex of `_finer`, without light."""
    colours = _skin(topology, tone).copy()
    for material, colour in _PLAIN.items():
        colours[_vertices(topology, material)] = colour
    points = _finer(topology).spread(topology.neutral.astype(np.float64))
    iris = _vertices(topology, "iris")
    colours[iris] = (0.03, 0.03, 0.03)  # what lies behind it is of its material, too
    for near, share, angle in _irises(points, iris, _vertices(topology, "sclera")):
        colours[near] = iris_colours(share / eyes.iris_size, angle, eyes.iris, _PLAIN["sclera"])
    return colours


@lru_cache(maxsize=8)
def _vertices(topology: Topology, *materials: str) -> np.ndarray:
    """Which vertices of `_finer` are of some materials."""
    own = np.zeros((len(topology.neutral), 1))
    own[topology.vertices_of(*materials)] = 1.0
    return np.flatnonzero(_finer(topology).spread(own)[:, 0] == 1.0)


class _Iris(NamedTuple):
    """The front of an eye: vertices (n,); how far from its middle each is, (n,) in radii of most people's irises.

    angle : (n,) radians, and to which side.
    """

    near: np.ndarray
    share: np.ndarray
    angle: np.ndarray


def _irises(points: np.ndarray, iris: np.ndarray, white: np.ndarray) -> list[_Iris]:
    """Both eyes, by points (n, 3), mm, of the neutral head, and which of them are of irises and of whites."""
    irises = []
    for side in (1.0, -1.0):
        own, beside = (which[side * points[which, 0] > 0.0] for which in (iris, white))
        front = points[own, 2].max()
        disc, about = (which[points[which, 2] > front - _DEEP_MM] for which in (own, beside))
        middle = (points[disc, :2].min(axis=0) + points[disc, :2].max(axis=0)) / 2
        near = np.concatenate([disc, about])
        x, y = (points[near, :2] - middle).T
        irises.append(_Iris(near, np.hypot(x, y) / _IRIS_MM, np.arctan2(y, x)))
    return irises
