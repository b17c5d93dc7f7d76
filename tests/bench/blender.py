"""What Blender makes of an exported head: `PYTHON tests/bench/blender.py FOLDER [--picture FILE] [--file FILE …]`.

FOLDER holds `head.glb` and `head.obj`, as `facewright-core mesh --topology production --expressions --out head.glb` and
`facewright-core mesh --topology production --out head.obj` write them. PYTHON is one in whose environment Blender's own
package is installed, since it needs a Python of its own version and hundreds of megabytes:

    python3.11 -m venv BLENDER && BLENDER/bin/pip install bpy==5.0.*

Prints one JSON object: of the GLB morph targets, materials, joints and height; of the OBJ faces by their corners, edges
at which the skin ends, and how its UVs are stretched and overlap. Then what has arrived of the GLB once Blender has
written it as FBX and read that again. Of each --file, of any format: size, materials, images, morph targets, joints,
open edges, at which a sculptor's brush tears, and what its Voxel Remesh makes. Nothing of Facewright is imported.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

SKIN = ("skin", "skin_head")
_RASTER = 2048
"""Pixels along a UV tile's side, by which overlaps are counted."""


def main() -> int:
    """Import both files, measure, print; the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--picture", type=Path)
    arguments.add_argument("--file", type=Path, action="append", default=[])
    given = arguments.parse_args()
    try:
        import bpy
    except ImportError:
        print("Blender's package bpy is not installed here: see the head of this file.", file=sys.stderr)
        return 2
    facts = {"blender": bpy.app.version_string, "glb": glb_facts(bpy, given.folder / "head.glb")}
    if given.picture:
        render(bpy, given.picture)
    facts["fbx"] = fbx_facts(bpy, given.folder / "head.glb")
    facts["obj"] = obj_facts(bpy, given.folder / "head.obj")
    facts["files"] = {path.name: file_facts(bpy, path) for path in given.file}
    print(json.dumps(facts, indent=1))
    return 0


def glb_facts(bpy, path: Path) -> dict[str, object]:
    """What has arrived of the GLB file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(path.resolve()))
    head = _head(bpy)
    keys = head.data.shape_keys.key_blocks[1:] if head.data.shape_keys else []
    rest = _places(head.data.vertices)
    moved = {key.name: float(np.abs(_places(key.data) - rest).max()) * 1000.0 for key in keys}
    skeleton = next((thing for thing in bpy.data.objects if thing.type == "ARMATURE"), None)
    weights = [sum(group.weight for group in vertex.groups) for vertex in head.data.vertices]
    return {
        "height_mm": round(1000.0 * head.dimensions.z, 2),
        "vertices": len(head.data.vertices),
        "materials": [material.name for material in head.data.materials],
        "with_images": [m.name for m in head.data.materials if any(n.type == "TEX_IMAGE" for n in m.node_tree.nodes)],
        "morph_targets": len(moved),
        "morph_names": sorted(moved),
        "still_morph_targets": sorted(name for name, way in moved.items() if way < 0.05),
        "joints": {bone.name: bone.parent.name if bone.parent else None for bone in skeleton.data.bones}
        if skeleton
        else {},
        "weights_sum": [round(min(weights), 4), round(max(weights), 4)],
    }


def fbx_facts(bpy, path: Path) -> dict[str, object]:
    """What is left of a GLB file once Blender has written it as FBX and read that."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(path.resolve()))
    with tempfile.TemporaryDirectory() as folder:
        written = str(Path(folder) / "head.fbx")
        bpy.ops.export_scene.fbx(filepath=written, add_leaf_bones=False)
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_scene.fbx(filepath=written)
    head = _head(bpy)
    skeleton = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    return {
        "size_mm": _size_mm(head),
        "vertices": len(head.data.vertices),
        "morph_targets": len(head.data.shape_keys.key_blocks) - 1,
        "joints": sorted(bone.name for bone in skeleton.data.bones),
    }


def file_facts(bpy, path: Path) -> dict[str, object]:
    """What has arrived of a file of any format; sizes as Blender has them, along its x, y and z, the last upwards."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    read = {
        ".glb": bpy.ops.import_scene.gltf,
        ".obj": bpy.ops.wm.obj_import,
        ".ply": bpy.ops.wm.ply_import,
        ".stl": bpy.ops.wm.stl_import,
        ".usdc": bpy.ops.wm.usd_import,
    }
    read[path.suffix](filepath=str(path.resolve()))
    head = _head(bpy)
    mesh = head.data
    faces = Counter(key for polygon in mesh.polygons for key in polygon.edge_keys)
    facts = {
        "size_mm": _size_mm(head),
        "vertices": len(mesh.vertices),
        "faces_by_corners": dict(sorted(Counter(len(polygon.vertices) for polygon in mesh.polygons).items())),
        "materials": [material.name for material in mesh.materials if material],
        "images": {image.name: [*image.size] for image in bpy.data.images if image.size[0]},
        "colours": [layer.name for layer in mesh.color_attributes],
        "morph_targets": len(mesh.shape_keys.key_blocks) - 1 if mesh.shape_keys else 0,
        "joints": sum(len(thing.data.bones) for thing in bpy.data.objects if thing.type == "ARMATURE"),
        "open_edges": sum(count == 1 for count in faces.values()),
    }
    return facts | {"remeshed": _remeshed(bpy, head)}


def _remeshed(bpy, head) -> dict[str, int]:
    """Faces and open edges of the head, without morph targets, after Voxel Remesh with voxels of a hundredth."""
    bpy.context.view_layer.objects.active = head
    if head.data.shape_keys:
        head.shape_key_clear()
    head.data.remesh_voxel_size = max(head.data.vertices[0].co.length, *head.dimensions) / 100.0
    bpy.ops.object.voxel_remesh()
    faces = Counter(key for polygon in head.data.polygons for key in polygon.edge_keys)
    return {"faces": len(head.data.polygons), "open_edges": sum(count == 1 for count in faces.values())}


def _size_mm(head) -> list[float]:
    """Along x, y and z of Blender's world, taking its unit for a metre."""
    return [round(1000.0 * length, 1) for length in head.dimensions]


def obj_facts(bpy, path: Path) -> dict[str, object]:
    """What has arrived of the OBJ file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.obj_import(filepath=str(path.resolve()))
    mesh = _head(bpy).data
    names = [material.name for material in mesh.materials]
    sizes = Counter(len(polygon.vertices) for polygon in mesh.polygons)
    skin = [p for p in mesh.polygons if names[p.material_index] in SKIN]
    return {
        "faces_by_corners": dict(sorted(sizes.items())),
        "materials": names,
        "height_mm": round(float(np.ptp(_places(mesh.vertices)[:, 1])), 2),
        "boundary_loops": boundaries(mesh),
        "uv": {name: uv_facts(mesh, [p for p in skin if names[p.material_index] == name]) for name in SKIN},
    }


def boundaries(mesh) -> list[dict[str, object]]:
    """The loops at which the pieces that the skin is in end, the longest first: edges, and where, mm."""
    skin = {i for i, material in enumerate(mesh.materials) if material.name in (*SKIN, "mouth_socket", "eye_sockets")}
    faces = Counter(key for polygon in mesh.polygons if polygon.material_index in skin for key in polygon.edge_keys)
    around: dict[int, list[int]] = {}
    for (a, b), count in faces.items():
        if count == 1:
            around.setdefault(a, []).append(b)
            around.setdefault(b, []).append(a)
    places, loops = _places(mesh.vertices), []
    while around:
        waiting, loop = [next(iter(around))], set()
        while waiting:
            vertex = waiting.pop()
            if vertex in around:
                loop.add(vertex)
                waiting += around.pop(vertex)
        middle = places[sorted(loop)].mean(axis=0)
        loops.append({"edges": len(loop), "middle_mm": [round(float(value), 1) for value in middle]})
    return sorted(loops, key=lambda loop: -int(str(loop["edges"])))


def uv_facts(mesh, polygons: list[Any]) -> dict[str, float]:
    """Stretch of area and angle over some polygons' UVs, and the share of their area that lies on another's.

    Area: 5th and 95th percentile of a face's UV area over its own, 1 being the mean. Angle: mean and 95th percentile of
    the ratio of the singular values of the map from surface to UVs, 1 being conformal.
    """
    places = _places(mesh.vertices)
    layer = mesh.uv_layers.active.data
    corners = [
        [(p.vertices[i], p.loop_indices[i]) for i in (0, j, j + 1)]
        for p in polygons
        for j in range(1, len(p.vertices) - 1)
    ]
    points = places[[[vertex for vertex, _ in triangle] for triangle in corners]]
    uv = np.array([[layer[loop].uv for _, loop in triangle] for triangle in corners], dtype=np.float64)
    first, second = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    x = np.linalg.norm(first, axis=1)
    along = first / x[:, None]
    a = (second * along).sum(axis=1)
    b = np.sqrt((np.square(second).sum(axis=1) - a**2).clip(min=1e-12))
    flat = np.stack([np.stack([x, a], axis=1), np.stack([np.zeros_like(x), b], axis=1)], axis=1)
    bent = np.stack([uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]], axis=2)
    singular = np.linalg.svd(bent @ np.linalg.inv(flat), compute_uv=False)
    area, own = np.abs(np.linalg.det(bent)), np.abs(np.linalg.det(flat))
    density = (area / own) / (area.sum() / own.sum())
    angle = singular[:, 0] / singular[:, 1].clip(min=1e-12)
    return {
        "area_p5": round(float(np.percentile(density, 5)), 3),
        "area_p95": round(float(np.percentile(density, 95)), 3),
        "angle_mean": round(float(angle.mean()), 3),
        "angle_p95": round(float(np.percentile(angle, 95)), 3),
        "flipped": int((np.linalg.det(bent) <= 0.0).sum()),
        "overlap": round(_overlap(uv), 5),
    }


def _overlap(uv: np.ndarray) -> float:
    """The share of a tile's covered pixels whose middles lie in more than one of the triangles (T, 3, 2)."""
    count = np.zeros((_RASTER, _RASTER), np.int16)
    scaled = (uv - np.floor(uv.reshape(-1, 2).min(axis=0))) * _RASTER
    for a, b, c in scaled:
        low = np.floor(np.minimum(np.minimum(a, b), c)).astype(int).clip(0)
        high = np.ceil(np.maximum(np.maximum(a, b), c)).astype(int).clip(max=_RASTER)
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        sides = [(q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]) for p, q in ((a, b), (b, c), (c, a))]
        inside = np.all([side > 0 for side in sides], axis=0) | np.all([side < 0 for side in sides], axis=0)
        count[low[1] : high[1], low[0] : high[0]] += inside
    return float((count > 1).sum() / max((count > 0).sum(), 1))


def render(bpy, path: Path) -> None:
    """A picture of what was imported, from the front."""
    head, scene = _head(bpy), bpy.context.scene
    for thing in bpy.data.objects:
        thing.hide_render = thing is not head
    world = bpy.data.worlds.new("grey")
    if not world.node_tree:  # Blender 4 has none before it is asked for
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.6, 0.6, 0.6, 1.0)
    lamp = bpy.data.objects.new("key", bpy.data.lights.new("key", "AREA"))
    lamp.data.energy, lamp.data.size, lamp.location = 8.0, 0.5, (0.4, -0.8, 0.5)
    lamp.rotation_euler = (math.radians(60.0), 0.0, math.radians(27.0))
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens, camera.location, camera.rotation_euler = 85.0, (0.0, -0.95, -0.02), (math.radians(90.0), 0.0, 0.0)
    for thing in (lamp, camera):
        scene.collection.objects.link(thing)
    scene.world, scene.camera = world, camera
    scene.render.engine, scene.cycles.samples = "CYCLES", 12
    scene.cycles.transparent_max_bounces = 32  # lids that are closed lay six cards of lashes on each other
    scene.render.resolution_x = scene.render.resolution_y = 480
    scene.render.filepath = str(path.resolve())
    bpy.ops.render.render(write_still=True)


def _head(bpy):
    """The object of the most vertices."""
    return max((t for t in bpy.data.objects if t.type == "MESH"), key=lambda thing: len(thing.data.vertices))


def _places(vertices) -> np.ndarray:
    """(V, 3) float64, in the file's unit and Blender's frame of the mesh."""
    values = np.empty(3 * len(vertices), np.float32)
    vertices.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)


if __name__ == "__main__":
    sys.exit(main())
