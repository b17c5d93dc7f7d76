"""Binary glTF 2.0 (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html): UVs, materials, morphs, joints.

Written here because the libraries that write GLB either know no morph targets or leave buffers and accessors to the
caller, which is all there is to write.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.exchange.gltf_arrays import GltfArrays
from facewright.core.exchange.pbr_material import ENDINGS, linear_levels
from facewright.core.exchange.shape import FileFormat
from facewright.core.exchange.tangents import tangents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.exchange.pbr_material import ImageUse, PbrMaterial
    from facewright.core.exchange.shape import LengthUnit, Shape


def to_glb(shape: Shape, unit: LengthUnit) -> bytes:
    """The file: one mesh, a primitive for each material, so that nothing of one material is torn apart.

    Vertices are doubled where UVs have a seam and where materials meet, and for sculpting nowhere on the skin. Names of
    morph targets stand where Blender and others read them.
    """
    arrays = GltfArrays()
    text = json.dumps(_document(shape, arrays), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary = bytes(arrays.data) + b"\0" * (-len(arrays.data) % 4)
    chunks = (b"JSON", text), (b"BIN\0", binary)
    body = b"".join(np.uint32(len(data)).astype("<u4").tobytes() + kind + data for kind, data in chunks)
    return b"glTF" + np.array([2, 12 + len(body)], dtype="<u4").tobytes() + body


def _document(shape: Shape, arrays: GltfArrays) -> dict[str, Any]:
    face_material = (shape.joined_material() if shape.sculpting else shape.face_material)[shape.triangles.face]
    used = np.unique(face_material).tolist()
    mesh: dict[str, Any] = {
        "name": shape.name,
        "primitives": [
            _Primitive(shape, arrays, np.flatnonzero(face_material == material), shape.materials[material]).entry(place)
            for place, material in enumerate(used)
        ],
    }
    if shape.targets:
        mesh["weights"] = [float(shape.weights.get(name, 0.0)) for name in shape.targets]
        mesh["extras"] = {"targetNames": list(shape.targets)}
    nodes: list[dict[str, Any]] = [{"name": shape.name, "mesh": 0}]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Facewright", "extras": {"notes": list(shape.notes)}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "meshes": [mesh],
    }
    document |= _materials([shape.materials[material] for material in used], arrays)
    if shape.skeleton:
        document["scenes"][0]["nodes"].append(1)
        document["skins"] = [_add_joints(shape, arrays, nodes)]
    return document | {
        "accessors": arrays.accessors,
        "bufferViews": arrays.views,
        "buffers": [{"byteLength": len(arrays.data)}],
    }


_TEXTURES: Mapping[ImageUse, str] = MappingProxyType(
    {"colour": "baseColorTexture", "relief": "normalTexture", "rough": "metallicRoughnessTexture"}
)
"""Of a material's entry the normals, of its metallic-roughness model the others; roughness is the green channel."""


class _Primitive:
    """The triangles of one material, with the vertices that they use."""

    def __init__(self, shape: Shape, arrays: GltfArrays, triangles: np.ndarray, material: PbrMaterial) -> None:
        self._shape, self._arrays = shape, arrays
        self._has_image, self._has_relief = material.image is not None, material.relief is not None
        self._texture = None if shape.sculpting and material.image is None else shape.texture
        rows = (shape.triangles.uv if self._texture else shape.triangles.corners)[triangles]
        self._rows, corners = np.unique(rows, return_inverse=True)
        self._corners = corners.reshape(-1, 3)
        self._vertex = self._texture.vertex[self._rows] if self._texture else self._rows

    def entry(self, material: int) -> dict[str, Any]:
        """As the mesh lists it; material : its number in the file."""
        targets = self._targets()
        entry = {"attributes": self._attributes(), "indices": self._arrays.indices(self._corners), "material": material}
        return entry | ({"targets": targets} if targets else {})

    def _attributes(self) -> dict[str, int]:
        shape, arrays, vertex = self._shape, self._arrays, self._vertex
        attributes = {
            "POSITION": arrays.places(shape.vertices[vertex].astype("<f4")),
            "NORMAL": arrays.attribute(shape.normals[vertex]),
        }
        if self._texture:
            places = self._texture.points[self._rows]
            flipped = places * (1.0, -1.0) + (0.0, 1.0)  # in glTF v runs downwards
            attributes["TEXCOORD_0"] = arrays.attribute(flipped.astype("<f4"))
            if self._has_relief:
                along = tangents(shape.vertices[vertex], shape.normals[vertex], places, self._corners)
                attributes["TANGENT"] = arrays.attribute(along)
        if shape.colours is not None and not self._has_image:  # colours would be multiplied with the image
            values = np.full((len(vertex), 4), 65535, "<u2")  # four channels keep each row at a multiple of 4 bytes
            values[:, :3] = np.rint(linear_levels()[shape.colours[vertex]] * 65535.0)
            attributes["COLOR_0"] = arrays.attribute(values, normalized=True)
        if shape.skeleton:
            attributes["JOINTS_0"] = arrays.attribute(shape.skeleton.which[vertex])
            attributes["WEIGHTS_0"] = arrays.attribute(shape.skeleton.shares[vertex])
        return attributes

    def _targets(self) -> list[dict[str, int]]:
        shape, arrays, vertex = self._shape, self._arrays, self._vertex
        targets = []
        for moved in shape.targets.values():
            way = (moved - shape.vertices)[vertex].astype("<f4")
            turn = (shape.normals_of(moved) - shape.normals)[vertex]
            targets.append({"POSITION": arrays.places(way), "NORMAL": arrays.changes(turn)})
        return targets


def _materials(materials: list[PbrMaterial], arrays: GltfArrays) -> dict[str, Any]:
    """The lists of materials, and of textures and images where there are any."""
    entries: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    for material in materials:
        base: dict[str, Any] = {
            "baseColorFactor": [*material.linear, material.opacity],
            "metallicFactor": 0.0,
            "roughnessFactor": material.roughness if material.rough is None else 1.0,
        }
        entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": base}
        for use, image in material.images.items():
            (entry if use == "relief" else base)[_TEXTURES[use]] = {"index": len(images)}
            name = f"{material.name}{ENDINGS[use]}"
            images.append({"name": name, "bufferView": arrays.view(image), "mimeType": "image/png"})
        if material.see_through or material.opacity < 1.0:
            entry["alphaMode"] = "BLEND"
        if material.both_sides:
            entry["doubleSided"] = True
        entries.append(entry)
    document: dict[str, Any] = {"materials": entries}
    if images:
        sampler = {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}
        textures = [{"source": number, "sampler": 0} for number in range(len(images))]
        document |= {"images": images, "samplers": [sampler], "textures": textures}
    return document


def _add_joints(shape: Shape, arrays: GltfArrays, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Add a node for each joint behind the mesh's, the root first, and hang the mesh on them; the skin's entry."""
    skeleton = shape.skeleton
    assert skeleton is not None
    places, parents, first = skeleton.places, skeleton.parents, len(nodes)
    inverse = np.tile(np.eye(4), (len(places), 1, 1))
    inverse[:, :3, 3] = -places
    for index, (joint, parent) in enumerate(zip(skeleton.joints, parents, strict=True)):
        above = np.zeros(3) if parent < 0 else places[parent]
        nodes.append({"name": joint.name, "translation": (places[index] - above).tolist()})
        if parent >= 0:
            nodes[first + parent].setdefault("children", []).append(first + index)
    nodes[0]["skin"] = 0
    joints = list(range(first, len(nodes)))
    return {"joints": joints, "skeleton": first, "inverseBindMatrices": arrays.matrices(inverse)}


GLB = FileFormat(
    "glb",
    to_glb,
    "Blender, game engines, the web",
    "UVs, materials, morph targets, joints",
    unit="m",
    morphs=True,
    tears=True,
)
