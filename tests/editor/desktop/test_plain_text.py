"""What files call things is shown letter by letter: Qt takes nothing of it for HTML, and opens nothing it names."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QTextDocument
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QMenu, QTabBar, QToolButton, QWidget

from facewright import editor
from facewright.core import project_file
from facewright.core.project import EditState, Project, Step, Variant
from facewright.editor import commands
from facewright.editor.document import SavedFile
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.storage.file_work import progress_dialog
from facewright.editor.storage.left_behind import LeftBehind
from facewright.editor.storage.recovery import RecoveryDialog
from facewright.editor.wording import plain_tip
from tests.core.scan.test_fitted_scan import some_scan
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow

might_be_rich = QtText.mightBeRichText
NASTY = '<img src="//host/x.png">'


def shown_as_html(root: QWidget) -> list[str]:
    """Texts of a window and all that is in it that Qt would take a name's HTML from."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        texts = [widget.toolTip()]
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            texts.append(widget.text())
        if isinstance(widget, QTabBar):
            texts += [widget.tabToolTip(index) for index in range(widget.count())]
        if isinstance(widget, QListWidget):
            texts += [widget.item(row).toolTip() for row in range(widget.count())]
        found += [text for text in texts if might_be_rich(text) and "<img" in text.lower()]
    tips = [action.toolTip() for action in root.findChildren(QAction) if is_tip_seen(action)]
    found += [tip for tip in tips if might_be_rich(tip) and "<img" in tip]
    return found


def is_tip_seen(action: QAction) -> bool:
    """Whether any widget shows the tool tip of an action; most menus do not."""
    shown_by = action.associatedObjects()
    return any(isinstance(w, QToolButton) or (isinstance(w, QMenu) and w.toolTipsVisible()) for w in shown_by)


def test_names_from_a_project_are_plain_everywhere(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a<img src=x>.facewright"
    variants = (Variant(NASTY), Variant(f"{NASTY} 2"))
    project_file.save(Project("Ellipsoid", "ellipsoid", (Step("Start", EditState(variants)),), 0), path)
    window.projects.open(path)
    qtbot.waitUntil(lambda: window.document.path == path)
    document = window.document
    scan = some_scan()
    object.__setattr__(scan, "name", NASTY)
    commands.adopt_scan(document, scan)
    commands.blend(document, document.state.variants[0], document.state.variants[1], ("nose",), 0.5)
    commands.rename(document, 0, f"{NASTY} 9")
    document.undo_stack.undo()
    window.training.panel.show_run(Path(f"/{NASTY}"), can_load=False)
    window.training.panel.show_checkpoints([tmp_path / "<img>" / "step-1.safetensors"], NASTY, "")
    window.status.show_autosave(NASTY)
    window.files.chooser._folder = str(tmp_path)
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
    QApplication.processEvents()
    assert set(shown_as_html(window)) == set()
    left = LeftBehind(tmp_path / "x", 0.0, document.project(), SavedFile(path, ""))
    dialogs: list[QWidget] = [
        ExportDialog(tiny_model(), {v.name: v.parameters for v in document.state.variants}, window),
        progress_dialog(window, f"Saving {NASTY}…"),
        RecoveryDialog([left], print, tmp_path, window),
    ]
    for dialog in dialogs:
        assert shown_as_html(dialog) == []
        dialog.close()


@pytest.mark.parametrize("text", [NASTY, "a & b", "plain", "<b>", "&lt;"])
def test_a_tool_tip_shows_the_text_itself(text: str) -> None:
    tip, page = plain_tip(text), QTextDocument()
    page.setHtml(tip) if might_be_rich(tip) else page.setPlainText(tip)
    assert page.toPlainText() == text


def test_every_label_says_whether_it_is_marked_up() -> None:
    for path in Path(editor.__file__).parent.rglob("*.py"):
        calls = [
            node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ]
        names = {call.id for call in calls if isinstance(call, ast.Name)}
        assert path.name == "label.py" or "QLabel" not in names, path
