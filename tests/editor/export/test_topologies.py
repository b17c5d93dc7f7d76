"""Topologies of one's own: kept by name, offered in the export dialog, conformed off the GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMessageBox, QProgressDialog

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.parameters import Parameters
from facewright.editor.export import conformer as conforming
from facewright.editor.export.conformer import Conformer
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.export.topologies import Topologies
from tests.core.conform.quad import quad_topology
from tests.core.conform.test_studio_mesh import OBJ
from tests.core.tiny_model import tiny_model_with_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.editor.document import Document


@pytest.fixture
def topologies(tmp_path: Path) -> Topologies:
    """A folder that is not there yet."""
    return Topologies(tmp_path / "own")


@pytest.fixture
def conformer(document: Document, bare_window: QWidget, topologies: Topologies) -> Iterator[Conformer]:
    conformer = Conformer(document, bare_window, topologies)
    yield conformer
    conformer.close()


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    path = tmp_path / "studio.obj"
    path.write_text(OBJ, encoding="utf-8")
    return path


def test_topologies_are_kept_by_names_that_files_can_have(topologies: Topologies) -> None:
    assert topologies.names() == []
    names = [topologies.add(quad_topology(name)) for name in ("Hero v2", "a/b", "Hero v2")]
    assert names == ["Hero v2", "a_b", "Hero v2"]
    assert topologies.names() == ["a_b", "Hero v2"]
    assert topologies.load("Hero v2").name == "Hero v2"
    topologies.remove("a_b")
    assert topologies.names() == ["Hero v2"]
    with pytest.raises(FacewrightError, match="no file"):
        topologies.load("a_b")


def test_the_export_dialog_offers_them_with_the_52_and_forgets_one(
    bare_window: QWidget, topologies: Topologies
) -> None:
    topologies.add(quad_topology("Hero"))
    dialog = ExportDialog(tiny_model_with_template(), {"Head 1": Parameters()}, bare_window, topologies=topologies)
    dialog.show()
    assert not dialog.forget.isVisible()
    dialog.choose({"format": "glb", "topology": "conformed:Hero", "expressions": "standard"})
    settings = dialog.settings
    assert (settings.topology, settings.expressions) == ("conformed", "standard")
    assert settings.conformed is not None
    assert settings.conformed.name == "Hero"
    assert dialog.choice["topology"] == "conformed:Hero"
    dialog.forget.click()
    box = dialog.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    box.button(QMessageBox.StandardButton.Ok).click()
    assert topologies.names() == []
    assert dialog.settings.topology == "production"


def test_a_conformed_mesh_is_kept_by_its_files_name(
    qtbot: QtBot,
    conformer: Conformer,
    topologies: Topologies,
    bare_window: QWidget,
    mesh: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conforming, "conform", lambda model, given, progress, cancelled: quad_topology(given.name))
    with qtbot.waitSignal(conformer.conformed, timeout=60_000) as told:
        conformer.conform(mesh)
    assert told.args == ["studio"]
    assert topologies.load("studio").layout.materials == ("wax",)
    assert not bare_window.findChildren(QMessageBox)
    mesh.write_text(OBJ.replace("f 4/5", "f 4"), encoding="utf-8")
    with qtbot.waitSignal(conformer.conformed, timeout=60_000):
        conformer.conform(mesh)
    assert "studio was conformed. 1 of its 2 faces have no UVs" in bare_window.findChildren(QMessageBox)[0].text()


def test_conforming_can_be_cancelled_and_keeps_nothing(
    qtbot: QtBot,
    conformer: Conformer,
    topologies: Topologies,
    bare_window: QWidget,
    mesh: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def conform(model: object, given: object, progress: object, cancelled: object) -> None:
        assert callable(cancelled)
        while not cancelled():
            pass
        raise Cancelled

    monkeypatch.setattr(conforming, "conform", conform)
    conformer.conform(mesh)
    (progress,) = bare_window.findChildren(QProgressDialog)
    progress.canceled.emit()
    qtbot.waitUntil(lambda: not bare_window.findChildren(QProgressDialog), timeout=60_000)
    assert topologies.names() == []
    assert not bare_window.findChildren(QMessageBox)


def test_what_is_no_head_is_told(qtbot: QtBot, conformer: Conformer, bare_window: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "cloud.obj"
    path.write_text("v 0 0 0\n", encoding="utf-8")
    conformer.conform(path)
    qtbot.waitUntil(lambda: bool(bare_window.findChildren(QMessageBox)), timeout=60_000)
    assert "no faces" in bare_window.findChildren(QMessageBox)[0].text()
