from dataclasses import replace

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, CodeName
from facewright.core.surface.extraction import head_mesh
from facewright.core.traits import FINE, TRAITS, describe, measure_component
from tests.core.tiny_model import tiny_model

SIDES = ("al", "sbal", "en", "ex", "ps", "pi", "ch", "sci", "zy", "go", "eu")
MIDDLE = ("n", "prn", "sn", "g", "op", "v", "gn", "pg", "li", "ls", "sto")


def face(**moved: tuple[float, float, float]) -> dict[str, np.ndarray]:
    """Landmarks, all at the origin but for those that are moved."""
    names = (*MIDDLE, *(f"{name}_{side}" for name in SIDES for side in "rl"))
    return {name: np.asarray(moved.get(name, np.zeros(3)), dtype=float) for name in names}


def effects(code: CodeName, *faces: dict[str, np.ndarray]) -> np.ndarray:
    return np.array([[trait.measure(points) for trait in TRAITS[code]] for points in faces])


def test_a_component_is_named_by_what_it_moves_most():
    wide = face(al_l=(1.0, 0, 0), al_r=(-1.0, 0, 0))
    upturned = face(prn=(0, 1.0, 0), sn=(0, -0.4, 0))
    assert describe("nose", effects("nose", wide, upturned)) == ["wider alae", "upturned tip, longer"]
    assert describe("nose", -effects("nose", wide))[0] == "narrower alae"


def test_what_moves_little_or_less_than_others_is_not_told():
    faint = face(ch_l=(0.04, 0, 0), ch_r=(-0.04, 0, 0))
    strong = face(ch_l=(2.0, 0, 0), ch_r=(-2.0, 0, 0))
    weak = face(ch_l=(0.1, 0, 0), ch_r=(-0.1, 0, 0))
    assert describe("mouth", effects("mouth", faint)) == [FINE]
    assert describe("mouth", effects("mouth", strong, weak)) == ["wider", FINE]


def test_a_side_that_moves_alone_is_the_subjects():
    points = face(ps_l=(0, 1.0, 0))
    assert "left eye more open" in describe("eyes", effects("eyes", points))[0]


def test_effects_are_measured_on_the_models_surface():
    model = tiny_model()
    mesh = head_mesh(model, Parameters(), 8.0)
    rng = np.random.default_rng(0)
    named = dict(zip(face(), mesh.vertices[rng.integers(0, len(mesh.vertices), len(face()))], strict=True))
    model = replace(model, points=named)
    for code in CODES:
        found = measure_component(model, code, 0)
        assert found.shape == (len(TRAITS[code]),)
        assert np.isfinite(found).all()
    assert np.abs(measure_component(model, "remainder", 0)).max() > 0.01
