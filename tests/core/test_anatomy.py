"""The anatomy's file, and that the bundled one keeps its promises."""

import dataclasses
import json

import numpy as np
import pytest

from facewright.core.anatomy import Anatomy, bundled_anatomy, load_anatomy
from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES

FARKAS_MIDLINE = {"g", "n", "prn", "sn", "c'", "ls", "sto", "li", "pg", "gn", "v", "op"}
FARKAS_SIDES = {"en", "ex", "ch", "al", "ac", "sbal", "ps", "pi", "sci", "zy", "go", "t", "or", "eu"}


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return bundled_anatomy("ict_facekit")


def plain(value):
    """A dataclass with its arrays as lists, to compare."""
    return json.loads(json.dumps(dataclasses.asdict(value), default=lambda array: array.tolist()))


def test_what_is_saved_is_loaded(anatomy, tmp_path):
    anatomy.save(tmp_path / "anatomy.json")
    assert plain(load_anatomy(tmp_path / "anatomy.json")) == plain(anatomy)


def test_components_share_no_vertex_and_collars_lie_outside_all(anatomy):
    inside = np.concatenate([component.vertices for component in anatomy.components])
    assert len(np.unique(inside)) == len(inside)
    for component in anatomy.components:
        assert np.isin(component.rim, component.vertices).all()
        assert not np.isin(component.collar, inside).any()
        assert len(component.collar) > len(component.rim)


def test_right_and_left_are_mirror_images(anatomy):
    nose, eye_right, eye_left, mouth = anatomy.components
    for one, other in ((nose, nose), (mouth, mouth), (eye_right, eye_left)):
        for field in ("vertices", "rim"):
            twins = anatomy.mirror[getattr(one, field)]
            np.testing.assert_array_equal(np.sort(twins), np.sort(getattr(other, field)))


def test_every_landmark_is_there(anatomy):
    assert tuple(anatomy.landmarks) == CODES
    assert all(len(set(vertices)) == 5 for vertices in anatomy.landmarks.values())
    assert set(anatomy.points) == FARKAS_MIDLINE | {f"{name}_{side}" for name in FARKAS_SIDES for side in "rl"}
    for name in FARKAS_MIDLINE:
        assert anatomy.mirror[anatomy.points[name]] == anatomy.points[name]
    for name in FARKAS_SIDES:
        assert anatomy.mirror[anatomy.points[f"{name}_r"]] == anatomy.points[f"{name}_l"]


def test_no_faces_or_texture_coordinates_are_shipped(anatomy):
    assert not {"faces", "polygons", "uv"} & set(plain(anatomy))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.pop("format"), "not an anatomy"),
        (lambda record: record.update(format=99), "format 99"),
        (lambda record: record.pop("mirror"), "damaged"),
        (lambda record: record["mirror"].reverse(), "damaged"),
        (lambda record: record["landmarks"]["nose"].pop(), "5 landmarks"),
        (lambda record: record["points"].update(prn=10**6), "does not have"),
        (lambda record: record["closing"]["openings"][0]["upper"].pop(), "differ in length"),
        (lambda record: record["components"].pop(), "unknown components mouth"),
        (lambda record: record["components"][0].update(name="beak"), "components are not nose"),
        (lambda record: record["components"][0].update(part="mouth"), "components are not nose"),
        (lambda record: record["components"][0]["rim"].append(-1), "does not have"),
        (lambda record: record["closing"]["hidden"].append(10**6), "does not have"),
        (lambda record: record["closing"]["openings"][0]["eyeball"].append(10**6), "does not have"),
        (lambda record: record["closing"]["skin"].pop(), "damaged"),
        (lambda record: record["closing"].update(skin=[0, 10**6], neck_normal=[0, 1]), "a length"),
        (lambda record: record["mirror"].__setitem__(0, 10**6), "damaged"),
        (lambda record: record["points"].update(prn=float("inf")), "damaged"),
        (lambda record: record.update(points=[1, 2]), "damaged"),
        (lambda record: record.update(mm_per_unit=0), "a length"),
        (lambda record: record.update(mm_per_unit=float("nan")), "a length"),
    ],
)
def test_a_bad_file_gets_one_sentence(anatomy, tmp_path, change, words):
    file = tmp_path / "anatomy.json"
    anatomy.save(file)
    record = json.loads(file.read_text(encoding="utf-8"))
    change(record)
    file.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(FacewrightError, match=words):
        load_anatomy(file)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[1, 2]", b'{"format": 1', b"[" * 100_000])
def test_what_is_no_anatomy_gets_one_sentence(tmp_path, content):
    file = tmp_path / "anatomy.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FacewrightError, match=r"anatomy"):
        load_anatomy(file)
