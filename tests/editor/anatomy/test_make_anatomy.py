"""An anatomy made by hand: landmarks clicked on a mesh, parts found, corrected, undone and saved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facewright.core.anatomy import load_anatomy
from facewright.core.errors import FacewrightError
from facewright.editor.anatomy.dialog import AnatomyDialog
from facewright.editor.anatomy.draft import LEFT, NEEDED, PART_OF, edited
from facewright.editor.anatomy.maker import AnatomyMaker
from facewright.editor.anatomy.neutral_head import read_neutral_head
from facewright.editor.anatomy.session import AnatomySession
from facewright.editor.background import Background
from facewright.editor.training.sources import SourceChooser
from facewright.train.anatomy.user_anatomy import Topology, user_anatomy
from facewright.train.data.heads import open_source
from tests.editor.keys import tabbed_through, unnamed
from tests.editor.patience import pause
from tests.train.plain_head import plain_head, write_obj

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.editor.anatomy.neutral_head import NeutralHead

PLAIN = plain_head()
LEFT_BUTTON = Qt.MouseButton.LeftButton
PICKED = {name: PLAIN.landmarks[name] for name in NEEDED}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The plain head in centimetres."""
    write_obj(tmp_path / "ada.obj", PLAIN.positions / 10.0, PLAIN.quads)
    return tmp_path / "ada.obj"


@pytest.fixture
def background(qapp: object) -> Iterator[Background]:
    background = Background("anatomy")
    yield background
    background.close()


@pytest.fixture
def begin(background: Background) -> Iterator[Callable[[NeutralHead], AnatomySession]]:
    """Begins sessions, and ends them."""
    begun: list[AnatomySession] = []

    def begin(head: NeutralHead) -> AnatomySession:
        begun.append(AnatomySession(head, background))
        return begun[-1]

    yield begin
    for session in begun:
        session.close()


@pytest.fixture
def session(begin: Callable[[NeutralHead], AnatomySession], file: Path) -> AnatomySession:
    return begin(read_neutral_head(file))


@pytest.fixture
def dialog(qtbot: QtBot, background: Background, file: Path) -> AnatomyDialog:
    dialog = AnatomyDialog(read_neutral_head(file), background)
    qtbot.addWidget(dialog, before_close_func=lambda dialog: dialog.session.undo_stack.setClean())
    dialog.show()
    qtbot.waitExposed(dialog)
    pause(50)
    return dialog


def test_everything_in_the_dialog_is_named_and_reached_by_tab(qtbot: QtBot, dialog: AnatomyDialog) -> None:
    assert unnamed(dialog) == []
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.unit.setFocus()
    found = tabbed_through()
    assert all(widget in found for widget in (dialog.viewport, dialog.landmarks.list, dialog.close_button))


def pick(session: AnatomySession, landmarks: dict[str, int]) -> None:
    for name, vertex in landmarks.items():
        session.pick(name, vertex)
        session.keep(f"Pick {name}")


def find(qtbot: QtBot, session: AnatomySession) -> None:
    session.find()
    qtbot.waitUntil(lambda: not session.is_busy)


def on_screen(dialog: AnatomyDialog, vertex: int) -> QPoint:
    """Where a vertex is seen."""
    viewport, head = dialog.viewport, dialog.session.head
    renderer = viewport.canvas.renderers[0]
    renderer.SetWorldPoint(*dialog.view.to_view(head.vertices[[vertex]])[0], 1.0)
    renderer.WorldToDisplay()
    x, y, _ = renderer.GetDisplayPoint()
    ratio = viewport.devicePixelRatioF()
    return QPoint(round(x / ratio), round(viewport.height() - y / ratio))


def drag(dialog: AnatomyDialog, start: int, end: int, keys: Qt.KeyboardModifier) -> None:
    """Drag from one vertex to another."""
    canvas = dialog.viewport.canvas
    pause(50)
    QTest.mousePress(canvas, LEFT_BUTTON, keys, on_screen(dialog, start))
    QTest.mouseMove(canvas, on_screen(dialog, end))
    QTest.mouseRelease(canvas, LEFT_BUTTON, keys, on_screen(dialog, end))


def boxes(widget: QWidget) -> list[QMessageBox]:
    return [box for box in widget.findChildren(QMessageBox) if box.isVisible()]


def test_clicks_pick_the_vertices_and_the_anatomy_trains(qtbot: QtBot, dialog: AnatomyDialog, file: Path) -> None:
    session, actions = dialog.session, dialog.actions_
    assert session.draft.unit == "cm"
    assert not actions.find.isEnabled()
    for name in NEEDED:
        assert dialog.picker.current == dialog.landmarks.selected == name
        assert f"{NEEDED.index(name) + 1} of {len(NEEDED)}" in dialog.landmarks.next.text()
        dialog.viewport.set_view("basal" if name == "gn" else "front")
        pause(50)
        QTest.mouseClick(dialog.viewport.canvas, LEFT_BUTTON, pos=on_screen(dialog, PICKED[name]))
    assert dict(session.draft.landmarks) == PICKED
    assert dialog.picker.current == ""
    actions.find.trigger()
    qtbot.waitUntil(lambda: not session.is_busy)
    made = user_anatomy("ada", Topology(session.head.vertices, session.head.polygons, PICKED, "cm"))
    assert session.anatomy
    for own, other in zip(session.anatomy.components, made.components, strict=True):
        np.testing.assert_array_equal(own.vertices, other.vertices)
        np.testing.assert_array_equal(own.collar, other.collar)
    assert dialog.tabs.currentWidget() is dialog.parts
    assert "Every vertex has its twin" in dialog.parts.summary.text()
    assert "right eye, left eye, mouth" in dialog.parts.summary.text()

    with qtbot.waitSignal(dialog.saved):
        dialog.save(file.with_name("anatomy.json"))
    assert "Train Model" in dialog.message.text()
    assert not dialog.isWindowModified()
    assert load_anatomy(file.with_name("anatomy.json")).points == made.points
    for seed in (1, 2):
        write_obj(file.with_name(f"subject{seed}.obj"), PLAIN.subject(seed) / 10.0, PLAIN.quads)
    assert open_source(f"folder:{file.parent}").subjects[0] == "ada"


def test_beside_a_lid_the_skin_is_meant_and_no_eyeball(dialog: AnatomyDialog) -> None:
    session, view = dialog.session, dialog.view
    ball = np.flatnonzero(session.head.pieces == session.head.pieces[PLAIN.skin])
    front = int(ball[session.head.vertices[ball, 2].argmax()])
    touched = view.to_view(session.head.vertices[[front]])[0]
    assert view.vertex_at(touched, "en_r") in ball  # what the skin is nobody has said yet
    pick(session, {"prn": PICKED["prn"]})
    assert view.vertex_at(touched, "en_r") not in ball
    assert view.vertex_at(touched, "prn") in ball


def test_a_landmark_is_dragged_chosen_anew_and_removed(dialog: AnatomyDialog) -> None:
    session = dialog.session
    pick(session, {"n": PICKED["n"], "prn": PICKED["prn"]})
    drag(dialog, PICKED["prn"], PICKED["sn"], Qt.KeyboardModifier.NoModifier)
    assert session.draft.landmarks["prn"] == PICKED["sn"]
    session.undo_stack.undo()
    assert session.draft.landmarks["prn"] == PICKED["prn"]
    drag(dialog, PICKED["prn"], PICKED["n"], Qt.KeyboardModifier.NoModifier)
    assert len(set(session.draft.landmarks.values())) == 2  # not where another one is
    dialog.landmarks.list.setCurrentRow(NEEDED.index("n"))
    assert dialog.picker.current == "n"
    for _ in range(2):  # the second time there is nothing to take away
        dialog.actions_.remove.trigger()
        assert "n" not in session.draft.landmarks
    session.undo_stack.undo()
    assert session.draft.landmarks["n"] == PICKED["n"]


def test_parts_grow_shrink_and_are_painted_on_both_sides(qtbot: QtBot, dialog: AnatomyDialog) -> None:
    session = dialog.session
    pick(session, PICKED)
    find(qtbot, session)
    first = session.regions["nose"]
    dialog.actions_.grow.trigger()
    grown = session.regions["nose"]
    assert first.sum() < grown.sum()
    assert not grown[~session.head.neighbours(first)].any()
    dialog.actions_.shrink.trigger()
    dialog.actions_.shrink.trigger()
    assert 0 < session.regions["nose"].sum() < first.sum()
    for _ in range(3):
        dialog.actions_.undo.trigger()
    np.testing.assert_array_equal(session.regions["nose"], first)
    assert session.is_current  # what was found before is not found again

    free = session.head.neighbours(first) & ~np.any(list(session.regions.values()), axis=0)
    beside = np.flatnonzero(free & (session.head.vertices[:, 0] < -0.5))
    beside = beside[session.head.vertices[beside, 2].argmax()]
    tip = PICKED["prn"]
    dialog.parts.radius.setValue(2.0)
    drag(dialog, tip, int(beside), Qt.KeyboardModifier.NoModifier)
    painted = session.regions["nose"]
    assert session.undo_stack.undoText() == "Paint"
    assert session.anatomy
    assert painted[[beside, session.anatomy.mirror[beside]]].all()
    assert painted.sum() < first.sum() + 20
    drag(dialog, int(beside), int(beside), Qt.KeyboardModifier.ShiftModifier)
    assert not session.regions["nose"][[beside, session.anatomy.mirror[beside]]].any()
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: not session.is_busy)
    assert session.is_current
    assert set(np.flatnonzero(painted)) == set(session.anatomy.components[0].vertices)
    dialog.actions_.forget.trigger()
    assert not session.draft.parts


def test_what_is_painted_takes_nothing_from_other_parts() -> None:
    regions = {each: np.arange(6) == number for number, each in enumerate(PART_OF)}
    twin = np.array([0, 2, 1, 3, 5, 4])
    change = np.array([True, False, False, False, True, False])
    both = edited(regions, "eye_right", change, twin, adds=True)
    assert {each: np.flatnonzero(own).tolist() for each, own in both.items()} == {
        "eye_right": [1, 4],
        "eye_left": [2, 5],
    }
    one = edited(regions, "eye_right", change, np.empty(0, dtype=np.int64), adds=True)
    assert list(one) == ["eye_right"]
    assert not edited(regions, "mouth", change, twin, adds=False)


def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_lost(
    qtbot: QtBot, session: AnatomySession, begin: Callable[[NeutralHead], AnatomySession]
) -> None:
    session.find()
    assert not session.is_busy  # nothing to begin with
    pick(session, PICKED)
    session.set_unit("mm")
    find(qtbot, session)
    assert "0.1 times as large" in session.problem
    session.undo_stack.undo()
    assert not session.problem
    assert dict(session.draft.landmarks) == PICKED
    head = session.head
    flipped = begin(replace(head, polygons=np.ascontiguousarray(head.polygons[:, ::-1])))
    pick(flipped, PICKED)
    find(qtbot, flipped)
    assert "inside out" in flipped.problem


def test_the_left_side_is_asked_for_where_the_faces_are_not_symmetric(
    qtbot: QtBot, session: AnatomySession, begin: Callable[[NeutralHead], AnatomySession]
) -> None:
    head = session.head
    cut = (head.vertices[head.polygons][..., 0].mean(axis=1) > 0.0) & (head.polygons < PLAIN.skin).all(axis=1)
    none = np.full((cut.sum(), 1), -1)
    halves = [np.hstack([head.polygons[cut][:, corners], none]) for corners in ([0, 1, 2], [0, 2, 3])]
    faces = np.concatenate([head.polygons[~cut], *halves]).astype(np.int32)
    uneven = begin(replace(head, polygons=faces))
    pick(uneven, PICKED)
    assert not uneven.missing
    find(qtbot, uneven)
    assert "not symmetric" in uneven.problem
    assert uneven.missing == LEFT
    pick(uneven, {name: PLAIN.landmarks[name] for name in LEFT})
    find(qtbot, uneven)
    assert uneven.is_current
    before = uneven.regions
    uneven.grow("eye_left")
    assert uneven.regions["eye_left"].sum() > before["eye_left"].sum()
    np.testing.assert_array_equal(uneven.regions["eye_right"], before["eye_right"])


def test_a_touch_paints_what_the_surface_joins(session: AnatomySession) -> None:
    head = session.head
    tip = head.vertices[PICKED["prn"]]
    assert head.vertex_at(tip + 0.01) == PICKED["prn"]
    near = head.within(tip[None], 2.0)
    assert (np.linalg.norm(head.vertices[near] - tip, axis=1) <= 2.0).all()
    assert head.within(tip[None], 1e-6).sum() == 1
    assert not head.within(tip[None], 50.0)[PLAIN.skin :].any()  # no eyeball, near as it is


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("head.obj", "", "no faces"),
        ("head.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"),
        ("head.obj", "v 0 0 0\nv 1 0 0\nv 0 nan 0\nf 1 2 3\n", "not finite numbers"),
        ("head.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "does not have"),
        ("head.obj", "v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "no size"),
        ("head.ply", "ply", "cannot be read"),
        ("head.fbx", "", "OBJ, PLY, STL or GLB"),
    ],
)
def test_a_file_that_is_no_head_is_refused_in_a_sentence(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(FacewrightError, match=words):
        read_neutral_head(tmp_path / name)


def test_unsaved_work_is_asked_about(qtbot: QtBot, dialog: AnatomyDialog) -> None:
    pick(dialog.session, {"n": PICKED["n"]})
    assert dialog.isWindowModified()
    for answer, stays in ((QMessageBox.StandardButton.Cancel, True), (QMessageBox.StandardButton.Discard, False)):
        dialog.close()
        assert dialog.isVisible()
        box = boxes(dialog)[0]
        assert "before its parts are found" in box.informativeText()
        box.button(answer).click()
        qtbot.waitUntil(lambda: not boxes(dialog))
        assert dialog.isVisible() == stays


def test_a_mesh_is_opened_from_the_menu_and_its_folder_is_the_source(
    qtbot: QtBot, bare_window: QWidget, file: Path
) -> None:
    bare_window.show()
    maker, chooser = AnatomyMaker(bare_window), SourceChooser(bare_window)
    chooser.set_source("folder:")
    assert chooser.anatomy.isHidden()
    chooser.offer_anatomies(maker)
    assert not chooser.anatomy.isHidden()
    maker.open(file.with_name("missing.obj"))
    qtbot.waitUntil(lambda: bool(boxes(bare_window)))
    assert "There is no file" in boxes(bare_window)[0].text()
    boxes(bare_window)[0].close()
    maker.open(file)
    qtbot.waitUntil(lambda: bool(bare_window.findChildren(AnatomyDialog)))
    dialog = bare_window.findChildren(AnatomyDialog)[0]
    pick(dialog.session, PICKED)
    find(qtbot, dialog.session)
    with qtbot.waitSignal(maker.saved):
        dialog.save(file.with_name("anatomy.json"))
    assert chooser.source == f"folder:{file.parent}"
    maker.close()
    assert not dialog.isVisible()
