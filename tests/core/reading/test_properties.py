"""Random surfaces in random ways of writing them are read as those surfaces; damaged ones are read or refused."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from facewright.core.errors import FacewrightError
from facewright.core.input_file import parsed_json
from facewright.core.reading.surface_file import read_surface
from tests.core.odd_files import F4, U2, U4, Glb, glb_files, obj_files, ply_files

bounded = settings(max_examples=40, deadline=None, derandomize=True, database=None)
gaps = st.sampled_from([" ", "\t", "  ", " \t "])
ends = st.sampled_from(["\n", "\r\n", " # a remark\n", "\t\n", "\n\n# f 1 2 3\n"])
DAMAGED = {
    f"{name}.{kind}": data.encode() if isinstance(data, str) else data
    for kind, files in (("obj", obj_files()), ("ply", ply_files()), ("glb", glb_files()))
    for name, data in files.items()
}


@st.composite
def surfaces(draw):
    """Points (N, 3) of whole thirty-seconds, which every format holds exactly, and polygons of them."""
    count = draw(st.integers(3, 12))
    whole = st.lists(st.integers(-9999, 9999), min_size=3 * count, max_size=3 * count)
    points = np.array(draw(whole), dtype=np.float64).reshape(-1, 3) / 32.0
    corner = st.integers(0, count - 1)
    polygons = st.lists(st.lists(corner, min_size=3, max_size=min(6, count), unique=True), min_size=1, max_size=9)
    return points, draw(polygons)


def read(data, kind):
    """What is read of a file of that content."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"surface.{kind}"
        file.write_bytes(data)
        return read_surface(file)


def assert_is(surface, points, polygons):
    np.testing.assert_array_equal(surface.points, points)
    assert surface.sizes.tolist() == [len(polygon) for polygon in polygons]
    assert surface.corners.tolist() == [corner for polygon in polygons for corner in polygon]


@bounded
@given(st.lists(surfaces(), min_size=1, max_size=3), st.data())
def test_an_obj_is_its_objects_however_it_is_spaced_and_counted(objects, data):
    text, points, polygons = "\ufeff" if data.draw(st.booleans()) else "", np.empty((0, 3)), []
    for own, faces in objects:
        gap, end, indent = data.draw(gaps), data.draw(ends), data.draw(st.sampled_from(["", " ", "\t"]))
        before, points = len(points), np.concatenate([points, own])
        text += f"o a part{end}" + "".join(f"{indent}v{gap}{gap.join(map(repr, row))}{end}" for row in own.tolist())
        for face in faces:
            backwards = data.draw(st.booleans())
            numbers = [corner - len(own) if backwards else before + corner + 1 for corner in face]
            text += f"{indent}f{gap}{gap.join(map(str, numbers))}{end}"
            polygons.append([before + corner for corner in face])
    assert_is(read(text.encode(), "obj"), points, polygons)


@bounded
@given(surfaces(), st.sampled_from(["ascii", "binary_little_endian", "binary_big_endian"]), st.booleans())
def test_a_ply_is_its_polygons_or_strips_in_every_encoding(surface, form, strips):
    points, polygons = surface
    lists = [[corner for polygon in polygons for corner in (*polygon, -1)]] if strips else polygons
    turned = [  # every other triangle of a strip is listed the other way round
        [polygon[i + i % 2], polygon[i + 1 - i % 2], polygon[i + 2]]
        for polygon in polygons
        for i in range(len(polygon) - 2)
    ]
    kind, counter = ("tristrips", "int") if strips else ("face", "uchar")
    header = (
        f"ply\nformat {form} 1.0\nelement vertex {len(points)}\nproperty float x\nproperty double y\nproperty float z\n"
        f"element {kind} {len(lists)}\nproperty list {counter} int vertex_indices\nend_header\n"
    ).encode()
    if form == "ascii":
        rows = [*points.tolist(), *([len(row), *row] for row in lists)]
        body = "".join(" ".join(map(str, row)) + "\n" for row in rows).encode()
    else:
        order = "<" if "little" in form else ">"
        size = "i" if strips else "B"
        body = b"".join(struct.pack(f"{order}fdf", *row) for row in points.tolist())
        body += b"".join(struct.pack(f"{order}{size}{len(row)}i", len(row), *row) for row in lists)
    assert_is(read(header + body, "ply"), points, turned if strips else polygons)


@bounded
@given(surfaces(), st.booleans(), st.booleans(), st.integers(-3, 3), st.data())
def test_a_glb_is_its_accessors_moved_by_their_nodes(surface, normalized, sparse, power, data):
    points, polygons = surface
    triangles = np.array([polygon[:3] for polygon in polygons])
    file, scale = Glb(), 2.0**power
    move = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=3, max_size=3)), dtype=np.float64)
    stored = np.rint(points + 320.0) * 32 % 65536 if normalized else points
    kind, divisor = ("<u2", 65535.0) if normalized else ("<f4", 1.0)
    values = stored.astype(kind)
    base, more = values.copy(), {}
    if sparse:
        rows = np.array(sorted(data.draw(st.sets(st.integers(0, len(points) - 1), min_size=1))), dtype="<u2")
        base[rows] = 7
        given_rows = {"bufferView": file.view(values[rows].tobytes())}
        indices = {"bufferView": file.view(rows.tobytes()), "componentType": U2}
        more["sparse"] = {"count": len(rows), "indices": indices, "values": given_rows}
    view = file.view(base.tobytes())
    code = U2 if normalized else F4
    position = file.accessor(code, len(values), bufferView=view, normalized=normalized, **more)
    order = file.array(triangles.astype("<u4").reshape(-1), U4, "SCALAR")
    node = {"scale": [scale] * 3, "translation": move.tolist()}
    surface = read(file.done(position, order, node), "glb")
    right = values / divisor * scale + move
    np.testing.assert_allclose(surface.points[surface.triangles], right[triangles], rtol=1e-6, atol=1e-6)


@settings(bounded, max_examples=150)
@given(st.sampled_from(sorted(DAMAGED)), st.floats(0, 1), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
def test_a_damaged_file_is_a_surface_or_refused(name, kept, flips):
    bad = bytearray(DAMAGED[name])
    if not flips:
        del bad[int(kept * len(bad)) :]
    for place, value in flips:
        near = place**4  # mostly in the header, where it does most harm
        bad[min(int(near * len(bad)), len(bad) - 1)] = value
    try:
        surface = read(bytes(bad), name.rsplit(".", 1)[1])
    except FacewrightError:
        return
    assert surface.triangles.max(initial=-1) < len(surface.points)


@bounded
@given(st.integers(1, 200_000), st.sampled_from(["[", '{"a":', "9", "1,"]))
def test_json_is_parsed_or_refused_however_deep_or_long(count, piece):
    closing = {"[": "]" * count, '{"a":': "0" + "}" * count, "9": "", "1,": "1]"}[piece]
    text = ("[" if piece == "1," else "") + piece * count + closing
    try:
        parsed_json(text.encode())
    except ValueError:
        assert count > 400
