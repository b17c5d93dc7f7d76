"""Small files, each under 1 MB, from which a careless reader makes gigabytes, or minutes of work."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewright.core import project_file
from tests.core.odd_files import FACES, POINTS, glb
from tests.core.scan.test_fitted_scan import project_with, some_scan
from tests.core.test_project_file import rewritten, some_project, with_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GIGA = 10**9


def bombs(folder: Path) -> Iterator[Path]:
    """Write them into a folder, one after the other."""
    for number, write in enumerate((_rows, _variants, _name, _deep, _zeros, _picture, _instances)):
        own = folder / str(number)
        own.mkdir()
        yield write(own)


def _project(folder: Path) -> Path:
    path = folder / "bomb.facewright"
    project_file.save(some_project(), path)
    return path


def _rows(folder: Path) -> Path:
    """A table without columns, of two billion rows."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2000000000, 0)}"
    return with_table(_project(folder), np.lib.format.magic(1, 0) + len(header).to_bytes(2, "little") + header)


def _packed(path: Path, change: Callable[[dict[str, object]], object]) -> Path:
    """A project with its record changed, and packed as small as it goes."""
    rewritten(path, change)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def _variants(folder: Path) -> Path:
    """Twenty thousand variants."""
    many = [{"name": str(number), "head": 0} for number in range(20_000)]
    return _packed(_project(folder), lambda record: record["steps"][0].update(variants=many))  # type: ignore[index]


def _name(folder: Path) -> Path:
    """A name of twenty million letters."""
    return _packed(_project(folder), lambda record: record["steps"][0]["variants"][0].update(name="x" * 20_000_000))  # type: ignore[index]


def _deep(folder: Path) -> Path:
    """Lists in lists, a hundred thousand deep."""
    path = _project(folder)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("project.json", "[" * 100_000 + "]" * 100_000)
    return path


def _zeros(folder: Path) -> Path:
    """A scan whose arrays unpack to a gigabyte of zeros."""
    path = folder / "bomb.facewright"
    project_file.save(project_with(some_scan()), path)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (41666666, 3)}"
    start = np.lib.format.magic(1, 0) + len(header).to_bytes(2, "little") + header
    scan = folder / "scan.npz"
    with zipfile.ZipFile(scan, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file, file.open("points.npy", "w") as out:
        out.write(start)
        for _ in range(1000):
            out.write(bytes(10**6))
    members["scan-0.npz"] = scan.read_bytes()
    scan.unlink()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def _picture(folder: Path) -> Path:
    """A textured scan whose image has 13,000 × 13,000 pixels."""
    Image.new("L", (13_000, 13_000)).save(folder / "bomb.png")
    (folder / "bomb.mtl").write_text("newmtl skin\nmap_Kd bomb.png\n")
    lines = ["mtllib bomb.mtl", "usemtl skin", "vt 0.5 0.5"]
    lines += ["v {} {} {}".format(*point) for point in POINTS]
    lines += ["f {}/1 {}/1 {}/1".format(*face) for face in FACES + 1]
    path = folder / "bomb.obj"
    path.write_text("\n".join(lines))
    return path


def _instances(folder: Path) -> Path:
    """A mesh that a hundred thousand nodes show."""
    points, corners = POINTS.astype("<f4").tobytes(), FACES.astype("<u4").tobytes()
    record = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(points) + len(corners)}],
        "bufferViews": [
            {"buffer": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(corners)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(POINTS), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": FACES.size, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}] * 50_000,
        "scenes": [{"nodes": list(range(50_000))}],
        "scene": 0,
    }
    path = folder / "bomb.glb"
    path.write_bytes(glb(json.dumps(record, separators=(",", ":")).encode(), points + corners))
    return path
