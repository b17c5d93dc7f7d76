"""Eyes that look somewhere: eyeballs turned about their middles, lids that go along, and what their irises are like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.normals import vertex_normals
from facewright.core.production.blendshapes import GAZE_DEGREES, blendshapes
from facewright.core.production.followers import EYES, bundled_followers

if TYPE_CHECKING:
    from facewright.core.production.followers import Followers
    from facewright.core.production.production_mesh import ProductionMesh

BROWN = (0.36, 0.25, 0.16)
"""The commonest colour of eyes."""

_SIDES = ("Left", "Right")


class Eyes(NamedTuple):
    """Where both eyes look, and their irises.

    up, left : degrees, towards the subject's left; converge : degrees by which each turns inwards besides; iris : sRGB,
    0 to 1; iris_size : of its diameter, 1 as the topology has it.
    """

    up: float = 0.0
    left: float = 0.0
    converge: float = 0.0
    iris: tuple[float, float, float] = BROWN
    iris_size: float = 1.0

    @property
    def turns(self) -> tuple[float, float]:
        """Degrees by which the left eye is turned towards the subject's left, and the right one."""
        return self.left - self.converge, self.left + self.converge

    @property
    def look_ahead(self) -> bool:
        """Whether nothing is turned."""
        return not any((self.up, self.left, self.converge))


def gaze_change(followers: Followers, vertices: np.ndarray, eyes: Eyes) -> np.ndarray:
    """What looking somewhere moves of a head (V, 3), mm: (V, 3) float32; lids by the standard blendshapes' share."""
    frames, change = followers.frames_in(vertices), np.zeros(vertices.shape)
    strengths = [_strengths(eyes, eye) for eye in range(len(EYES))]
    shapes = blendshapes(followers, vertices, frames, [name for own in strengths for name in own])
    for own in strengths:
        for name, strength in own.items():
            change += strength * shapes[name]
    for eye, name in enumerate(EYES):
        piece = followers.rigid[name]
        turn = Rotation.from_euler("xy", [-eyes.up, eyes.turns[eye]], degrees=True).as_matrix()
        out = vertices[piece] - frames.eyes[eye](followers.lids.spheres[eye].centre)
        change[piece] = out @ turn.T - out
    return change.astype(np.float32)


def looking(mesh: ProductionMesh, eyes: Eyes) -> ProductionMesh:
    """A head on the bundled topology that looks somewhere."""
    if eyes.look_ahead:
        return mesh
    vertices = mesh.vertices + gaze_change(bundled_followers(mesh.topology), mesh.vertices, eyes)
    return replace(mesh, vertices=vertices, normals=vertex_normals(vertices, mesh.topology.triangles))


def _strengths(eyes: Eyes, eye: int) -> dict[str, float]:
    """The strengths of the blendshapes of gaze for an eye, 0 for the left one, by name."""
    outwards = eyes.turns[eye] if eye == 0 else -eyes.turns[eye]
    wanted = {"Up": eyes.up, "Down": -eyes.up, "Out": outwards, "In": -outwards}
    strengths = {way: min(1.0, degrees / GAZE_DEGREES[way]) for way, degrees in wanted.items()}
    return {f"eyeLook{way}{_SIDES[eye]}": strength for way, strength in strengths.items() if strength > 0.0}
