"""GLB, read: every mesh where its node puts it, with its morph targets at their default weights, in metres."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.reading.gltf_buffers import GltfBuffers, data_uri
from facewright.core.reading.image_map import image_map
from facewright.core.reading.material import Material, Texture, named_texture, painted
from facewright.core.reading.ply import strip_triangles
from facewright.core.reading.surface import LONGEST_NAME, RawSurface, Unreadable, as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from facewright.core.reading.surface import Reading

_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
_BYTES = 5121
"""A type of an accessor's components."""
_REMEDIES = {
    "KHR_draco_mesh_compression": ("it is Draco-compressed", "export it without compression"),
    "EXT_meshopt_compression": ("it is compressed by meshopt", "export it without compression"),
}
_KNOWN = ("KHR_mesh_quantization", "KHR_texture_transform")
_LOOKS = ("KHR_materials_", "EXT_texture_", "KHR_texture_", "KHR_lights_", "KHR_animation_", "KHR_xmp")
"""Beginnings of the extensions that change what a surface looks like but not where it is."""


class _Part(NamedTuple):
    """One primitive in place; uv : (n, 2), NaN where there is none, v upwards; colours : (n, 3) uint8 or None."""

    points: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray
    material: int
    colours: np.ndarray | None


def read_glb(path: Path, data: bytes, reading: Reading) -> RawSurface:
    """The surface that a GLB file's bytes hold, in metres; images in other files are looked for beside `path`.

    Raises Unreadable.
    """
    try:
        return _read(path, GltfBuffers(data), reading)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Unreadable("it is damaged") from error


def _read(path: Path, file: GltfBuffers, reading: Reading) -> RawSurface:
    _require_known(file.json)
    parts: list[_Part] = []
    left = file.most
    for mesh, place, weights in _placed(file.json):
        reading.check()
        for primitive in mesh["primitives"]:
            if primitive.get("mode", _TRIANGLES) not in (_POINTS, _TRIANGLES, _STRIP, _FAN):
                continue
            left -= max(_count(file, primitive), 1)
            if left < 0:
                raise Unreadable(f"it repeats its meshes until they have more than {file.most:,} points")
            parts.append(_part(file, primitive, place, weights, reading))
    if not parts:
        raise Unreadable("it has no surface")
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    corners = np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=False)]).reshape(-1)
    points = np.concatenate([part.points for part in parts])
    surface = RawSurface(points, corners, np.full(len(corners) // 3, 3, dtype=np.int64), unit="m").checked()
    uv = np.concatenate([part.uv for part in parts])
    if reading.with_layout:
        surface = replace(
            surface, uv=uv[corners] if np.isfinite(uv).any() else None, materials=_material_names(file, parts)
        )
    if not reading.with_colours:
        return surface
    own = [part.colours for part in parts]
    colours = np.concatenate([c for c in own if c is not None]) if all(c is not None for c in own) else None
    if not reading.with_images:
        return replace(surface, colours=colours)
    material = np.repeat([part.material for part in parts], [len(part.points) for part in parts])
    materials, decoded = _materials(path, file), dict[int, np.ndarray]()
    textured, notes = painted(uv, material, materials, reading, decoded)
    colours = colours if textured is None else textured
    images = image_map(uv[corners], material[corners[::3]], surface.sizes, materials, decoded)
    return replace(surface, colours=colours, notes=tuple(notes), image_map=images)


def _require_known(json: dict[str, Any]) -> None:
    """Raise Unreadable if the surface cannot be had without an extension that is not known here."""
    for name in json.get("extensionsRequired", ()):
        if name in _REMEDIES:
            raise Unreadable(*_REMEDIES[name])
        if name not in _KNOWN and not str(name).startswith(_LOOKS):
            raise Unreadable(f"it needs the glTF extension {str(name)[:60]}", "export it without extensions")


def _placed(json: dict[str, Any]) -> Iterator[tuple[dict[str, Any], np.ndarray, list[float]]]:
    """Every mesh of the scene with its place, a (4, 4) matrix, and the weights of its morph targets."""
    nodes, meshes = json.get("nodes", []), json.get("meshes", [])
    scenes = json.get("scenes")
    roots = scenes[json.get("scene", 0)].get("nodes", []) if scenes else _parentless(nodes)
    waiting = [(int(root), np.eye(4)) for root in roots]
    seen: set[int] = set()
    while waiting:
        index, above = waiting.pop()
        if index in seen or index < 0:
            raise Unreadable("its nodes hang on one another in a circle")
        seen.add(index)
        node = nodes[index]
        place = above @ _matrix(node)
        if "mesh" in node:
            mesh = meshes[int(node["mesh"])]
            yield mesh, place, [float(w) for w in node.get("weights", mesh.get("weights", []))]
        waiting += [(int(child), place) for child in node.get("children", ())]


def _parentless(nodes: list[dict[str, Any]]) -> list[int]:
    children = {int(child) for node in nodes for child in node.get("children", ())}
    return [index for index in range(len(nodes)) if index not in children]


def _matrix(node: dict[str, Any]) -> np.ndarray:
    """A node's place on the one above it, (4, 4)."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    place = np.eye(4)
    turn = np.array(node.get("rotation", (0.0, 0.0, 0.0, 1.0)), dtype=np.float64)
    place[:3, :3] = Rotation.from_quat(turn).as_matrix() * np.array(node.get("scale", (1.0, 1.0, 1.0)), np.float64)
    place[:3, 3] = np.array(node.get("translation", (0.0, 0.0, 0.0)), dtype=np.float64)
    return place


def _count(file: GltfBuffers, primitive: dict[str, Any]) -> int:
    accessors = file.json["accessors"]
    used = [primitive["attributes"]["POSITION"], *([primitive["indices"]] if "indices" in primitive else [])]
    return max(int(accessors[int(index)]["count"]) for index in used)


def _part(
    file: GltfBuffers, primitive: dict[str, Any], place: np.ndarray, weights: list[float], reading: Reading
) -> _Part:
    for name in primitive.get("extensions", {}):
        if name in _REMEDIES and "bufferView" not in file.json["accessors"][int(primitive["attributes"]["POSITION"])]:
            raise Unreadable(*_REMEDIES[name])
    attributes = primitive["attributes"]
    points = file.accessor(attributes["POSITION"]).astype(np.float64)
    for target, weight in zip(primitive.get("targets", ()), weights, strict=False):
        if weight and "POSITION" in target:
            points = points + weight * file.accessor(target["POSITION"])
    points = points @ place[:3, :3].T + place[:3, 3]
    order = file.accessor(primitive["indices"]).astype(np.int64) if "indices" in primitive else np.arange(len(points))
    triangles = _triangles(order, primitive.get("mode", _TRIANGLES))
    if np.linalg.det(place[:3, :3]) < 0.0:
        triangles = triangles[:, ::-1]
    uv, colours = np.full((len(points), 2), np.nan), None
    if reading.with_colours or reading.with_layout:
        channel = _texture_info(file, primitive).get("texCoord", 0)
        if f"TEXCOORD_{channel}" in attributes:
            uv = file.accessor(attributes[f"TEXCOORD_{channel}"]).astype(np.float64) * (1.0, -1.0) + (0.0, 1.0)
        if reading.with_colours and "COLOR_0" in attributes:
            colours = _vertex_colours(file, attributes["COLOR_0"])
        if len(uv) != len(points) or (colours is not None and len(colours) != len(points)):
            raise Unreadable("its colours are not those of its vertices")
    return _Part(points, triangles, uv, int(primitive.get("material", -1)), colours)


def _vertex_colours(file: GltfBuffers, accessor: int) -> np.ndarray:
    """A primitive's colours (n, 3) uint8 of sRGB, from an accessor, whose are in linear light.

    Bytes are left as they are: glTF means these to be linear too, but trimesh, Open3D and scanners' programs write an
    image's, and those that follow it write 16 bits or floats, for eight are too few for the dark.
    """
    values = file.accessor(accessor)[:, :3]
    if file.json["accessors"][int(accessor)]["componentType"] == _BYTES:
        return values.astype(np.uint8) if values.dtype == np.uint8 else as_bytes(values)
    return as_bytes(_of_srgb(np.clip(np.nan_to_num(values.astype(np.float64)), 0.0, 1.0)))


def _of_srgb(linear: np.ndarray) -> np.ndarray:
    """Channels in linear light, 0 to 1, as those of sRGB (IEC 61966-2-1)."""
    encoded: np.ndarray = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded


def _triangles(order: np.ndarray, mode: int) -> np.ndarray:
    """Triangles (F, 3) of vertices in the order in which they are drawn."""
    if mode == _POINTS:
        return np.empty((0, 3), np.int64)
    if mode == _STRIP:
        return strip_triangles(order)
    if mode == _FAN:
        first = np.full(max(len(order) - 2, 0), order[0] if len(order) else 0)
        return np.column_stack([first, order[1:-1], order[2:]]) if len(first) else np.empty((0, 3), np.int64)
    if len(order) % 3:
        raise Unreadable("its triangles do not have three corners each")
    return order.reshape(-1, 3)


def _texture_info(file: GltfBuffers, primitive: dict[str, Any]) -> dict[str, Any]:
    """What a primitive's material says of its base colour's texture."""
    if "material" not in primitive:
        return {}
    material = file.json["materials"][int(primitive["material"])]
    info: dict[str, Any] = material.get("pbrMetallicRoughness", {}).get("baseColorTexture", {})
    return info


def _material_names(file: GltfBuffers, parts: list[_Part]) -> np.ndarray:
    """The name of each triangle's material, (F,) str, empty where it has none."""
    names = [str(material.get("name", ""))[:LONGEST_NAME] for material in file.json.get("materials", [])]
    own = ["" if part.material < 0 else names[part.material] for part in parts]
    return np.repeat(np.array(own), [len(part.triangles) for part in parts])


def _materials(path: Path, file: GltfBuffers) -> list[Material]:
    """The materials, their images not yet decoded."""
    materials = []
    for material in file.json.get("materials", []):
        base = material.get("pbrMetallicRoughness", {})
        factor = np.clip(np.array(base.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))[:3], dtype=np.float64), 0.0, 1.0)
        r, g, b = _of_srgb(factor).tolist()
        texture = _texture(path, file, base["baseColorTexture"]) if "baseColorTexture" in base else None
        materials.append(Material((r, g, b), texture, tints=bool((factor < 1.0).any())))
    return materials


def _texture(path: Path, file: GltfBuffers, info: dict[str, Any]) -> Texture:
    source = file.json["textures"][int(info["index"])]
    number = source.get("source")
    if number is None:
        return Texture("of its material", None, "is of a kind that is not read: use PNG or JPEG")
    image = file.json["images"][int(number)]
    name = str(image.get("name") or image.get("uri", f"number {number + 1}"))[:80]
    if "bufferView" in image:
        texture = Texture(name, file.view(image["bufferView"]))
    elif str(image["uri"]).startswith("data:"):
        texture = Texture(name if not name.startswith("data:") else f"number {number + 1}", data_uri(image["uri"]))
    else:
        texture = named_texture(path, str(image["uri"]))
    change = info.get("extensions", {}).get("KHR_texture_transform")
    if change:  # with v upwards: v' = 1 − (offset + scale · (1 − v))
        (su, sv), (u, v) = change.get("scale", (1.0, 1.0)), change.get("offset", (0.0, 0.0))
        offset = (float(u), 1.0 - float(v) - float(sv))
        texture = Texture(texture.name, texture.data, texture.trouble, (float(su), float(sv)), offset)
    return texture
