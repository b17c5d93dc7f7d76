import os

import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import Blend, EditState, Variant
from facewright.core.project_file import load
from tests.core.test_project_file import some_project

A = Variant("A", Parameters(nose=(2.0,), eyes=(1.0, -1.0), expression=(3.0,)))
B = Variant("B", Parameters(nose=(-1.0, 4.0), mouth=(0.3,)))


def blend_of(weight: float) -> Blend:
    return Blend(A, B, (weight,) * len(CODES))


def test_the_ends_of_a_blend_are_the_two_heads_to_the_last_bit():
    assert blend_of(0.0).parameters == A.parameters
    assert blend_of(1.0).parameters == B.parameters
    assert blend_of(0.5).parameters == Parameters(nose=(0.5, 2.0), eyes=(0.5, -0.5), mouth=(0.15,), expression=(1.5,))


def test_a_blend_of_one_part_is_the_first_head_elsewhere():
    blend = Blend(A, B).with_weight("nose", 1.0)
    assert blend.parameters == A.parameters.with_code("nose", B.parameters.nose)


def test_a_blend_forgets_what_its_heads_are_blends_of():
    nested = Blend(Variant("C", blend_of(0.5).parameters, blend_of(0.5)), B)
    assert nested.first.blend is None
    assert nested.first.parameters == blend_of(0.5).parameters


def test_an_edit_changes_the_active_variant_alone_and_ends_its_blend():
    state = EditState((A, B)).branched("C").blended(blend_of(0.5))
    assert state.variant.blend == blend_of(0.5)
    edited = state.edited(state.parameters.with_value("nose", 0, 1.0))
    assert edited.variant.blend is None
    assert [edited.named(name) for name in ("A", "C", "B")] == [0, 1, 2]
    assert (edited.variants[0], edited.variants[2]) == (A, B)


def test_locked_parts_outlast_edits_and_blends():
    state = EditState((A, B)).with_lock("nose", True)
    assert state.edited(Parameters()).parameters == Parameters(nose=(2.0,))
    blended = state.blended(blend_of(1.0))
    assert blended.parameters == B.parameters.with_code("nose", (2.0,))
    assert blended.variant.blend == blend_of(1.0)
    assert state.with_lock("nose", False).edited(Parameters()).parameters == Parameters()


def test_branches_get_names_of_their_own():
    state = EditState()
    for expected in ("Head 2", "Head 3", "Head 4"):
        state = state.branched("Head 1")
        assert state.variant.name == expected
    assert state.branched("Nose").variant.name == "Nose"
    assert state.branched("Nose").branched("Nose").variant.name == "Nose 2"


def test_order_and_deletion_keep_the_right_variant_active():
    state = EditState((A, B, Variant("C")), active=1)
    assert state.moved(1, 2).variant == B
    assert state.moved(0, 2).variant == B
    assert state.without(0).variant == B
    assert state.without(1).variant == A
    assert state.without(2).variant == B
    assert EditState((A, B)).without(0).variant == B
    with pytest.raises(FacewrightError, match="only variant"):
        EditState().without(0)


@pytest.mark.parametrize("name", ["", "  ", "B"])
def test_names_are_neither_empty_nor_taken(name):
    with pytest.raises(FacewrightError):
        EditState((A, B)).renamed(0, name)


def test_a_variant_keeps_its_own_name():
    assert EditState((A, B)).renamed(0, " A ").variants == (A, B)
    assert EditState((A, B)).renamed(0, "Older  nose").variants[0].name == "Older nose"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_projects_place_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.facewright")
    with pytest.raises(FacewrightError, match="not a regular file"):
        load(tmp_path / "pipe.facewright")


def test_another_models_project_says_which_model_to_open():
    with pytest.raises(FacewrightError, match="Some model") as caught:
        some_project().check_model("Another", ["ffff"], {})
    assert "Another" in str(caught.value)
    with pytest.raises(FacewrightError, match="another version"):
        some_project().check_model("Some model", ["ffff"], {})
    some_project().check_model("Renamed", ["ffff", "a1b2"], dict.fromkeys(CODES, 30))
    with pytest.raises(FacewrightError, match="does not have"):
        some_project().check_model("Some model", ["ffff", "a1b2"], {**dict.fromkeys(CODES, 30), "mouth": 1})
