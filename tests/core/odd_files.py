"""One surface, a ball of triangles, written in all the ways that files of the kinds that are read have it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import trimesh

_BALL = trimesh.creation.icosphere(subdivisions=3, radius=90.0)
POINTS = np.asarray(_BALL.vertices, dtype=np.float32).astype(np.float64)
FACES = np.asarray(_BALL.faces, dtype=np.int64)


def soup(points, triangles):
    """Triangles (F, 3, 3) as rows that are equal for equal surfaces, wherever their corners and faces begin."""
    corners = np.asarray(points, dtype=np.float64)[np.asarray(triangles)]
    first = np.lexsort(np.round(corners, 3).transpose(2, 1, 0).reshape(3, -1)).argsort().reshape(3, -1).argmin(axis=0)
    turned = np.stack([np.roll(triangle, -start, axis=0) for triangle, start in zip(corners, first, strict=True)])
    rows = np.round(turned.reshape(-1, 9), 3) + 0.0
    return rows[np.lexsort(rows.T)]


def _v(points=POINTS, line="v {:.6f} {:.6f} {:.6f}"):
    return "".join(line.format(*point) + "\n" for point in points)


def _f(faces=FACES + 1, line="f {} {} {}"):
    return "".join(line.format(*face) + "\n" for face in faces)


def obj_files():
    """OBJ texts by what is odd about them."""
    half = len(FACES) // 2
    used = [np.unique(part) for part in (FACES[:half], FACES[half:])]
    blocks = []
    for number, (part, own) in enumerate(zip((FACES[:half], FACES[half:]), used, strict=True)):
        place = np.searchsorted(own, part)
        blocks.append(f"o part{number}\n" + _v(POINTS[own]) + _f(place - len(own)))
    return {
        "plain": _v() + _f(),
        "backwards": _v() + _f(FACES - len(POINTS)),
        "backwards over two objects": "".join(blocks),
        "tabs": _v(line="v\t{:.6f}\t{:.6f}\t{:.6f}") + _f(line="f\t{}\t{}\t{}"),
        "indented": "\n".join("  " + line for line in (_v() + _f()).splitlines()) + "\n",
        "comments": "# made by hand\n" + _v(line="v {:.6f} {:.6f} {:.6f} # a point") + _f(line="f {} {} {}   # a face"),
        "mark in front": "\ufeff" + _v() + _f(),
        "carriage returns": (_v() + _f()).replace("\n", "\r\n"),
        "old carriage returns": (_v() + _f()).replace("\n", "\r"),
        "continued lines": _v() + _f(line="f {} {} \\\n {}"),
        "normals": _v() + "vn 0 0 1\n" + _f(line="f {}//1 {}//1 {}//1"),
        "textures": _v() + "vt 0 0\n" + _f(line="f {}/1 {}/1 {}/1"),
        "mixed corners": _v() + "vt 0 0\nvn 0 0 1\n" + _f(line="f {} {}/1 {}//1"),
        "empty slashes": _v() + _f(line="f {}/ {}/ {}/"),
        "weights": _v(line="v {:.6f} {:.6f} {:.6f} 1.0") + _f(),
        "some with colours": _v(POINTS[:5], "v {:.6f} {:.6f} {:.6f} 1 0 0") + _v(POINTS[5:]) + _f(),
        "faces first": _f() + _v(),
        "without a last line's end": (_v() + _f()).rstrip("\n"),
    }


def ply_header(faces, form="binary_little_endian", extra="", kind="face"):
    """A header of the ball's points and so many faces."""
    return (
        f"ply\nformat {form} 1.0\n{extra}element vertex {len(POINTS)}\nproperty float x\nproperty float y\n"
        f"property float z\nelement {kind} {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    )


def quads_of(faces):
    """Pairs of neighbouring triangles as quads whose fan gives them back, and the triangles that are left."""
    edges: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
    quads = []
    for a, b, c in faces.tolist():
        for x, y, z in ((a, b, c), (b, c, a), (c, a, b)):
            if (other := edges.pop((y, x), None)) is not None:
                quads.append((x, other[0], y, z))
                edges = {edge: value for edge, value in edges.items() if value[1] != other[1]}
                break
        else:
            edges |= {(x, y): (z, (a, b, c)) for x, y, z in ((a, b, c), (b, c, a), (c, a, b))}
    rest = sorted({value[1] for value in edges.values()})
    return quads, rest


def _list(order, rows):
    return b"".join(struct.pack(f"{order}B{len(row)}i", len(row), *row) for row in rows)


def ply_files():
    """PLY bytes by what is odd about them."""
    triangles = FACES.tolist()
    mixed = [tuple(t) for t in triangles]
    points = {order: POINTS.astype(f"{order}f4").tobytes() for order in "<>"}
    strip = np.column_stack([FACES, np.full(len(FACES), -1)]).reshape(-1)
    strips = ply_header(1, kind="tristrips").replace("uchar int", "int int").encode()
    text = "".join("{:.6f} {:.6f} {:.6f}\n".format(*point) for point in POINTS)
    rows = "".join("3 {} {} {}\n".format(*face) for face in triangles)
    return {
        "plain": ply_header(len(triangles)).encode() + points["<"] + _list("<", mixed),
        "big end first": ply_header(len(triangles), "binary_big_endian").encode() + points[">"] + _list(">", mixed),
        "text": ply_header(len(triangles), "ascii").encode() + (text + rows).encode(),
        "text in one line": ply_header(len(triangles), "ascii").encode() + (text + rows).replace("\n", " ").encode(),
        "carriage returns": ply_header(len(triangles)).replace("\n", "\r\n").encode() + points["<"] + _list("<", mixed),
        "bytes behind": ply_header(len(triangles)).encode() + points["<"] + _list("<", mixed) + b"\n\0more",
        "a row of another length": ply_header(len(triangles) + 1).encode()
        + points["<"] + _list("<", [*mixed[:3], (0, 1), *mixed[3:]]),
        "strips": strips + points["<"] + struct.pack("<i", len(strip)) + strip.astype("<i4").tobytes(),
        "edges behind": ply_header(len(triangles)).replace("end_header", "element edge 1\nproperty int a\nend_header")
        .encode() + points["<"] + _list("<", mixed) + b"\1\0\0\0",
    }  # fmt: skip


def glb(json_chunk, binary=b""):
    """A GLB file of a JSON record, or its text, and its bytes."""
    text = json_chunk if isinstance(json_chunk, bytes) else json.dumps(json_chunk).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


class Glb:
    """Builds a GLB of one primitive, array by array."""

    def __init__(self):
        self.binary = b""
        self.json: dict[str, Any] = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": 0}]}
        self.json |= {"accessors": [], "bufferViews": []}

    def view(self, data, **more):
        """Bytes added; the index of their view."""
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **more})
        self.binary += data
        return len(self.json["bufferViews"]) - 1

    def accessor(self, kind, count, of="VEC3", **more):
        """An accessor; its index."""
        self.json["accessors"].append({"componentType": kind, "count": count, "type": of, **more})
        return len(self.json["accessors"]) - 1

    def array(self, values, kind, of="VEC3", **more):
        """Values added; the index of their accessor."""
        return self.accessor(kind, len(values), of, bufferView=self.view(values.tobytes()), **more)

    def done(self, position, indices=None, node=None, mesh=None, **primitive):
        """The file."""
        own = {"attributes": {"POSITION": position}, **primitive}
        if indices is not None:
            own["indices"] = indices
        self.json |= {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, **(node or {})}]}
        self.json["meshes"] = [{"primitives": [own], **(mesh or {})}]
        self.json["buffers"][0]["byteLength"] = len(self.binary)
        return glb(self.json, self.binary)


F4, U2, U4 = 5126, 5123, 5125


def glb_files():
    """GLB bytes by what is odd about them; all hold the ball in metres."""
    metres, order = (POINTS / 1000.0).astype("<f4"), FACES.astype("<u4").reshape(-1)
    found = {}

    def add(name, build):
        file = Glb()
        found[name] = build(file)

    def plain(file, values=metres, **more):
        return file.done(file.array(values, F4), file.array(order, U4, "SCALAR"), **more)

    def normalized(file):
        low, size = metres.min(), np.ptp(metres)
        steps = np.rint((metres - low) / size * 65535).astype("<u2")
        rows = np.column_stack([steps, np.zeros(len(steps), "<u2")]).astype("<u2")
        position = file.accessor(U2, len(steps), bufferView=file.view(rows.tobytes(), byteStride=8), normalized=True)
        file.json["extensionsRequired"] = ["KHR_mesh_quantization"]
        node = {"scale": [float(size)] * 3, "translation": [float(low)] * 3}
        return file.done(position, file.array(order, U4, "SCALAR"), node)

    def sparse(file, dense):
        base = metres.copy()
        base[::2] = 0.5 if dense else 0.0
        moved = np.arange(0, len(metres), 2) if dense else np.arange(len(metres))
        record = {
            "count": len(moved),
            "indices": {"bufferView": file.view(moved.astype("<u2").tobytes()), "componentType": U2},
            "values": {"bufferView": file.view(metres[moved].tobytes())},
        }
        more = {"bufferView": file.view(base.tobytes())} if dense else {}
        return file.done(file.accessor(F4, len(metres), sparse=record, **more), file.array(order, U4, "SCALAR"))

    def morphed(file, own):
        base, target = file.array(metres - 0.25, F4), file.array(np.full_like(metres, 0.5), F4)
        where = {"node" if own else "mesh": {"weights": [0.5]}}
        if own:
            where["mesh"] = {"weights": [9.0]}
        return file.done(base, file.array(order, U4, "SCALAR"), targets=[{"POSITION": target}], **where)

    def strip(file):
        joined = FACES[:, [0, 0, 0, 1, 2, 2]].reshape(-1)  # triangles without area between those with
        return file.done(file.array(metres, F4), file.array(joined.astype("<u4"), U4, "SCALAR"), mode=5)

    add("plain", plain)
    add("without indices", lambda file: file.done(file.array(metres[order], F4)))
    add("mirrored node", lambda file: file.done(
        file.array(metres * np.array([-1, 1, 1], "<f4"), F4),
        file.array(FACES[:, ::-1].astype("<u4").reshape(-1), U4, "SCALAR"), {"scale": [-1, 1, 1]}))  # fmt: skip
    add("matrix", lambda file: plain(file, metres - np.float32(1), node={
        "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1]}))  # fmt: skip
    add("normalized", normalized)
    add("sparse over dense", lambda file: sparse(file, dense=True))
    add("sparse alone", lambda file: sparse(file, dense=False))
    add("the mesh's default weights", lambda file: morphed(file, own=False))
    add("the node's weights", lambda file: morphed(file, own=True))
    add("strip", strip)
    return found
