"""The chunks of a GLB file, and its accessors as arrays: packed, with strides, sparse, normalized.

Readers that are kept by others were tried on the files of `tests/core/reading/test_surface_file.py`: trimesh leaves out
what is sparse, normalized or morphed, Assimp gives no numbers for quantized positions, pygltflib reads no accessors.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from facewright.core.input_file import parsed_json
from facewright.core.reading.surface import Unreadable, most_points

_JSON, _BINARY = 0x4E4F534A, 0x004E4942
_KINDS = {5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4", 5126: "f4"}
_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class GltfBuffers:
    """A GLB file's JSON, and the arrays that it describes.

    Its methods raise Unreadable, KeyError, IndexError, TypeError, AttributeError, ValueError or OverflowError where
    the file contradicts itself.
    """

    def __init__(self, data: bytes) -> None:
        """Takes the file apart."""
        if data[:4] != b"glTF" or len(data) < 20:
            raise Unreadable("it is no GLB file")
        if int.from_bytes(data[4:8], "little") != 2:
            raise Unreadable("it is no glTF 2.0", "export it as glTF 2.0 (GLB)")
        chunks: dict[int, bytes] = {}
        at = 12
        while at + 8 <= len(data):
            size, kind = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4))
            if at + 8 + size > len(data):
                raise Unreadable("it is cut short", "copy it again")
            chunks.setdefault(kind, data[at + 8 : at + 8 + size])
            at += 8 + size
        self.json: dict[str, Any] = parsed_json(chunks.get(_JSON, b"").rstrip(b"\0"))
        self._binary = chunks.get(_BINARY, b"")
        self.most = most_points(len(data))
        self._buffers: dict[int, bytes] = {}

    def view(self, index: int) -> bytes:
        """The bytes of a buffer view."""
        view = self._view(index)
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        buffer = self._buffer(_index(view["buffer"]))
        if start < 0 or length < 0 or start + length > len(buffer):
            raise Unreadable("it is cut short", "copy it again")
        return buffer[start : start + length]

    def accessor(self, index: int) -> np.ndarray:
        """The values (n,) or (n, columns) of an accessor: of its own integer kind, or float32 where normalized."""
        accessor = self.json["accessors"][_index(index)]
        kind, columns, count = _KINDS[accessor["componentType"]], _COLUMNS[accessor["type"]], int(accessor["count"])
        if not 0 <= count <= self.most:
            raise Unreadable(f"it counts {count:,} values, more than a file of its size has")
        sparse = accessor.get("sparse")
        if "bufferView" in accessor:
            values = self._values(accessor["bufferView"], int(accessor.get("byteOffset", 0)), kind, columns, count)
        elif sparse is None:
            raise Unreadable("some of its arrays are not in it", "export it again, without compression")
        else:
            values = np.zeros((count, columns), "<" + kind)
        if sparse is not None:
            values = self._with_sparse(values, sparse, kind, columns)
        if accessor.get("normalized"):
            values = _normalized(values)
        return values[:, 0] if columns == 1 else values

    def _with_sparse(self, values: np.ndarray, sparse: dict[str, Any], kind: str, columns: int) -> np.ndarray:
        count, places, others = int(sparse["count"]), sparse["indices"], sparse["values"]
        if not 0 <= count <= len(values):
            raise Unreadable("its sparse arrays contradict themselves")
        at = self._values(
            places["bufferView"], int(places.get("byteOffset", 0)), _KINDS[places["componentType"]], 1, count
        )[:, 0].astype(np.int64)
        if count and (at.min() < 0 or at.max() >= len(values)):
            raise Unreadable("its sparse arrays contradict themselves")
        values = values.copy()
        values[at] = self._values(others["bufferView"], int(others.get("byteOffset", 0)), kind, columns, count)
        return values

    def _values(self, view: int, offset: int, kind: str, columns: int, count: int) -> np.ndarray:
        """Values (count, columns) of a kind in a buffer view."""
        dtype, data = np.dtype("<" + kind), self.view(view)
        row = columns * dtype.itemsize
        stride = int(self._view(view).get("byteStride", 0)) or row
        if not count:
            return np.empty((0, columns), dtype)
        if offset < 0 or stride < row or offset + (count - 1) * stride + row > len(data):
            raise Unreadable("its arrays are longer than the file", "copy it again")
        raw = np.frombuffer(data, np.uint8, offset=offset)
        rows = np.lib.stride_tricks.as_strided(raw, (count, row), (stride, 1), writeable=False)
        return np.ascontiguousarray(rows).view(dtype)

    def _view(self, index: int) -> dict[str, Any]:
        view: dict[str, Any] = self.json["bufferViews"][_index(index)]
        return view

    def _buffer(self, index: int) -> bytes:
        uri = self.json["buffers"][index].get("uri")
        if uri is None:
            return self._binary
        if index not in self._buffers:
            self._buffers[index] = data_uri(uri)
        return self._buffers[index]


def data_uri(uri: str) -> bytes:
    """The bytes in a `data:` URI; Unreadable if it names another file."""
    if not uri.startswith("data:") or ";base64," not in uri[:200]:
        raise Unreadable("parts of it are in other files", "export it with everything inside")
    try:
        return base64.b64decode(uri.partition(";base64,")[2], validate=True)
    except binascii.Error as error:
        raise Unreadable("it is damaged") from error


def _index(value: Any) -> int:
    """An index of the file's: never one that counts from the end."""
    if not isinstance(value, int) or value < 0:
        raise Unreadable("it is damaged")
    return value


def _normalized(values: np.ndarray) -> np.ndarray:
    """Integers as numbers from 0, or −1, to 1 (glTF 2.0, 3.11)."""
    if values.dtype.kind == "f":
        return values
    most = np.iinfo(values.dtype).max
    return np.maximum(values.astype(np.float32) / np.float32(most), np.float32(-1.0))
