"""Files of conformed topologies: what is written is read, and nothing else."""

import io
from dataclasses import fields, replace

import numpy as np
import pytest

from facewright.core.conform.topology_file import load_topology, packed, save_topology, unpacked
from facewright.core.errors import FacewrightError
from tests.core.conform.quad import quad_topology


def test_what_is_saved_is_loaded(tmp_path):
    topology, path = quad_topology("Ünser Kopf"), tmp_path / "own.topology"
    save_topology(topology, path)
    loaded = load_topology(path)
    assert loaded.name == topology.name
    assert (loaded.layout.groups, loaded.layout.materials) == (("head",), ("wax",))
    np.testing.assert_array_equal(loaded.rest, topology.rest)
    for part in ("layout", "binding"):
        for each in fields(getattr(topology, part)):
            np.testing.assert_array_equal(
                getattr(getattr(loaded, part), each.name), getattr(getattr(topology, part), each.name)
            )


def test_colours_are_kept_and_files_of_before_have_none():
    plain = quad_topology()
    painted = np.arange(12, dtype=np.uint8).reshape(4, 3)
    coloured = replace(plain, layout=replace(plain.layout, colours=painted))
    np.testing.assert_array_equal(unpacked(packed(coloured)).layout.colours, painted)
    with np.load(io.BytesIO(packed(plain))) as file:
        before = {name: array for name, array in file.items() if name != "colours"}
    stream = io.BytesIO()
    np.savez(stream, **before)
    assert unpacked(stream.getvalue()).layout.colours.shape == (0, 3)


def test_what_is_no_file_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(FacewrightError, match="no file"):
        load_topology(tmp_path / "none.topology")
    path = tmp_path / "some.topology"
    path.write_bytes(b"some text")
    with pytest.raises(FacewrightError, match=r"some\.topology is no topology"):
        load_topology(path)


def test_a_byte_that_is_another_is_told_wherever_it_is():
    whole = packed(quad_topology())
    broken = 0
    for at in range(0, len(whole), 7):
        data = bytearray(whole)
        data[at] ^= 0xFF
        try:
            unpacked(bytes(data))
        except FacewrightError as error:
            assert "conform the mesh again" in str(error)  # noqa: PT017
            broken += 1
    assert broken > len(whole) / 14


def test_one_of_another_production_mesh_is_to_be_conformed_again():
    with pytest.raises(FacewrightError, match="another version"):
        unpacked(packed(replace(quad_topology(), production="0" * 64)))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("layout", {"polygons": np.array([[0, 1, 2, 4]], np.int32)}),
        ("layout", {"material": np.array([1], np.int32)}),
        ("layout", {"colours": np.zeros((3, 3), np.uint8)}),
        ("layout", {"uv_polygons": np.array([[0, 1, 2, -1]], np.int32)}),
        ("binding", {"corners": np.full((4, 3), 10**6, np.int32)}),
        ("binding", {"piece": np.full(4, 9, np.int8)}),
        ("binding", {"shares": np.full((4, 3), np.nan, np.float32)}),
        ("binding", {"offset": np.zeros((3, 3), np.float32)}),
    ],
)
def test_what_names_what_is_not_there_is_damaged(part, change):
    topology = quad_topology()
    with pytest.raises(FacewrightError, match="damaged"):
        unpacked(packed(replace(topology, **{part: replace(getattr(topology, part), **change)})))


def test_objects_in_an_archive_are_not_made():
    stream = io.BytesIO()
    with np.load(io.BytesIO(packed(quad_topology()))) as file:
        arrays = dict(file)
    np.savez(stream, **(arrays | {"rest": np.array([print], dtype=object)}), allow_pickle=True)
    with pytest.raises(FacewrightError, match="no topology"):
        unpacked(stream.getvalue())
