"""What a mesh file can hold, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from facewright.core.exchange.pbr_material import SKIN, WHITE
from facewright.core.normals import vertex_normals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.exchange.pbr_material import PbrMaterial
    from facewright.core.exchange.skeleton import Skeleton

LengthUnit = Literal["mm", "cm", "m"]

UnitChoice = Literal["auto", "mm", "cm", "m"]
"""On a command line: a unit, or whichever is right."""

UNITS_PER_MM: Mapping[LengthUnit, float] = MappingProxyType({"mm": 1.0, "cm": 0.1, "m": 0.001})


def chosen(unit: UnitChoice) -> LengthUnit | None:
    """The unit that a command line names, if it names one."""
    return None if unit == "auto" else unit


@dataclass(frozen=True, eq=False)
class TextureMap:
    """UVs of a mesh.

    points : (U, 2) float32, v upwards; vertex : (U,) int32, the vertex of each; faces : (F, 3) or (F, 4) int32 into
    the points, in the order of the mesh's faces.
    """

    points: np.ndarray
    vertex: np.ndarray
    faces: np.ndarray


class Triangles(NamedTuple):
    """A mesh's faces as triangles.

    corners : (T, 3) vertices; uv : (T, 3) into the texture map's points, the corners again where there is none;
    face : (T,) which face each is of.
    """

    corners: np.ndarray
    uv: np.ndarray
    face: np.ndarray


@dataclass(frozen=True, eq=False)
class Shape:
    """A mesh of triangles or quads and what is known about it.

    vertices : (V, 3) float32, in the file's unit, x to the subject's left, y up, z out of the face; faces : (F, 3)
    or (F, 4) int32, counter-clockwise from outside, −1 as a triangle's fourth corner; name : of the object; notes :
    lines for the file's head; texture : its UVs; groups : names of parts, group (F,) the index of each face's into
    them; materials, material : (F,) the index of each face's into them, all of the first where there is none;
    colours : (V, 3) uint8 sRGB; targets : (V, 3) vertices of each morph target by name; weights : the targets'
    strength at first, 0 where none is given; skeleton : its joints, in the file's unit; sculpting : whether vertices
    are to be one where a format would double them at the seams of UVs or materials.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    notes: tuple[str, ...] = ()
    texture: TextureMap | None = None
    groups: tuple[str, ...] = ()
    group: np.ndarray | None = None
    targets: Mapping[str, np.ndarray] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    materials: tuple[PbrMaterial, ...] = (SKIN,)
    material: np.ndarray | None = None
    colours: np.ndarray | None = None
    skeleton: Skeleton | None = None
    sculpting: bool = False

    @cached_property
    def triangles(self) -> Triangles:
        """The faces as triangles: a quad's are on the same side of its first corner in all heads."""
        uv = self.faces if self.texture is None else self.texture.faces
        if self.faces.shape[1] == 3:
            return Triangles(self.faces, uv, np.arange(len(self.faces)))
        split = [[0, 1, 2], [0, 2, 3]]
        kept = np.column_stack([np.ones(len(self.faces), bool), self.faces[:, 3] >= 0]).reshape(-1)
        corners, uv = (rows[:, split].reshape(-1, 3)[kept] for rows in (self.faces, uv))
        return Triangles(corners, uv, np.repeat(np.arange(len(self.faces)), 2)[kept])

    @cached_property
    def normals(self) -> np.ndarray:
        """Unit normals (V, 3) float32, seams or not."""
        return self.normals_of(self.vertices)

    def normals_of(self, vertices: np.ndarray) -> np.ndarray:
        """The same with the vertices elsewhere, of a morph target; a vertex without area has the z axis."""
        normals = vertex_normals(vertices, self.triangles.corners)
        normals[~(np.abs(normals).max(axis=1) > 0.5)] = (0.0, 0.0, 1.0)
        return normals

    @property
    def face_material(self) -> np.ndarray:
        """The index of each face's material, (F,)."""
        return np.zeros(len(self.faces), np.int64) if self.material is None else self.material

    def scaled(self, factor: float) -> Shape:
        """The same in another unit."""
        return replace(
            self,
            vertices=self.vertices * np.float32(factor),
            targets={name: moved * np.float32(factor) for name, moved in self.targets.items()},
            skeleton=self.skeleton and self.skeleton.scaled(factor),
        )

    def without_images(self) -> Shape:
        """In the vertices' colours instead, where it has them."""
        plain = SKIN if self.colours is None else WHITE
        return replace(self, texture=None, materials=(plain,), material=None)

    def joined_material(self) -> np.ndarray:
        """The index of each face's material, (F,), those of pieces that hang together being the larger piece's.

        Materials with an image or that one sees through stay what they are.
        """
        material = self.face_material.copy()
        plain = [n for n, own in enumerate(self.materials) if own.image is None and own.opacity == 1.0]
        plain = sorted((n for n in plain if (material == n).any()), key=lambda n: -int((material == n).sum()))
        for number, first in enumerate(plain):
            rest = plain[number + 1 :]
            while touching := [n for n in rest if self._touch(material, first, n)]:
                material[np.isin(material, touching)] = first
                rest = [n for n in rest if n not in touching]
        return material

    def _touch(self, material: np.ndarray, first: int, second: int) -> bool:
        """Whether faces of two materials share a vertex."""
        one, other = (np.unique(self.faces[material == n]) for n in (first, second))
        both = np.intersect1d(one, other)
        return bool((both >= 0).any())

    def blocks(self) -> list[tuple[str, PbrMaterial, np.ndarray]]:
        """Faces (n,) by group and material: the group's name, empty where there is none, and the material."""
        group = np.zeros(len(self.faces), np.int64) if self.group is None else self.group.astype(np.int64)
        material, names = self.face_material, self.groups or ("",)
        both = group * len(self.materials) + material
        return [
            (names[key // len(self.materials)], self.materials[key % len(self.materials)], (both == key).nonzero()[0])
            for key in np.unique(both)
        ]


@dataclass(frozen=True)
class FileFormat:
    """A format that heads are written in.

    suffix : of its files, without the dot; write : the bytes of a file; readers, holds : who reads it and what it keeps
    of a head on a topology with UVs, in words; unit : what its readers expect, as most say nothing and mean mm;
    morphs : whether it has morph targets; tears : whether vertices are doubled where UVs have a seam; closed : whether
    its readers, printers, want closed bodies; companions : the bytes of files beside it by name, such as an OBJ's
    materials.
    """

    suffix: str
    write: Callable[[Shape, LengthUnit], bytes]
    readers: str
    holds: str
    unit: LengthUnit = "mm"
    morphs: bool = False
    tears: bool = False
    closed: bool = False
    companions: Callable[[Shape], Mapping[str, bytes]] = lambda shape: {}

    @property
    def name(self) -> str:
        """What people call it."""
        return self.suffix.upper()
