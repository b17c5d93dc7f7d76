"""Conformed topologies in files: an `.npz` archive of plain arrays, with what it is in JSON; nothing in it runs."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.atomic_file import write_atomically
from facewright.core.conform.binding import PIECES, Binding
from facewright.core.conform.conformed import Conformed
from facewright.core.conform.studio_mesh import MOST_VERTICES, Layout
from facewright.core.errors import FacewrightError
from facewright.core.input_file import file_bytes, named_file, parsed_json
from facewright.core.production.topology import bundled_topology

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 1
_MOST_BYTES = 128 * 2**20
_MOST_UNPACKED_BYTES = 256 * 2**20
_FARTHEST_MM = 1e5
_MOST_NAMES, _LONGEST_NAME = 4096, 200

_ARRAYS = {
    "polygons": ("i4", 2), "uv": ("f4", 2), "uv_vertex": ("i4", 1), "uv_polygons": ("i4", 2), "group": ("i4", 1),
    "material": ("i4", 1), "corners": ("i4", 2), "shares": ("f4", 2), "offset": ("f4", 2), "piece": ("i1", 1),
    "on_surface": ("f4", 1), "rest": ("f4", 2),
    "colours": ("u1", 2),
}  # fmt: skip
"""Each array's type and dimensions."""

_LATER = {"colours": np.empty((0, 3), np.uint8)}
"""What files of before there were such arrays stand for."""


def save_topology(topology: Conformed, path: Path) -> None:
    """Write a file; raises FacewrightError if that fails."""
    write_atomically(path, packed(topology))


def load_topology(path: Path) -> Conformed:
    """Read a file; FacewrightError if there is none, it is damaged, or this program's production mesh is another."""
    with named_file(path):
        data = file_bytes(path, _MOST_BYTES)
    try:
        return unpacked(data)
    except FacewrightError as error:
        raise FacewrightError(f"{path.name} {error}") from error


def packed(topology: Conformed) -> bytes:
    """A topology as a file's bytes."""
    layout, binding = topology.layout, topology.binding
    about = {
        "version": _VERSION,
        "name": topology.name,
        "production": topology.production,
        "groups": layout.groups,
        "materials": layout.materials,
    }
    held = {"rest": topology.rest, **_content(layout), **_content(binding)}
    arrays = {name: held[name].astype(kind) for name, (kind, _) in _ARRAYS.items()}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def unpacked(data: bytes) -> Conformed:
    """A topology from a file's bytes; FacewrightError, a clause, if they are none."""
    try:
        about, arrays = _read(data)
        groups, materials = _names(about["groups"]), _names(about["materials"])
        name, production = str(about["name"])[:_LONGEST_NAME], about["production"]
    except FacewrightError:
        raise
    except Exception as error:  # whatever zip, JSON and numpy make of what is damaged
        raise FacewrightError("is no topology, or damaged: conform the mesh again.") from error
    if production != bundled_topology().fingerprint:
        raise FacewrightError("was conformed by another version of this program: conform the mesh again.")
    own = {each.name: arrays[each.name] for each in fields(Layout) if each.name in arrays}
    layout = Layout(groups=groups, materials=materials, **own)
    binding = Binding(**{each.name: arrays[each.name] for each in fields(Binding)})
    _check(layout, binding, arrays["rest"])
    return Conformed(name, layout, binding, arrays["rest"], production)


def _content(value: Layout | Binding) -> dict[str, np.ndarray]:
    return {each.name: getattr(value, each.name) for each in fields(value) if each.name in _ARRAYS}


def _read(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What it says and its arrays; raises FacewrightError for a later version, and much else for what is damaged."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED_BYTES:
            raise ValueError("it is too large")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        about = parsed_json(file["about"].tobytes())
        if about["version"] != _VERSION:
            raise FacewrightError("is of a later version of this program: update it, or conform the mesh again.")
        arrays = {name: file[name] if name in file else _LATER[name] for name in _ARRAYS}
    for name, (kind, dimensions) in _ARRAYS.items():
        if arrays[name].dtype != np.dtype(kind) or arrays[name].ndim != dimensions:
            raise ValueError(name)
    return about, arrays


def _names(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not 0 < len(values) <= _MOST_NAMES:
        raise ValueError("names")
    return tuple(str(value)[:_LONGEST_NAME] for value in values)


def _check(layout: Layout, binding: Binding, rest: np.ndarray) -> None:
    """Raise FacewrightError if arrays do not belong together, or name what is not there."""
    count, faces, vertices = len(rest), len(layout.polygons), len(bundled_topology().neutral)
    sound = 0 < count <= MOST_VERTICES and 0 < faces <= 4 * MOST_VERTICES
    sound &= rest.shape == binding.corners.shape == binding.shares.shape == binding.offset.shape == (count, 3)
    sound &= binding.piece.shape == binding.on_surface.shape == (count,)
    sound &= layout.colours.shape in ((0, 3), (count, 3))
    sound &= layout.polygons.shape == (faces, 4) and layout.group.shape == layout.material.shape == (faces,)
    sound &= layout.uv.shape == (len(layout.uv_vertex), 2)
    sound &= layout.uv_polygons.shape == ((faces, 4) if len(layout.uv) else (0, 4))
    sound = sound and all(
        [
            not len(layout.uv) or np.array_equal(layout.uv_polygons < 0, layout.polygons < 0),
            _within(layout.polygons[:, :3], 0, count) and _within(layout.polygons[:, 3], -1, count),
            _within(layout.uv_vertex, 0, count),
            _within(layout.uv_polygons[:, :3], 0, len(layout.uv)),
            _within(layout.uv_polygons[:, 3], -1, len(layout.uv)),
            _within(layout.group, 0, len(layout.groups)),
            _within(layout.material, 0, len(layout.materials)),
            _within(binding.corners, 0, vertices),
            _within(binding.piece, -1, len(PIECES)),
            _sound(rest) and _sound(binding.offset) and _sound(layout.uv),
            bool(((binding.shares >= -0.01) & (binding.shares <= 1.01)).all()),
            bool(((binding.on_surface >= 0.0) & (binding.on_surface <= 1.0)).all()),
        ]
    )
    if not sound:
        raise FacewrightError("is damaged: conform the mesh again.")


def _within(index: np.ndarray, low: int, end: int) -> bool:
    return bool(((index >= low) & (index < end)).all())


def _sound(values: np.ndarray) -> bool:
    return bool((np.abs(values) < _FARTHEST_MM).all())
