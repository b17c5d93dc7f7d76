"""What holds for any edits and any numbers: what is saved is a value, cut journals are prefixes, signs are alike."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from facewright.editor import commands
from facewright.editor.document import Document, SavedFile
from facewright.editor.storage import journal
from facewright.editor.storage.autosave import Autosave
from facewright.editor.storage.saved_file import is_still
from facewright.editor.widgets.number_field import NumberField, parse_number

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel

bounded = settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
edits = st.tuples(st.just("edit"), st.integers(0, 2))
acts = st.lists(st.sampled_from(["undo", "redo", "begin", "end"]).map(lambda act: (act, 0)) | edits, max_size=25)
SAVED = SavedFile(Path("mine.facewright"), "")


def act(document: Document, name: str, value: int) -> None:
    """One edit of the same coefficient, or one move in the history."""
    if name == "edit":
        commands.set_coefficient(document, "nose", 0, float(value))
    else:
        {
            "undo": document.undo_stack.undo,
            "redo": document.undo_stack.redo,
            "begin": document.begin_gesture,
            "end": document.end_gesture,
        }[name]()


@bounded
@given(before=acts, meanwhile=acts, after=acts)
def test_a_document_that_is_not_modified_is_what_was_saved(
    qapp: object, model: HeadModel, before: list[tuple[str, int]], meanwhile: list[tuple[str, int]],
    after: list[tuple[str, int]],
) -> None:  # fmt: skip
    """However steps and gestures go on while a file is being written, and after."""
    document = Document(model)
    for step in before:
        act(document, *step)
    mark, state = document.mark(), document.state
    for step in meanwhile:
        act(document, *step)
    document.set_saved(SAVED, mark)
    for step in (("end", 0), *after):
        if document.state != state:
            assert document.modified
        elif document.mark().serial == mark.serial:
            assert not document.modified
        act(document, *step)
    document.set_saved(SAVED, document.mark())
    assert not document.modified


@bounded
@given(values=st.lists(st.integers(-5, 5), min_size=1, max_size=6), cut=st.floats(0, 1))
def test_any_beginning_of_a_journal_gives_a_beginning_of_what_was_done(
    qapp: object, model: HeadModel, values: list[int], cut: float
) -> None:
    document = Document(model)
    with TemporaryDirectory() as folder:
        autosave = Autosave(document, Path(folder) / "autosave")
        states = [document.state]
        for number, value in enumerate(values):
            commands.set_coefficient(document, "nose", number, float(value))
            states.append(document.state)
        content = autosave.path.with_suffix(journal.SUFFIX).read_bytes() if any(values) else b""
        distinct = [state for state, _ in itertools.groupby(states)]
        place = Path(folder) / "cut"
        for end in (int(cut * len(content)), len(content)):
            place.with_suffix(journal.SUFFIX).write_bytes(content[:end])
            found = journal.find(place, is_still)
            done = [step.state for step in journal.replayed(found, None, 1).steps] if found else []
            assert done == distinct[: len(done)]
        assert len(done) == len(distinct) or not content
        autosave.close()


@bounded
@given(value=st.decimals(-6, 6, places=2), language=st.sampled_from(["C", "de_DE", "fr_FR", "de_CH", "ar_EG"]))
def test_a_number_is_the_same_with_a_comma_and_with_a_point(qapp: object, value: object, language: str) -> None:
    field = NumberField()
    field.setLocale(QLocale(language))
    field.setRange(-10, 10)
    field.setDecimals(2)
    for text in (str(value), str(value).replace(".", ",")):
        assert parse_number(text) == pytest.approx(float(str(value)))
        assert field.valueFromText(text) == pytest.approx(float(str(value)))
