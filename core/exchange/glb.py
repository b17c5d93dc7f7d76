"""Binary glTF 2.0 (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html): UVs, materials, morph targets.

Written here because the libraries that write GLB either know no morph targets or leave buffers and accessors to the
caller, which is all there is to write.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import igl
import numpy as np

from facewright.core.exchange.shape import FileFormat

if TYPE_CHECKING:
    from facewright.core.exchange.shape import Shape, Unit

_FLOAT, _INDEX = 5126, 5125
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_SKIN = (0.70, 0.56, 0.46, 1.0)
"""Base colour of every material, linear."""


def to_glb(shape: Shape, unit: Unit) -> bytes:
    """The file: one mesh, a primitive and a material for each part, all on the same vertices.

    Vertices are doubled where UVs have a seam. Names of morph targets stand where Blender and others read them.
    """
    return _Writer(shape).file()


class _Writer:
    """A file in the making: a buffer that grows, and the accessors into it."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        texture = shape.texture
        self._vertex = np.arange(len(shape.vertices)) if texture is None else texture.vertex
        self._faces = shape.faces if texture is None else texture.faces
        self._buffer = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def file(self) -> bytes:
        """The container: header, JSON chunk, binary chunk."""
        text = json.dumps(self._document(), separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        chunks = (b"JSON", text), (b"BIN\0", bytes(self._buffer))
        body = b"".join(np.uint32(len(data)).astype("<u4").tobytes() + kind + data for kind, data in chunks)
        return b"glTF" + np.array([2, 12 + len(body)], dtype="<u4").tobytes() + body

    def _document(self) -> dict[str, Any]:
        shape = self._shape
        mesh: dict[str, Any] = {"name": shape.name, "primitives": self._primitives()}
        if shape.targets:
            mesh["weights"] = [float(shape.weights.get(name, 0.0)) for name in shape.targets]
            mesh["extras"] = {"targetNames": list(shape.targets)}
        return {
            "asset": {"version": "2.0", "generator": "Facewright", "extras": {"notes": list(shape.notes)}},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"name": shape.name, "mesh": 0}],
            "meshes": [mesh],
            "materials": [
                {"name": name, "pbrMetallicRoughness": {"baseColorFactor": _SKIN, "metallicFactor": 0.0}}
                for name in shape.groups or (shape.name,)
            ],
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._buffer)}],
        }

    def _primitives(self) -> list[dict[str, Any]]:
        shape = self._shape
        normals = self._normals(shape.vertices)
        attributes = {"POSITION": self._points(shape.vertices), "NORMAL": self._vectors(normals)}
        if shape.texture:
            flipped = shape.texture.points * (1.0, -1.0) + (0.0, 1.0)  # in glTF v runs downwards
            attributes["TEXCOORD_0"] = self._array(flipped.astype("<f4"), "VEC2", _FLOAT, _ARRAY_BUFFER)
        targets = [
            {"POSITION": self._points(moved - shape.vertices), "NORMAL": self._vectors(self._normals(moved) - normals)}
            for moved in shape.targets.values()
        ]
        faces = [self._faces]
        if shape.group is not None:
            faces = [self._faces[shape.faces_of(index)] for index in range(len(shape.groups))]
        primitives = []
        for material, corners in enumerate(faces):
            if len(corners):
                indices = self._array(corners.reshape(-1).astype("<u4"), "SCALAR", _INDEX, _ELEMENT_ARRAY_BUFFER)
                primitive = {"attributes": attributes, "indices": indices, "material": material}
                primitives.append(primitive | ({"targets": targets} if targets else {}))
        return primitives

    def _normals(self, vertices: np.ndarray) -> np.ndarray:
        """Unit normals (V, 3) of the closed surface, seams or not."""
        normals = igl.per_vertex_normals(vertices.astype(np.float64), self._shape.faces.astype(np.int64))
        return np.asarray(normals, dtype=np.float32)

    def _points(self, vertices: np.ndarray) -> int:
        """Positions, whose accessor has to tell their bounds."""
        index = self._vectors(vertices)
        values = vertices[self._vertex].astype("<f4")
        self._accessors[index] |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        return index

    def _vectors(self, values: np.ndarray) -> int:
        """One vector for each vertex, doubled at seams."""
        return self._array(values[self._vertex].astype("<f4"), "VEC3", _FLOAT, _ARRAY_BUFFER)

    def _array(self, values: np.ndarray, kind: str, component: int, target: int) -> int:
        """Append an array to the buffer; the number of its accessor."""
        data = values.tobytes()
        self._views.append({"buffer": 0, "byteOffset": len(self._buffer), "byteLength": len(data), "target": target})
        self._buffer += data
        self._accessors.append(
            {"bufferView": len(self._views) - 1, "componentType": component, "count": len(values), "type": kind}
        )
        return len(self._accessors) - 1


GLB = FileFormat(
    "glb",
    to_glb,
    "Blender, game engines, the web",
    "UVs, a material for each part, morph targets",
    unit="m",
    morphs=True,
)
