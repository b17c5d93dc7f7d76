"""Operations are carried out off the GUI thread, one undo step each, refused where they break, and kept in files."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGridLayout, QWidget

from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.document import Document
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.surgery.operation_row import OperationRow
from facewright.editor.surgery.operator import Operator, PatientHead, PlanState
from facewright.editor.surgery.surgery_panel import SurgeryPanel
from tests.core.people import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.surgery.subject import Subject

_PATIENCE_MS = 120_000
CHIN = Operation("chin_projection", 4.0)


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return people()


@pytest.fixture
def document(qtbot: QtBot, model: HeadModel) -> Document:
    return Document(model)


@pytest.fixture
def operator(qtbot: QtBot, document: Document) -> Iterator[Operator]:
    window = QWidget()
    qtbot.addWidget(window)
    document.setParent(window)
    operator = Operator(document, Comparison(document, window), window)
    yield operator
    operator.close()


def carried_out(qtbot: QtBot, operator: Operator) -> None:
    qtbot.waitUntil(lambda: not operator.busy, timeout=_PATIENCE_MS)


def test_an_operation_is_one_step_that_moves_the_surface_and_is_undone(
    qtbot: QtBot, document: Document, operator: Operator
) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    row = panel.rows["chin_projection"]
    row.field.setValue(4.0)
    carried_out(qtbot, operator)
    assert document.parameters.plan.operations == (CHIN,)
    assert document.undo_stack.count() == 1
    assert panel.list.item(0).text() == "Chin  +4.0 mm, advanced"
    assert row.note.text() == "+4.0 mm"
    before, after = (
        evaluate(Job(1, document.model, head, 0)).mesh
        for head in (document.parameters.with_plan(NO_PLAN), document.parameters)
    )
    way = np.linalg.norm(after.vertices - before.vertices, axis=1)
    assert way.max() == pytest.approx(4.0, abs=0.2)  # the chin whole, and nothing more
    assert (way == 0.0).mean() > 0.5
    panel.list.item(0).setCheckState(panel.list.item(0).checkState().Unchecked)
    carried_out(qtbot, operator)
    assert document.parameters.plan.operations == (Operation("chin_projection", 4.0, on=False),)
    assert not document.parameters.plan.strengths
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.parameters.plan == NO_PLAN
    assert row.field.value() == 0.0


def test_what_breaks_the_face_is_refused_in_words(qtbot: QtBot, document: Document, operator: Operator) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(operator.told, timeout=_PATIENCE_MS, check_params_cb=lambda text: "is not possible" in text):
        operator.ask(NO_PLAN.with_operation(Operation("lip_height", 10.0)), "Lip")
    carried_out(qtbot, operator)
    limit = document.parameters.plan.asked["lip_height"]
    assert 0.0 < limit < 10.0
    assert "is not possible" in panel.message.text()
    steps, field = document.undo_stack.count(), panel.rows["lip_height"].field
    field.setValue(limit + 0.5)
    carried_out(qtbot, operator)
    assert document.parameters.plan.asked["lip_height"] == field.value() == limit  # not what was typed
    assert document.undo_stack.count() == steps
    operator.ask(document.parameters.plan.with_operation(CHIN), "Chin")
    carried_out(qtbot, operator)
    assert panel.message.text() == ""


def test_what_is_carried_out_can_be_called_off(
    qtbot: QtBot, document: Document, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a hand has moved roughly before it let go."""
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    before = NO_PLAN.with_operation(CHIN)
    operator.ask(before, "Chin")
    carried_out(qtbot, operator)
    state, steps = document.state, document.undo_stack.count()
    words: list[str] = []
    operator.told.connect(words.append)
    on: set[threading.Thread] = set()
    operator.told.connect(lambda text: on.add(threading.current_thread()), Qt.ConnectionType.DirectConnection)
    row = panel.rows["lip_height"]
    assert row.grab()
    row.pull(1.0)
    qtbot.waitUntil(lambda: "lip_height" in document.parameters.plan.asked, timeout=_PATIENCE_MS)
    assert panel.cancel.isHidden()
    with qtbot.waitSignal(operator.told, timeout=_PATIENCE_MS, check_params_cb=lambda text: "how far" in text):
        row.release(30.0)
        assert not panel.cancel.isHidden()
    panel.cancel.click()
    carried_out(qtbot, operator)
    assert on == {threading.main_thread()}
    assert document.state == state
    assert document.undo_stack.count() == steps
    assert panel.cancel.isHidden()
    assert panel.message.text() == "Cancelled: the operations are as before."
    assert row.field.value() == 0.0
    operator.ask(before.with_operation(Operation("dorsum", -1.0)), "Dorsum")
    carried_out(qtbot, operator)
    assert document.parameters.plan.asked == {"chin_projection": 4.0, "dorsum": -1.0}


def test_what_is_typed_while_another_is_carried_out_comes_next(
    qtbot: QtBot, document: Document, operator: Operator
) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    panel.rows["lip_height"].field.setValue(10.0)  # which is refused
    assert operator.busy
    for key, amount in (("chin_projection", 9.0), ("dorsum", -1.0), ("chin_projection", 4.0)):
        panel.rows[key].field.setValue(amount)
        assert panel.rows[key].field.value() == amount
    assert panel.message.text() == "Carried out next: Chin, Dorsal hump."
    qtbot.waitUntil(lambda: len(document.parameters.plan.operations) == 3, timeout=_PATIENCE_MS)
    carried_out(qtbot, operator)
    asked = document.parameters.plan.asked
    assert (asked["dorsum"], asked["chin_projection"]) == (-1.0, 4.0)
    assert "Upper lip length +10.0 mm" in panel.message.text()  # still told
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert list(document.parameters.plan.asked) == ["lip_height"]


def test_keys_that_are_pressed_one_after_the_other_add_up(qtbot: QtBot, document: Document, operator: Operator) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    row = panel.rows["chin_projection"]
    for _ in range(2):
        QTest.keyClick(row.slider, Qt.Key.Key_PageUp)
    for _ in range(3):
        QTest.keyClick(row.slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: document.parameters.plan.asked.get("chin_projection") == 1.7, timeout=_PATIENCE_MS)
    carried_out(qtbot, operator)
    assert row.field.value() == document.parameters.plan.asked["chin_projection"] == 1.7


def test_what_comes_next_is_called_off_too(qtbot: QtBot, document: Document, operator: Operator) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    panel.rows["lip_height"].field.setValue(10.0)
    panel.rows["dorsum"].field.setValue(-1.0)
    panel.cancel.click()
    carried_out(qtbot, operator)
    qtbot.wait(50)
    assert not operator.busy
    assert document.parameters.plan == NO_PLAN
    assert panel.rows["dorsum"].field.value() == 0.0


def test_a_refusal_is_shown_no_longer_than_its_plan(qtbot: QtBot, document: Document, operator: Operator) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    for amount in (1.0, 3.0):
        commands.set_plan(document, NO_PLAN.with_operation(replace(CHIN, amount=amount)), "Chin")
    operator.told.emit("It is refused.")
    commands.set_coefficient(document, "nose", 0, 1.0)
    assert panel.message.text() == "It is refused."
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.parameters.plan.asked["chin_projection"] == 1.0
    assert panel.message.text() == ""


def test_an_amount_beyond_the_slider_is_the_one_that_is_carried_out() -> None:
    log: list[tuple[float, bool]] = []
    operator = SimpleNamespace(
        grab=lambda key: True, pull=lambda key, amount, rough=True: log.append((amount, rough)), release=lambda: None
    )
    row = OperationRow(BY_KEY["dorsum"], cast("Operator", operator), QGridLayout())
    row.show_amount(7.0)
    QTest.keyPress(row.field, Qt.Key.Key_Up)
    QTest.keyRelease(row.field, Qt.Key.Key_Up)
    assert log == [(7.1, True), (7.1, False)]


def test_a_late_operation_leaves_another_project_as_it_is(qtbot: QtBot, document: Document, operator: Operator) -> None:
    words: list[str] = []
    operator.told.connect(words.append)
    operator.ask(NO_PLAN.with_operation(CHIN), "Chin")
    document.start_anew()
    carried_out(qtbot, operator)
    assert document.parameters.plan == NO_PLAN
    assert words[-1] == ""


def test_a_plan_that_no_longer_fits_its_face_is_told(
    qtbot: QtBot, document: Document, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And all of it is measured on one thread."""
    threads: list[str] = []
    subject = PatientHead.subject

    def noted(head: PatientHead) -> Subject:
        threads.append(threading.current_thread().name)
        return subject(head)

    monkeypatch.setattr(PatientHead, "subject", noted)
    operator.ask(NO_PLAN.with_operation(CHIN), "Chin")
    carried_out(qtbot, operator)
    states: list[PlanState] = []
    operator.measured.connect(states.append)
    operator.need(True)
    commands.set_coefficient(document, "remainder", 0, 2.0)
    qtbot.waitUntil(lambda: bool(states) and not states[-1].current, timeout=_PATIENCE_MS)
    operator.ask(document.parameters.plan, "Adjust")
    carried_out(qtbot, operator)
    assert len(threads) == 2
    assert len(set(threads)) == 1
    assert states[-1].current
    assert states[-1].amounts["chin_projection"] == pytest.approx(4.0, abs=0.1)


def test_a_face_that_has_changed_is_told_of_where_an_amount_no_longer_holds(
    qtbot: QtBot, document: Document, operator: Operator
) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    plan = NO_PLAN.with_operation(CHIN)
    commands.set_plan(document, plan, "Chin")
    row = panel.rows[CHIN.key]
    for amount, current in ((4.1, False), (3.0, False), (4.0, True)):
        operator.measured.emit(PlanState(plan, {CHIN.key: amount}, current))
        assert row.note.font().bold() == (amount == 3.0)
        assert panel.stale.isHidden() == panel.adjust.isHidden() == (amount != 3.0)


def test_a_hand_takes_the_place_of_a_measurement(qtbot: QtBot, document: Document, operator: Operator) -> None:
    operator.ask(NO_PLAN.with_operation(CHIN), "Chin")
    carried_out(qtbot, operator)
    states: list[PlanState] = []
    operator.measured.connect(states.append)
    operator.need(True)
    gate = threading.Event()
    operator._background.submit(lambda: gate.wait(60))
    operator._check()
    operator.ask(NO_PLAN.with_operation(replace(CHIN, amount=2.0)), "Chin")
    gate.set()
    carried_out(qtbot, operator)
    assert [state.plan.asked for state in states] == [{"chin_projection": 2.0}]


def test_a_locked_nose_is_left(qtbot: QtBot, document: Document, operator: Operator) -> None:
    commands.set_lock(document, "nose", True)
    row = OperationRow(BY_KEY["dorsum"], operator, QGridLayout())
    with qtbot.waitSignal(operator.told, check_params_cb=lambda text: "locked" in text):
        row.field.setValue(-2.0)
    assert document.parameters.plan == NO_PLAN
    assert row.field.value() == 0.0


def test_a_tick_that_comes_to_nothing_is_taken_back(qtbot: QtBot, document: Document, operator: Operator) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    commands.set_plan(document, NO_PLAN.with_operation(CHIN), "Chin")
    for give_up in (panel.cancel.click, lambda: None):
        panel.list.item(0).setCheckState(Qt.CheckState.Unchecked)
        give_up()
        carried_out(qtbot, operator)
        assert document.parameters.plan.asked == {"chin_projection": 4.0}
        assert panel.list.item(0).checkState() == Qt.CheckState.Checked
        commands.set_lock(document, "nose", True)
    assert "locked" in panel.message.text()


def test_the_panel_says_why_a_locked_nose_cannot_be_operated_on(
    qtbot: QtBot, document: Document, operator: Operator
) -> None:
    panel = SurgeryPanel(document, operator)
    qtbot.addWidget(panel)
    assert panel.locked.isHidden()
    commands.set_lock(document, "nose", True)
    assert not panel.locked.isHidden()
    assert "unlock it" in panel.locked.text()
    assert not panel.rows["dorsum"].field.isEnabled()
