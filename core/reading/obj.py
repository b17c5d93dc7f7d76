"""Wavefront OBJ, read: vertices and polygons in the file's order, textures at the vertices.

Readers that are kept by others were tried on the files of `tests/core/reading/test_surface_file.py`: trimesh takes
indices that count backwards for others over two objects and knows no tabs, Assimp repeats every vertex in each face and
loses the order, libigl knows no materials. Only statements that say where the surface is and what colour it has are
looked at.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.reading.image_map import image_map
from facewright.core.reading.material import Materials, painted
from facewright.core.reading.surface import LONGEST_NAME, RawSurface, Unreadable, as_bytes, pieces

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.reading.image_map import ImageMap
    from facewright.core.reading.surface import Reading

_STATEMENT = rb"^[ \t]*%s[ \t]+([^\n#]*)"
_BLOCK = 50_000
"""Rows that are turned into numbers at once: for longer no other thread would be served."""
_NAMES = rb"^[ \t]*%s[ \t]+([^\n]*)"  # names may have a # in them


def read_obj(path: Path, data: bytes, reading: Reading) -> RawSurface:
    """The surface that an OBJ file's bytes tell of; materials are looked for beside `path`. Raises Unreadable."""
    data = _plain(data)
    values = _numbers(_texts(_STATEMENT, b"v", data), "a vertex line is not three numbers")
    reading.check()
    faces = _Faces(data, len(values), reading.like)
    reading.check()
    points = np.ascontiguousarray(values[:, :3])
    surface = RawSurface(points, faces.vertex, faces.sizes, digest=faces.digest)
    if reading.with_layout:
        surface = replace(surface, **_layout(data, faces))
    if not reading.with_colours:
        return surface
    surface.checked()
    colours = as_bytes(values[:, 3:6]) if values.shape[1] >= 6 and np.isfinite(values[:, 3:6]).any() else None
    if not reading.with_images:
        return replace(surface, colours=colours)
    textured, notes, images = _textured(path, data, faces, len(points), reading)
    return replace(surface, colours=colours if textured is None else textured, notes=notes, image_map=images)


def obj_points(data: bytes) -> np.ndarray:
    """The vertices (N, 3) float64 alone of an OBJ file's bytes. Raises Unreadable."""
    values = _numbers(_texts(_STATEMENT, b"v", _plain(data)), "a vertex line is not three numbers")
    return np.ascontiguousarray(values[:, :3])


def _plain(data: bytes) -> bytes:
    """The bytes of a file as it is written on Unix: no mark in front, no carriage returns, no continued lines."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\\\n", b" ")


def _texts(pattern: bytes, name: bytes, data: bytes) -> list[bytes]:
    """What follows the name in all statements of one kind."""
    statement = re.compile(pattern % name, re.MULTILINE)
    return [text for piece in pieces(data) for text in statement.findall(piece)]


def _starts(name: bytes, data: bytes) -> np.ndarray:
    """Where the statements of one kind are in the file, (n,)."""
    return np.array([match.start() for match in re.finditer(_NAMES % name, data, re.MULTILINE)], dtype=np.int64)


def _numbers(texts: list[bytes], wrong: str) -> np.ndarray:
    """The numbers of statements as rows (n, 3 or more), NaN where a row is shorter; Unreadable, saying `wrong`."""
    blocks = [_block(texts[start : start + _BLOCK], wrong) for start in range(0, len(texts), _BLOCK)]
    if len({block.shape[1] for block in blocks}) > 1:  # some with colours
        wide = [np.full((len(block), 6), np.nan) for block in blocks]
        for row, block in zip(wide, blocks, strict=True):
            row[:, : block.shape[1]] = block[:, :6]
        blocks = wide
    return np.concatenate(blocks) if blocks else np.empty((0, 3))


def _block(texts: list[bytes], wrong: str) -> np.ndarray:
    """As `_numbers`, of a few rows."""
    tokens = b" ".join(texts).split()
    width = len(texts[0].split())
    try:
        if width >= 3 and len(tokens) == width * len(texts):
            return np.array(tokens, dtype=np.float64).reshape(len(texts), width)
        split = [text.split()[:6] for text in texts]
        if min(map(len, split), default=3) < 3:
            raise Unreadable(wrong)
        rows = np.full((len(split), 6), np.nan)
        for row, words in zip(rows, split, strict=True):
            row[: len(words)] = [float(word) for word in words]
    except ValueError as error:
        raise Unreadable(wrong) from error
    return rows


class _Faces:
    """The polygons of a file.

    sizes : (P,); vertex, texture : (C,) of every corner, from 0, texture -1 where it has none; digest : equal for files
    whose faces are written alike.
    """

    def __init__(self, data: bytes, vertices: int, like: RawSurface | None) -> None:
        """Reads them; those of `like` are taken over where they are written alike, which saves reading them."""
        texts = _texts(_STATEMENT, b"f", data)
        joined = b"\n".join(texts)
        self.digest = hashlib.sha256(joined).hexdigest()
        backwards = b"-" in joined
        if like is not None and like.digest == self.digest and not backwards:
            self.vertex, self.sizes = like.corners, like.sizes
            return
        self.sizes = np.array([len(text.split()) for text in texts], dtype=np.int64)
        try:
            columns = np.concatenate(
                [
                    np.empty((0, 2), np.int64),
                    *(
                        _corners(b" ".join(texts[start : start + _BLOCK]).split())
                        for start in range(0, len(texts), _BLOCK)
                    ),
                ]
            )
        except (ValueError, OverflowError) as error:
            raise Unreadable("a face is not whole numbers of vertices") from error
        at = np.repeat(_starts(b"f", data), self.sizes) if backwards else np.empty(0, np.int64)
        self.vertex = _absolute(columns[:, 0], vertices, at, b"v", data)
        self.texture = np.full(len(columns), -1, dtype=np.int64)
        if columns[:, 1].any():
            self.texture = _absolute(columns[:, 1], len(_texts(_STATEMENT, b"vt", data)), at, b"vt", data)


def _corners(tokens: list[bytes]) -> np.ndarray:
    """Corners such as 7, 7/2, 7//3 or 7/2/3 as (C, 2): vertex and texture coordinate, 0 where there is none."""
    slashes = np.array([token.count(b"/") for token in tokens], dtype=np.int64)
    columns = np.zeros((len(tokens), 2), dtype=np.int64)
    alike = len(tokens) and (slashes == slashes[0]).all() and slashes[0] <= 2
    joined = b" ".join(tokens)
    if alike and slashes[0] == 0:
        columns[:, 0] = np.array(tokens, dtype=np.int64)
    elif alike and b"//" not in joined and b"/ " not in joined + b" ":
        columns[:] = np.array(joined.replace(b"/", b" ").split(), dtype=np.int64).reshape(len(tokens), -1)[:, :2]
    else:
        for row, token in zip(columns, tokens, strict=True):
            parts = token.split(b"/")
            row[:] = int(parts[0]), int(parts[1]) if len(parts) > 1 and parts[1] else 0
    return columns


def _absolute(index: np.ndarray, count: int, at: np.ndarray, name: bytes, data: bytes) -> np.ndarray:
    """Indices (C,) from 1, or backwards, as indices from 0, -1 for none.

    They are of `count` statements of a name in a file's `data`; backwards is from where the corner is, `at` (C,).
    """
    absolute = index - 1
    backwards = index < 0
    if backwards.any():
        absolute[backwards] = np.searchsorted(_starts(name, data), at[backwards]) + index[backwards]
    if (index > count).any() or (absolute[index != 0] < 0).any():
        raise Unreadable("its faces name vertices that it does not have")
    return absolute


def _textured(
    path: Path, data: bytes, faces: _Faces, count: int, reading: Reading
) -> tuple[np.ndarray | None, tuple[str, ...], ImageMap | None]:
    """Colours (count, 3) of the vertices by the file's materials, notes of what is missing, and the images."""
    libraries = _texts(_NAMES, b"mtllib", data)
    if not libraries:
        return None, (), None
    materials = Materials.load(path, [text.decode("utf-8", "replace") for text in libraries])
    names = _names(b"usemtl", data)
    of_face = np.searchsorted(_starts(b"usemtl", data), _starts(b"f", data))
    numbers = np.array([materials.number(name) for name in names], dtype=np.int64)
    coordinates = _coordinates(_texts(_STATEMENT, b"vt", data))
    material, uv = np.full(count, -1, dtype=np.int64), np.full((count, 2), np.nan)
    backwards = slice(None, None, -1)  # so that the first of a vertex's corners is what stays
    material[faces.vertex[backwards]] = np.repeat(numbers[of_face], faces.sizes)[backwards]
    textured, at_corners = faces.texture >= 0, _at_corners(coordinates, faces)
    uv[faces.vertex[textured][backwards]] = at_corners[textured][backwards]
    decoded: dict[int, np.ndarray] = {}
    colours, missing = painted(uv, material, materials.all, reading, decoded)
    images = image_map(at_corners, numbers[of_face], faces.sizes, materials.all, decoded)
    return colours, (*materials.notes, *missing), images


def _layout(data: bytes, faces: _Faces) -> dict[str, Any]:
    """Texture coordinates, groups and materials of `RawSurface`, as far as the file has them."""
    layout: dict[str, Any] = {}
    if (faces.texture >= 0).any():
        layout["uv"] = _at_corners(_coordinates(_texts(_STATEMENT, b"vt", data)), faces)
    for field, statement in (("groups", b"g"), ("materials", b"usemtl")):
        if (names := _names(statement, data))[1:]:
            of_face = np.searchsorted(_starts(statement, data), _starts(b"f", data))
            layout[field] = np.array([name[:LONGEST_NAME] for name in names])[of_face]
    return layout


def _names(statement: bytes, data: bytes) -> list[str]:
    """What the statements of one kind name, after what holds before the first."""
    texts = (text.decode("utf-8", "replace") for text in _texts(_NAMES, statement, data))
    return ["", *(" ".join(text.split()) for text in texts)]


def _at_corners(coordinates: np.ndarray, faces: _Faces) -> np.ndarray:
    """Texture coordinates (C, 2) of every corner, NaN where it has none."""
    at_corners = np.full((len(faces.vertex), 2), np.nan)
    textured = faces.texture >= 0
    at_corners[textured] = coordinates[faces.texture[textured]]
    return at_corners


def _coordinates(texts: list[bytes]) -> np.ndarray:
    """Texture coordinates (n, 2); the second is 0 where it is left out."""
    rows = _numbers([text + b" 0 0" for text in texts], "a texture coordinate is not a number")
    return rows[:, :2]
