"""The binary part of a glTF file in the making: a buffer that grows, its views, and the accessors into them."""

from __future__ import annotations

from typing import Any

import numpy as np

_COMPONENTS = {"f4": 5126, "u4": 5125, "u2": 5123, "u1": 5121}
_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963


class GltfArrays:
    """views, accessors : as the file's JSON lists them; data : the buffer that they tell of."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def indices(self, corners: np.ndarray) -> int:
        """Vertices of triangles (T, 3); the number of their accessor."""
        return self._accessor(corners.reshape(-1, 1).astype("<u4"), _ELEMENT_ARRAY_BUFFER)

    def attribute(self, values: np.ndarray, *, normalized: bool = False) -> int:
        """A row of values (n, columns) of its own type for each vertex; the number of their accessor."""
        more = {"normalized": True} if normalized else {}
        return self._accessor(values, _ARRAY_BUFFER, more)

    def places(self, values: np.ndarray) -> int:
        """Positions or their changes (n, 3) float32, whose accessor has to tell their bounds."""
        bounds = {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        return self._accessor(values, _ARRAY_BUFFER, bounds) if values.any() else self._zeros(len(values), bounds)

    def changes(self, values: np.ndarray) -> int:
        """Changes of normals (n, 3) float32."""
        return self._accessor(values, _ARRAY_BUFFER) if values.any() else self._zeros(len(values), {})

    def matrices(self, values: np.ndarray) -> int:
        """Matrices (n, 4, 4), which glTF holds column by column."""
        columns = np.ascontiguousarray(values.transpose(0, 2, 1), "<f4").reshape(-1, 16)
        return self._accessor(columns, None)

    def view(self, data: bytes, target: int | None = None) -> int:
        """The number of a view of some bytes, which begins at a multiple of four."""
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        self.views.append(view if target is None else view | {"target": target})
        self.data += data
        return len(self.views) - 1

    def _zeros(self, count: int, more: dict[str, Any]) -> int:
        """An accessor without a view has zeros, and costs nothing."""
        self.accessors.append({"componentType": _COMPONENTS["f4"], "count": count, "type": "VEC3"} | more)
        return len(self.accessors) - 1

    def _accessor(self, values: np.ndarray, target: int | None, more: dict[str, Any] | None = None) -> int:
        kind = values.dtype.newbyteorder("<")
        accessor = {
            "bufferView": self.view(values.astype(kind, copy=False).tobytes(), target),
            "componentType": _COMPONENTS[kind.str[1:]],
            "count": len(values),
            "type": _KINDS[values.shape[1]],
        }
        self.accessors.append(accessor | (more or {}))
        return len(self.accessors) - 1
