"""A person's own sliders on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.editor.own_sliders.library import Library, OwnSlider

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel

BEFORE = Parameters(nose=(0.5,), eyes=(1.0,))
AFTER = Parameters(nose=(0.5, 1.0), eyes=(1.0,), remainder=(0.0, -2.0))


def made(model: HeadModel, name: str = "Hero") -> OwnSlider:
    return OwnSlider.between(name, model, BEFORE, AFTER, b"picture")


def test_a_slider_is_kept_found_again_and_forgotten(model: HeadModel, tmp_path: Path) -> None:
    library, slider = Library(tmp_path / "sliders"), made(model, "  Hero\n jaw ")
    assert library.sliders() == []
    library.add(slider)
    library.add(slider)  # the same again replaces it
    assert library.named("hero JAW", model) == [slider]
    assert library.named("Hero", model) == []
    other = made(model, "hero jaw")
    library.add(other, [slider])
    assert library.sliders() == [other]
    library.add(slider, [other])
    assert library.sliders() == [slider]
    assert slider.name == "Hero jaw"
    assert library.sliders()[0].picture == b"picture"
    library.remove(slider)
    assert library.sliders() == []


def test_it_changes_another_head_by_what_was_saved(model: HeadModel) -> None:
    slider = made(model)
    assert set(slider.change) == {"nose", "remainder"}
    head = Parameters(nose=(-1.0,), mouth=(2.0,))
    after = slider.basis(model).with_strength(head, "Hero", 1.0)
    assert after == Parameters(nose=(-1.0, 1.0), mouth=(2.0,), remainder=(0.0, -2.0))
    assert slider.basis(model).strengths(after)["Hero"] == pytest.approx(1.0)
    assert slider.fits(model)


def test_a_slider_of_nothing_or_without_a_name_is_refused(model: HeadModel) -> None:
    with pytest.raises(FacewrightError, match="compared with"):
        OwnSlider.between("Hero", model, AFTER, AFTER, b"")
    with pytest.raises(FacewrightError, match="name"):
        made(model, " ")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"name": "a"}', '{"name": "a", "model": "m", "fingerprint": "f", "change": {"nose": [1e9]}}', "{" * 99],
)
def test_a_file_that_is_no_slider_is_passed_over(model: HeadModel, tmp_path: Path, text: str) -> None:
    library = Library(tmp_path)
    library.add(made(model))
    (tmp_path / "bad.slider.json").write_text(text)
    assert [slider.name for slider in library.sliders()] == ["Hero"]
