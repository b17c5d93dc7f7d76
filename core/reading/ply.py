"""PLY, read: vertices and polygons in the file's order, of any sizes mixed, triangle strips, colours, textures.

Readers that are kept by others were tried on the files of `tests/core/reading/test_surface_file.py`: trimesh reads
polygons of one size alone and skips strips, meshio stumbles over texture coordinates, Assimp refuses mixed polygons,
libigl's ends the process over them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.reading.image_map import image_map
from facewright.core.reading.material import Material, named_texture, painted
from facewright.core.reading.surface import RawSurface, Unreadable, as_bytes, most_points, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facewright.core.reading.image_map import ImageMap
    from facewright.core.reading.surface import Reading

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "int64": "i8", "uint64": "u8",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_MOST_HEADER = 1 << 20
_INDICES = ("vertex_indices", "vertex_index", "vertex_indexs")
_COLOURS = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
_TEXTURES = (("texture_u", "texture_v"), ("s", "t"), ("u", "v"))


@dataclass
class _Property:
    """name; kind : numpy's type of a value; count : of the number before a list's values, empty for one value."""

    name: str
    kind: str
    count: str = ""


@dataclass
class _Element:
    """name, and how many there are of it; properties : of each one."""

    name: str
    length: int
    properties: list[_Property] = field(default_factory=list)


@dataclass(frozen=True)
class _List:
    """The values (T,) of a list property, one row's after the other's, and how many of them each row (n,) has."""

    values: np.ndarray
    sizes: np.ndarray


_Columns = dict[str, "np.ndarray | _List"]


def read_ply(path: Path, data: bytes, reading: Reading) -> RawSurface:
    """The surface that a PLY file's bytes hold; its texture is looked for beside `path`. Raises Unreadable."""
    encoding, elements, images, start = _header(data)
    rows = _Ascii(data[start:]) if encoding == "ascii" else _Binary(data[start:], "<" if "little" in encoding else ">")
    content: dict[str, _Columns] = {}
    for element in elements:
        reading.check()
        content[element.name] = rows.columns(element)
    vertex = content.get("vertex", {})
    if not all(isinstance(vertex.get(axis), np.ndarray) for axis in "xyz"):
        raise Unreadable("it has no vertices")
    points = np.column_stack([_column(vertex, axis).astype(np.float64) for axis in "xyz"])
    face = content.get("face", {})
    indices = next((face[name] for name in _INDICES if name in face), None)
    if isinstance(indices, _List):
        corners, sizes = indices.values.astype(np.int64), indices.sizes
    else:
        corners, sizes = _strips(content.get("tristrips", {}), most_points(len(data)))
    surface = RawSurface(points, corners, sizes).checked()
    if reading.with_layout:
        of_vertices, uv = _vertex_uv(vertex), _face_uv(surface, face)
        surface = replace(surface, uv=of_vertices[corners] if uv is None and of_vertices is not None else uv)
    if not reading.with_colours:
        return surface
    colours = _colours(vertex)
    if not reading.with_images:
        return replace(surface, colours=colours)
    textured, notes, own = _textured(path, images, surface, vertex, face, reading)
    colours = colours if textured is None else textured
    return replace(surface, colours=colours, notes=tuple(notes), image_map=own)


def _header(data: bytes) -> tuple[str, list[_Element], list[str], int]:
    """Encoding, elements and images that a header tells of, and where the content starts."""
    end = data.find(b"end_header", 0, _MOST_HEADER)
    start = data.find(b"\n", end) + 1
    if not data.startswith(b"ply") or end < 0 or not start:
        raise Unreadable("it has no PLY header")
    encoding, elements, images = "", [], []
    for line in data[:end].decode("utf-8", "replace").splitlines():
        words = line.split()
        try:
            if words[:1] == ["format"]:
                encoding = words[1]
            elif words[:1] == ["element"]:
                elements.append(_Element(words[1], int(words[2])))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append(_Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append(_Property(words[2], _TYPES[words[1]]))
            elif words[:1] == ["comment"] and len(words) > 2 and words[1].lower() == "texturefile":
                images.append(line.split(None, 2)[2].strip().strip('"'))
        except (IndexError, KeyError, ValueError) as error:
            raise Unreadable(f"its header says {line.strip()[:60]!r}, which means nothing") from error
    if encoding not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise Unreadable("its header does not say how it is written")
    if any(element.length < 0 for element in elements):
        raise Unreadable("its header counts less than nothing")
    return encoding, elements, images, start


class _Binary:
    """The content of a binary file, element by element."""

    def __init__(self, data: bytes, order: str) -> None:
        self._data, self._order, self._at = data, order, 0

    def columns(self, element: _Element) -> _Columns:
        """The next element's values by property."""
        if any(own.count.startswith("f") for own in element.properties):
            raise Unreadable("its header counts a list by fractions")
        least = sum(np.dtype(own.count or own.kind).itemsize for own in element.properties)
        if element.length * least > len(self._data) - self._at:
            raise _short(element)
        if not element.length or not least:
            return {}
        return self._alike(element) or self._one_by_one(element)

    def _alike(self, element: _Element) -> _Columns | None:
        """The values if every row's lists are as long as the first's, None if they are not."""
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        offset = self._at
        for number, own in enumerate(element.properties):
            size = 1
            if own.count:
                count = np.dtype(self._order + own.count)
                if offset + count.itemsize > len(self._data):
                    return None
                size = int(np.frombuffer(self._data, count, 1, offset)[0])
                offset += count.itemsize
                fields.append((f"n{number}", count.str))
            if not 0 <= size <= len(self._data):
                return None
            kind = np.dtype(self._order + own.kind)
            fields.append((f"v{number}", kind.str, (size,)) if own.count else (f"v{number}", kind.str))
            offset += size * kind.itemsize
        row = np.dtype(fields)
        if element.length * row.itemsize > len(self._data) - self._at:
            return None
        table = np.frombuffer(self._data, row, element.length, self._at)
        columns: _Columns = {}
        for number, own in enumerate(element.properties):
            values = table[f"v{number}"]
            if own.count:
                sizes = table[f"n{number}"].astype(np.int64)
                if (sizes != values.shape[1]).any():
                    return None
                columns[own.name] = _List(values.reshape(-1), sizes)
            else:
                columns[own.name] = values
        self._at += element.length * row.itemsize
        return columns

    def _one_by_one(self, element: _Element) -> _Columns:
        """The values where lists differ in length: their places are found row by row, the values are read at once."""
        places: list[list[int]] = [[] for _ in element.properties]
        sizes: list[list[int]] = [[] for _ in element.properties]
        at, data = self._at, self._data
        order = "little" if self._order == "<" else "big"
        widths = [
            (np.dtype(p.count).itemsize if p.count else 0, np.dtype(p.kind).itemsize, p.count.startswith("i"))
            for p in element.properties
        ]
        for _ in range(element.length):
            for place, size, (counter, width, signed) in zip(places, sizes, widths, strict=True):
                count = 1
                if counter:
                    count = int.from_bytes(data[at : at + counter], order, signed=signed)  # type: ignore[arg-type]
                    at += counter
                place.append(at)
                size.append(count)
                at += count * width
                if count < 0 or at > len(data):
                    raise _short(element)
        self._at = at
        columns: _Columns = {}
        for own, place, size in zip(element.properties, places, sizes, strict=True):
            values = _gathered(data, np.dtype(self._order + own.kind), np.array(place), np.array(size))
            columns[own.name] = _List(values, np.array(size, dtype=np.int64)) if own.count else values
        return columns


def _gathered(data: bytes, kind: np.dtype, places: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The values of a kind at places (n,) in bytes, `sizes` (n,) of them at each."""
    first = np.repeat(places, sizes)
    within = np.arange(len(first)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = (first + within * kind.itemsize)[:, None] + np.arange(kind.itemsize)
    return np.frombuffer(data, np.uint8)[at].reshape(-1).view(kind)


class _Ascii:
    """The content of a text file, element by element."""

    def __init__(self, data: bytes) -> None:
        self._words: list[bytes] = []
        for piece in pieces(data):
            self._words += piece.split()
        self._at = 0

    def columns(self, element: _Element) -> _Columns:
        """The next element's values by property."""
        left = len(self._words) - self._at
        if element.length * len(element.properties) > left:
            raise _short(element)
        if not element.length or not element.properties:
            return {}
        lists = [p for p in element.properties if p.count]
        if not lists:
            table = self._taken(element.length * len(element.properties)).reshape(element.length, -1)
            return {p.name: table[:, number] for number, p in enumerate(element.properties)}
        return self._one_by_one(element)

    def _taken(self, count: int) -> np.ndarray:
        words = self._words[self._at : self._at + count]
        self._at += count
        return _as_numbers(words)

    def _one_by_one(self, element: _Element) -> _Columns:
        gathered: list[list[bytes]] = [[] for _ in element.properties]
        sizes: list[list[int]] = [[] for _ in element.properties]
        words, at = self._words, self._at
        try:
            for _ in range(element.length):
                for values, size, own in zip(gathered, sizes, element.properties, strict=True):
                    count = 1
                    if own.count:
                        count = int(words[at])
                        at += 1
                    if not 0 <= count <= len(words) - at:
                        raise _short(element)
                    values += words[at : at + count]
                    size.append(count)
                    at += count
        except (IndexError, ValueError) as error:
            raise _short(element) from error
        self._at = at
        return {
            own.name: _List(_as_numbers(values), np.array(size, dtype=np.int64)) if own.count else _as_numbers(values)
            for own, values, size in zip(element.properties, gathered, sizes, strict=True)
        }


def _as_numbers(words: list[bytes]) -> np.ndarray:
    try:
        return np.array(words, dtype=np.float64)
    except ValueError as error:
        raise Unreadable("something in it is no number") from error


def _short(element: _Element) -> Unreadable:
    return Unreadable(f"it is cut short: its header counts {element.length:,} of {element.name!r}", "copy it again")


def _column(columns: Mapping[str, np.ndarray | _List], name: str) -> np.ndarray:
    column = columns[name]
    if not isinstance(column, np.ndarray):
        raise Unreadable(f"its {name} is a list")
    return column


def _strips(strips: _Columns, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners and sizes of the triangles of strips of vertices, in which -1 begins another strip."""
    indices = next((strips[name] for name in _INDICES if name in strips), None)
    if not isinstance(indices, _List):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ends = np.cumsum(indices.sizes)
    values = np.insert(indices.values.astype(np.int64), ends, -1)
    if len(values) > most:
        raise Unreadable("its strips are longer than the file")
    triangles = strip_triangles(values)
    return triangles.reshape(-1), np.full(len(triangles), 3, dtype=np.int64)


def strip_triangles(strip: np.ndarray) -> np.ndarray:
    """Triangles (F, 3) of a strip (n,) of vertices in which -1 begins another: each turned as its strip's first."""
    if len(strip) < 3:
        return np.empty((0, 3), np.int64)
    starts = np.flatnonzero(np.concatenate([[True], strip[:-1] < 0]))
    number = np.arange(len(strip)) - np.repeat(starts, np.diff([*starts, len(strip)]))
    rows = np.column_stack([strip[:-2], strip[1:-1], strip[2:]])
    odd = number[:-2] % 2 == 1
    rows[odd] = rows[odd][:, [1, 0, 2]]
    a, b, c = rows.T
    kept: np.ndarray = rows[(rows >= 0).all(axis=1) & (a != b) & (b != c) & (c != a)]
    return kept


def _colours(vertex: _Columns) -> np.ndarray | None:
    names = next((names for names in _COLOURS if all(isinstance(vertex.get(n), np.ndarray) for n in names)), None)
    if names is None:
        return None
    columns = np.column_stack([_column(vertex, name) for name in names])
    if _column(vertex, names[0]).dtype == np.uint8:
        return np.ascontiguousarray(columns.astype(np.uint8))
    return as_bytes(columns / 257.0 if columns.max(initial=0) > 255 else columns)


def _face_uv(surface: RawSurface, face: _Columns) -> np.ndarray | None:
    """Texture coordinates (C, 2) float64 that the faces have for their corners; None if they have none."""
    wedges = face.get("texcoord")
    if isinstance(wedges, _List) and np.array_equal(wedges.sizes, 2 * surface.sizes):
        return wedges.values.reshape(-1, 2).astype(np.float64)
    return None


def _vertex_uv(vertex: _Columns) -> np.ndarray | None:
    """Texture coordinates (N, 2) float64 of the vertices; None if there are none."""
    names = next((names for names in _TEXTURES if all(isinstance(vertex.get(n), np.ndarray) for n in names)), None)
    return None if names is None else np.column_stack([_column(vertex, name).astype(np.float64) for name in names])


def _textured(
    path: Path, images: list[str], surface: RawSurface, vertex: _Columns, face: _Columns, reading: Reading
) -> tuple[np.ndarray | None, list[str], ImageMap | None]:
    """Colours of the vertices by the file's images, notes of those that are missing, and the images."""
    if not images:
        return None, [], None
    count = len(surface.points)
    uv, material = np.full((count, 2), np.nan), np.zeros(count, dtype=np.int64)
    of_face, numbers = np.zeros(len(surface.sizes), dtype=np.int64), face.get("texnumber")
    backwards = slice(None, None, -1)  # so that the first of a vertex's corners is what stays
    at_corners, of_vertices = np.full((len(surface.corners), 2), np.nan), _vertex_uv(vertex)
    if (wedges := _face_uv(surface, face)) is not None:
        at_corners = wedges
        uv[surface.corners[backwards]] = at_corners[backwards]
        if isinstance(numbers, np.ndarray):
            of_face = np.clip(numbers.astype(np.int64), 0, len(images) - 1)
            material[surface.corners[backwards]] = np.repeat(of_face, surface.sizes)[backwards]
    elif of_vertices is not None:
        uv = of_vertices
        at_corners = uv[surface.corners]
    materials = [Material(texture=named_texture(path, name)) for name in images]
    decoded: dict[int, np.ndarray] = {}
    colours, notes = painted(uv, material, materials, reading, decoded)
    return colours, notes, image_map(at_corners, of_face, surface.sizes, materials, decoded)
