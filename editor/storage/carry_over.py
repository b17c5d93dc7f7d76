"""A project of a model that shipped before: opened as it was, or its heads carried over to the present model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from facewright.core.model import model_file
from facewright.core.transfer import transfer_project
from facewright.editor.desktop.messages import choose
from facewright.editor.storage.models import load_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import Project
    from facewright.editor.storage.files import Files


def ask_to_carry(
    files: Files,
    window: QWidget,
    project: Project,
    as_it_was: Callable[[], object],
    carried: Callable[[HeadModel, Project], object],
) -> None:
    """Open a project `as_it_was`; where it can be, ask whether its heads are to be carried over to the present model.

    They can where the project's model shipped before, and none of them goes back to a patient's scan. `carried` is
    called with the present model and the project in it.
    """
    earlier = model_file.earlier_model(project.fingerprint)
    if earlier is None or any(variant.scan for variant in project.state.variants):
        as_it_was()
        return
    job = partial(_carried, project, earlier)
    choose(
        window,
        "This project was made with a model that shipped before this one.",
        "Carried over, its heads are fitted by the present model, which knows more people: their surfaces differ by "
        "some tenths of a millimetre, and the history begins anew. The file stays as it is until you save.",
        {
            "Carry Over": lambda: files.read("Carrying heads over…", job, lambda answer: carried(*answer)),
            "Open As It Was": as_it_was,
        },
    )


def _carried(project: Project, earlier: Path) -> tuple[HeadModel, Project]:
    present = load_model(model_file.bundled_model())
    return present, transfer_project(project, load_model(earlier), present)
