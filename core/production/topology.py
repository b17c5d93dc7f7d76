"""The topology of production meshes: faces, UVs, materials, a head on it and what its expressions move."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "ict_facekit.npz"
"""Of the topology that ships, in `resources/production`."""

SKIN = ("skin", "skin_head")
"""Materials of the skin: the face, and the rest of the head with the neck. Each fills a UV tile of its own."""


class Displacement(NamedTuple):
    """What a blendshape moves at full strength.

    vertices : (n,) int64, ascending; mm : (n, 3) float32, head frame.
    """

    vertices: np.ndarray
    mm: np.ndarray


@dataclass(frozen=True, eq=False)
class Topology:
    """An artist-made mesh of quads and a few triangles, with a head on it.

    polygons : (P, 4) int32, counter-clockwise from outside, -1 last in a triangle; uv : (T, 2) float32, v upwards; the
    whole part of u is a tile (as in UDIM), in which nothing of one material overlaps; uv_polygons : (P, 4) int32 into
    `uv`; materials : names; material : (P,) uint8, index into them; neutral : (V, 3) float32, mm, head frame;
    on_surface : (V,) bool, which vertices a head's surface has, eyes, mouth and shoulders apart; jaw : (V,) float32,
    the share with which the lower jaw carries each vertex; shapes : the displacement of each blendshape by its name
    (`facewright.core.production.engine_names`); probes : (p,) int64, vertices of the skin, and handles : (h,) int64,
    of what it carries along; variation : (k, p + h, 3) float32, mm, how these vary together over people, one standard
    deviation of each of k independent components; credit : where all of it comes from.
    """

    name: str
    polygons: np.ndarray
    uv: np.ndarray
    uv_polygons: np.ndarray
    materials: tuple[str, ...]
    material: np.ndarray
    neutral: np.ndarray
    on_surface: np.ndarray
    jaw: np.ndarray
    shapes: Mapping[str, Displacement]
    probes: np.ndarray
    handles: np.ndarray
    variation: np.ndarray
    credit: str

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "shapes", MappingProxyType(dict(self.shapes)))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over its name, faces, materials, neutral head and what that tells of others; not over UVs or shapes.

        What is computed for a topology and kept is known by it.
        """
        digest = hashlib.sha256(json.dumps([self.name, *self.materials]).encode())
        for name in ("polygons", "material", "neutral", "on_surface", "jaw", "probes", "handles", "variation"):
            array = np.ascontiguousarray(getattr(self, name))
            digest.update(f"{name} {array.dtype.str} {array.shape} ".encode() + array.tobytes())
        return digest.hexdigest()

    @property
    def triangles(self) -> np.ndarray:
        """The faces as triangles (F, 3) int32: quads are cut from their first corner to their third."""
        a, b, c, d = self.polygons.T
        quads = d >= 0
        return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)[quads]])

    def polygons_of(self, *names: str) -> np.ndarray:
        """Which polygons (n,) are of any of these materials."""
        wanted = [index for index, name in enumerate(self.materials) if name in names]
        return np.flatnonzero(np.isin(self.material, wanted))

    def vertices_of(self, *names: str) -> np.ndarray:
        """The vertices (n,) of polygons of any of these materials, ascending."""
        corners = np.unique(self.polygons[self.polygons_of(*names)])
        return corners[corners >= 0]


@lru_cache(maxsize=1)
def bundled_topology() -> Topology:
    """ICT-FaceKit's, which ships with the program."""
    return unpacked(resources.files("facewright.resources").joinpath("production", FILE).read_bytes())


_PLAIN = ("polygons", "uv", "uv_polygons", "material", "neutral", "on_surface", "jaw", "probes", "handles")


def packed(topology: Topology) -> bytes:
    """A topology as the bytes of an `.npz` file, displacements rounded to half precision."""
    moved = list(topology.shapes.values())
    arrays = {name: getattr(topology, name) for name in _PLAIN} | {
        "about": np.frombuffer(
            json.dumps(
                {
                    "name": topology.name,
                    "materials": topology.materials,
                    "shapes": [*topology.shapes],
                    "credit": topology.credit,
                }
            ).encode(),
            dtype=np.uint8,
        ),
        "shape_sizes": np.array([len(each.vertices) for each in moved], dtype=np.int32),
        "shape_vertices": np.concatenate([each.vertices for each in moved]).astype(np.uint16),
        "variation": topology.variation.astype(np.float16),
        "shape_mm": np.concatenate([each.mm for each in moved]).astype(np.float16),
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def unpacked(data: bytes) -> Topology:
    """A topology from `packed` bytes."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        ends = np.cumsum(file["shape_sizes"])[:-1]
        vertices = np.split(file["shape_vertices"].astype(np.int64), ends)
        moved = np.split(file["shape_mm"].astype(np.float32), ends)
        return Topology(
            name=about["name"],
            materials=tuple(about["materials"]),
            shapes={n: Displacement(v, mm) for n, v, mm in zip(about["shapes"], vertices, moved, strict=True)},
            variation=file["variation"].astype(np.float32),
            credit=about["credit"],
            **{name: file[name] for name in _PLAIN},
        )
