"""What a mesh file can hold, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

Unit = Literal["mm", "cm", "m"]

UNITS_PER_MM: Mapping[Unit, float] = MappingProxyType({"mm": 1.0, "cm": 0.1, "m": 0.001})


@dataclass(frozen=True, eq=False)
class TextureMap:
    """UVs of a mesh.

    points : (U, 2) float32 in [0, 1], v upwards; vertex : (U,) int32, the vertex of each; faces : (F, 3) int32 into
    the points, in the order of the mesh's faces.
    """

    points: np.ndarray
    vertex: np.ndarray
    faces: np.ndarray


@dataclass(frozen=True, eq=False)
class Shape:
    """A triangle mesh and what is known about it.

    vertices : (V, 3) float32, in the file's unit, x to the subject's left, y up, z out of the face; faces : (F, 3)
    int32, counter-clockwise from outside; name : of the object; notes : lines for the file's head; texture : its UVs;
    groups : names of parts, group (F,) the index of each face's into them; targets : (V, 3) vertices of each morph
    target by name; weights : the targets' strength at first, 0 where none is given.
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

    def faces_of(self, group: int) -> np.ndarray:
        """Which faces (n,) are a group's, ascending."""
        assert self.group is not None
        return (self.group == group).nonzero()[0]


@dataclass(frozen=True)
class FileFormat:
    """A format that heads are written in.

    suffix : of its files, without the dot; write : the bytes of a file; readers, holds : who reads it and what it keeps
    of a head on the template's topology, in words; unit : what its readers expect, as most say nothing and mean mm;
    morphs : whether it has morph targets.
    """

    suffix: str
    write: Callable[[Shape, Unit], bytes]
    readers: str
    holds: str
    unit: Unit = "mm"
    morphs: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.suffix.upper()
