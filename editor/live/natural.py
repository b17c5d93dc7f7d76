"""A head as files have it, the production mesh: in clay, or with skin, lips, brows, eyes and teeth in their colours.

While a hand moves it, it follows in those colours and that light (`core.production.moving`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.normals import unit, vertex_normals
from facewright.core.openness import bounced
from facewright.core.production.brows import brow_ribbons
from facewright.core.production.complexion import TONES
from facewright.core.production.eyes import Eyes, looking
from facewright.core.production.lashes import COLOUR, ribbons
from facewright.core.production.moving import MovingMesh
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import SKIN
from facewright.editor.live.natural_colours import INSIDE, PLAIN, SEEN, colours_of, finer, triangles
from facewright.editor.live.natural_light import light_on
from facewright.editor.viewport.colours import clay
from facewright.editor.viewport.painting import Clear, Drawable, Strands
from facewright.editor.viewport.shading import GAMMA
from facewright.editor.viewport.skin import IRISES

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.complexion import Tone
    from facewright.core.production.topology import Topology
    from facewright.editor.viewport.skin import Look

_IN_CLAY = tuple("cornea" if name == "iris" else name for name in SEEN)
"""In clay eyes are smooth."""

_RAISED_MM = 0.25
"""Over the skin, where the hairs of brows are drawn."""


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
    light = finer(made.topology).spread(light_on(model, parameters, made)[:, None])
    albedo = colours_of(made.topology, tone, eyes) ** GAMMA
    walls = albedo.copy()
    walls[made.topology.vertices_of("teeth")] = np.asarray(PLAIN["gums_and_tongue"]) ** GAMMA
    colours = (albedo * bounced(light, walls)) ** (1.0 / GAMMA)
    seen = np.rint(255.0 * colours.clip(0.0, 1.0)).astype(np.uint8)
    return _following(model, parameters, made.vertices, partial(_living, made.topology, colours=seen, tone=tone))


def modelled(model: HeadModel, parameters: Parameters, cancelled: Callable[[], bool] | None = None) -> AsExported:
    """A head in clay, as `natural` has it in colours. Raises the same."""
    made = production_mesh(model, parameters, cancelled=cancelled)
    colours = clay(light_on(model, parameters, made))
    return _following(model, parameters, made.vertices, partial(_clay, made.topology, colours=colours))


def _following(
    model: HeadModel, parameters: Parameters, vertices: np.ndarray, draw: Callable[[np.ndarray], Drawable]
) -> AsExported:
    """A head at rest that others are drawn from."""
    moving, still = MovingMesh(model, parameters, vertices), draw(vertices)
    return AsExported(**vars(still), at=lambda moved: draw(moving.at(moved)))


def _living(topology: Topology, vertices: np.ndarray, *, colours: np.ndarray, tone: Tone) -> Drawable:
    """A head (V, 3), mm, in the colours (V + n, 3) uint8 of the vertices of `finer`, with corneas and hair."""
    drawn = finer(topology)
    normals = vertex_normals(vertices, triangles(topology, SEEN))
    return Drawable(
        Mesh(drawn.spread(vertices), drawn.faces),
        unit(drawn.spread(normals)),
        colours,
        clear=_corneas(topology, vertices),
        hair=_hair(topology, vertices, normals, tone),
        fewer=np.concatenate([triangles(topology, SKIN), triangles(topology, INSIDE)]),
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
    mesh = Mesh(vertices, triangles(topology, _IN_CLAY))
    return Drawable(mesh, vertex_normals(mesh.vertices, mesh.faces), colours)


def _corneas(topology: Topology, vertices: np.ndarray) -> Clear:
    """What of the eyes mirrors the lamps."""
    used, own = np.unique(triangles(topology, ("cornea",)), return_inverse=True)
    mesh = Mesh(vertices[used], own.reshape(-1, 3).astype(np.int32))
    return Clear(mesh, vertex_normals(mesh.vertices, mesh.faces))


def looks_of(look: Look) -> tuple[Eyes, Tone]:
    """Its eyes and its skin, as exports have them."""
    return Eyes(look.up, look.left, look.converge, IRISES[look.iris], look.iris_size), TONES[look.tone]
