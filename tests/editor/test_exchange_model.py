"""A project on another state of its model's training: what stays, what is saved where, and what is refused."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.editor import commands
from facewright.editor.comparison import MEAN_HEAD
from facewright.editor.document import Document, SavedFile
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel


def other(name: str, steps: int, components: int = 3) -> HeadModel:
    """The tiny model as another state of its training."""
    model = tiny_model()
    latent = {
        code: dataclasses.replace(
            space, components=space.components[:components], sigma=space.sigma[:components] * (1 + steps / 100)
        )
        for code, space in model.latent.items()
    }  # fmt: skip
    return dataclasses.replace(model, name=name, metadata={"steps": steps}, latent=latent)


def test_the_project_goes_on_on_another_state_of_its_model(qtbot: QtBot, tmp_path: Path) -> None:
    first, later = tiny_model(), other("later", 10)
    document = Document(first)
    commands.set_coefficient(document, "nose", 0, 1.5)
    document.set_saved(SavedFile(tmp_path / "mine.facewright", ""), document.mark())
    commands.branch(document, "Other")
    head = document.parameters
    seen: list[HeadModel] = []
    document.model_changed.connect(seen.append)
    document.exchange_model(later)
    assert seen == [later]
    assert document.parameters == head
    assert document.undo_stack.count() == 2
    assert document.path is None
    assert document.modified
    document.undo_stack.undo()
    assert document.state.variants[0].parameters == Parameters(nose=(1.5,))
    document.exchange_model(first)
    assert document.path == tmp_path / "mine.facewright"


def test_what_is_compared_with_stays_where_the_model_has_its_components(qtbot: QtBot) -> None:
    document = Document(tiny_model())
    document.set_before(Variant("Anna", Parameters(nose=(0.0, 0.0, 1.0))))
    document.set_saved(None, document.mark())
    for model in (other("later", 10), tiny_model()):
        document.exchange_model(model)
        assert document.before.name == "Anna"
    assert not document.modified
    document.exchange_model(other("coarse", 5, components=2))
    assert document.before == MEAN_HEAD


def test_a_history_with_finer_components_is_not_put_on_a_model_without_them(qtbot: QtBot) -> None:
    document = Document(tiny_model())
    commands.set_coefficient(document, "nose", 2, 1.0)
    document.undo_stack.undo()
    with pytest.raises(FacewrightError, match="finer components than coarse"):
        document.exchange_model(other("coarse", 5, components=2))
    assert document.model is tiny_model()
