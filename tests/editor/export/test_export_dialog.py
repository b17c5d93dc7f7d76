"""The export dialog offers what the format and the model allow, and the exporter does what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trimesh
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressBar, QProgressDialog, QPushButton

from facewright.core.exchange.export import ExportSettings
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.export.exporter import Exporter
from tests.core.scan.test_fitted_scan import some_scan
from tests.core.tiny_model import tiny_model, tiny_model_with_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document

HEADS = {"Head 1": Parameters(), "Wide": Parameters(nose=(2.0,))}
COARSE = ExportSettings(topology="cubes", voxel_mm=8.0)


def choose(combo, value) -> None:
    combo.setCurrentIndex(combo.findData(value))


@pytest.fixture
def model() -> HeadModel:
    return tiny_model_with_template()


@pytest.fixture
def dialog(qtbot: QtBot, model: HeadModel) -> ExportDialog:
    dialog = ExportDialog(model, HEADS)
    qtbot.addWidget(dialog)
    return dialog


@pytest.fixture
def exporter(document: Document, bare_window: QWidget) -> Iterator[Exporter]:
    exporter = Exporter(document, bare_window)
    yield exporter
    exporter.close()


def test_at_first_the_edited_head_goes_to_glb_in_metres_on_the_production_mesh(dialog: ExportDialog) -> None:
    assert dialog.chosen_format.suffix == "glb"
    assert dialog.chosen_heads == {"Head 1": Parameters()}
    assert dialog.settings.unit == "m"
    assert dialog.settings.topology == ExportSettings().topology == "production"
    assert not dialog.settings.morphs
    assert not dialog.settings.sculpting


def test_the_unit_follows_the_format_and_can_be_chosen(dialog: ExportDialog) -> None:
    choose(dialog.format, "stl")
    followed = dialog.settings.unit
    choose(dialog.unit, "cm")
    assert (followed, dialog.settings.unit) == ("mm", "cm")


def test_morphs_are_for_formats_and_topologies_that_have_them(dialog: ExportDialog) -> None:
    choose(dialog.morph, "Wide")
    choose(dialog.expressions, "standard")
    standard = dialog.settings
    assert (dict(standard.targets), standard.expressions) == ({"Wide": HEADS["Wide"]}, "standard")
    choose(dialog.format, "obj")
    assert not dialog.morph.isEnabled()
    assert not dialog.settings.morphs
    choose(dialog.format, "glb")
    choose(dialog.topology, "template")
    without = dialog.settings.expressions  # the standard ones are the production mesh's
    choose(dialog.expressions, "training")
    assert (without, dialog.settings.expressions) == ("none", "training")
    choose(dialog.topology, "cubes")
    assert not dialog.settings.morphs
    assert dialog.voxel.isEnabled()


def test_seams_are_a_matter_of_formats_that_have_them(dialog: ExportDialog) -> None:
    dialog.sculpting.setChecked(True)
    assert dialog.settings.sculpting
    choose(dialog.format, "obj")
    assert not dialog.settings.sculpting


def test_a_choice_can_be_taken_over_but_for_what_cannot_be(qtbot: QtBot, dialog: ExportDialog) -> None:
    choose(dialog.format, "obj")
    choose(dialog.unit, "cm")
    choose(dialog.topology, "template")
    choose(dialog.expressions, "training")
    dialog.voxel.setValue(2.5)
    dialog.sculpting.setChecked(True)
    other = ExportDialog(tiny_model_with_template(), HEADS)
    qtbot.addWidget(other)
    other.choose(dialog.choice)
    assert other.choice == dialog.choice
    poor = ExportDialog(tiny_model(), HEADS)
    qtbot.addWidget(poor)
    poor.choose({**dialog.choice, "unit": "furlong", "voxel": "fine"})
    assert (poor.settings.topology, poor.settings.unit) == ("production", "mm")


def test_nothing_ticked_is_nothing_to_export(dialog: ExportDialog) -> None:
    dialog.heads_list.item(1).setCheckState(Qt.CheckState.Checked)
    assert dialog.chosen_heads == HEADS
    for row in range(2):
        dialog.heads_list.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.export.isEnabled()


def test_a_model_without_a_template_mesh_offers_none(qtbot: QtBot) -> None:
    dialog = ExportDialog(tiny_model(), HEADS)
    qtbot.addWidget(dialog)
    choose(dialog.topology, "template")
    row = dialog.topology.findData("template")
    assert not dialog.topology.model().index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled


def test_a_patients_surface_is_chosen_at_first_and_what_was_chosen_for_patients_later(
    qtbot: QtBot, model: HeadModel
) -> None:
    scans = {"Head 1": some_scan()}
    first = ExportDialog(model, HEADS)
    choose(first.topology, "template")
    patient = ExportDialog(model, HEADS, scans=scans)
    patient.choose(first.choice)
    chosen = patient.settings.topology
    choose(patient.topology, "cubes")
    remembered = first.choice | patient.choice
    heads, other = ExportDialog(model, HEADS), ExportDialog(model, HEADS, scans={"Wide": some_scan()})
    again = ExportDialog(model, HEADS, scans=scans)
    for dialog in (first, patient, heads, other, again):
        qtbot.addWidget(dialog)
        dialog.choose(remembered)
    assert chosen == "scan"
    assert [each.settings.topology for each in (heads, other, again)] == ["template", "template", "cubes"]


def test_a_patients_surface_is_offered_for_heads_that_go_back_to_a_scan(qtbot: QtBot, model: HeadModel) -> None:
    scan = some_scan()
    dialog = ExportDialog(model, HEADS, scans={"Head 1": scan})
    qtbot.addWidget(dialog)
    assert not dialog.settings.coefficients
    assert (dialog.settings.topology, dialog.default_name) == ("scan", "illustration")
    assert not dialog.expressions.isEnabled()
    dialog.heads_list.item(1).setCheckState(Qt.CheckState.Checked)
    assert not dialog.export.isEnabled()
    assert "Wide goes back to no scan" in dialog.contents.text()
    choose(dialog.format, "stl")
    dialog.heads_list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "closed head" in dialog.contents.text()
    other = ExportDialog(model, HEADS)
    qtbot.addWidget(other)
    other.choose(dialog.choice)
    assert (other.settings.topology, other.settings.coefficients) == ("production", True)


def test_a_patients_surface_is_written_by_the_menu(
    qtbot: QtBot, exporter: Exporter, document: Document, bare_window: QWidget, tmp_path: Path
) -> None:
    scan = some_scan()
    commands.adopt_scan(document, scan)
    exporter.ask()
    (choice,) = bare_window.findChildren(ExportDialog)
    choose(choice.format, "ply")
    choose(choice.topology, "scan")
    choice.export.click()
    (place,) = bare_window.findChildren(QFileDialog)
    with qtbot.waitSignal(exporter.exported):
        place.setDirectory(str(tmp_path))
        place.accept()
    back = trimesh.load_mesh(tmp_path / "illustration.ply", process=False)
    assert len(back.vertices) == len(scan.points)


def test_variants_are_written_a_file_each(qtbot: QtBot, exporter: Exporter, tmp_path: Path) -> None:
    with qtbot.waitSignal(exporter.exported) as written:
        exporter.export(HEADS, tmp_path / "head.ply", ExportSettings(topology="template"))
    names = {"head_Head_1.ply", "head_Wide.ply"}
    assert {path.name for path in written.args[0]} == names == {path.name for path in tmp_path.iterdir()}
    faces = [trimesh.load_mesh(tmp_path / name, process=False).faces.tolist() for name in names]
    assert faces[0] == faces[1]


@pytest.mark.parametrize("answer", ["Replace", "Choose Another Name…", "Cancel"])
def test_files_of_several_heads_that_are_there_are_replaced_once_that_is_agreed(
    qtbot: QtBot, exporter: Exporter, bare_window: QWidget, tmp_path: Path, answer: str
) -> None:
    (tmp_path / "head_Wide.ply").write_bytes(b"somebody's")
    heads = {"Wide": HEADS["Wide"], **{f"{n}": Parameters() for n in range(2)}}
    exporter.export_asked(heads, tmp_path / "head.ply", COARSE, {})
    (box,) = bare_window.findChildren(QMessageBox)
    assert box.informativeText() == "head_Wide.ply"
    button = next(button for button in box.buttons() if button.text().replace("&", "") == answer)
    if answer == "Replace":
        with qtbot.waitSignal(exporter.exported) as written:
            button.click()
        assert len(written.args[0]) == 3
        return
    button.click()
    assert (tmp_path / "head_Wide.ply").read_bytes() == b"somebody's"
    places = bare_window.findChildren(QFileDialog)
    assert len(places) == (answer != "Cancel")
    for place in places:
        with qtbot.waitSignal(exporter.exported):
            place.setDirectory(str(tmp_path))
            place.selectFile("other")
            place.accept()
    assert not (tmp_path / "head_0.ply").exists()
    assert (tmp_path / "other_Wide.ply").exists() == (answer != "Cancel")


def test_many_files_that_are_there_are_named_in_part_and_one_that_was_chosen_is_not_asked_for(
    qtbot: QtBot, exporter: Exporter, bare_window: QWidget, tmp_path: Path
) -> None:
    heads = {str(n): Parameters() for n in range(20)}
    for name in heads:
        (tmp_path / f"head_{name}.ply").write_bytes(b"")
    exporter.export_asked(heads, tmp_path / "head.ply", COARSE, {})
    (box,) = bare_window.findChildren(QMessageBox)
    assert box.text().startswith("20 of")
    assert box.informativeText().splitlines()[-2:] == ["head_11.ply", "and 8 more"]
    box.close()
    with qtbot.waitSignal(exporter.exported):
        exporter.export_asked({"Wide": HEADS["Wide"]}, tmp_path / "head_0.ply", COARSE, {})


def test_a_cancelled_export_leaves_nothing_half_written(
    qtbot: QtBot, exporter: Exporter, bare_window: QWidget, tmp_path: Path
) -> None:
    exporter.export({str(n): Parameters(nose=(0.1 * n,)) for n in range(30)}, tmp_path / "head.ply", COARSE)
    (progress,) = bare_window.findChildren(QProgressDialog)
    progress.findChildren(QPushButton)[0].click()
    qtbot.waitUntil(lambda: not bare_window.findChildren(QProgressDialog))
    assert len(list(tmp_path.iterdir())) < 30
    assert not bare_window.findChildren(QMessageBox)
    for path in tmp_path.iterdir():
        assert trimesh.load_mesh(path).is_watertight


def test_the_window_can_be_worked_in_meanwhile_and_the_next_export_waits(
    qtbot: QtBot, exporter: Exporter, bare_window: QWidget, tmp_path: Path
) -> None:
    exporter.export(HEADS, tmp_path / "first.ply", COARSE)
    exporter.export(HEADS, tmp_path / "second.ply", COARSE)
    first, second = bare_window.findChildren(QProgressDialog)
    assert not first.isModal()
    second.findChildren(QPushButton)[0].click()  # the first goes on
    qtbot.waitUntil(lambda: not bare_window.findChildren(QProgressDialog))
    assert {path.name for path in tmp_path.iterdir()} == {"first_Head_1.ply", "first_Wide.ply"}


def test_the_bar_moves_with_the_work(qtbot: QtBot, exporter: Exporter, bare_window: QWidget, tmp_path: Path) -> None:
    seen: list[int] = []
    exporter.export({str(n): Parameters() for n in range(40)}, tmp_path / "head.ply", COARSE)
    (progress,) = bare_window.findChildren(QProgressDialog)
    bar = progress.findChildren(QProgressBar)[0]
    bar.valueChanged.connect(seen.append)
    qtbot.waitUntil(lambda: len(list(tmp_path.iterdir())) == 40)
    qtbot.waitUntil(lambda: not bare_window.findChildren(QProgressDialog))
    assert seen
    assert seen == sorted(seen)


def test_a_folder_that_is_gone_is_told_in_a_box(
    qtbot: QtBot, exporter: Exporter, bare_window: QWidget, tmp_path: Path
) -> None:
    exporter.export({"Head 1": Parameters()}, tmp_path / "gone" / "head.ply", COARSE)
    qtbot.waitUntil(lambda: bool(bare_window.findChildren(QMessageBox)))
    box = bare_window.findChildren(QMessageBox)[0]
    assert "gone" in box.text()
    box.close()


def test_from_the_menu_to_the_file(
    qtbot: QtBot, exporter: Exporter, document: Document, bare_window: QWidget, tmp_path: Path
) -> None:
    commands.branch(document, "Wide", HEADS["Wide"])
    exporter.ask()
    (choice,) = bare_window.findChildren(ExportDialog)
    assert choice.chosen_heads == {"Wide": HEADS["Wide"]}
    assert choice.heads_list.count() == 2
    choose(choice.format, "stl")
    choose(choice.topology, "template")
    choice.export.click()
    (place,) = bare_window.findChildren(QFileDialog)
    assert not place.testOption(QFileDialog.Option.DontConfirmOverwrite)
    with qtbot.waitSignal(exporter.exported):
        place.setDirectory(str(tmp_path))
        place.selectFile("mine")
        place.accept()
    assert (tmp_path / "mine.stl").exists()
    exporter.ask()
    again = next(dialog for dialog in bare_window.findChildren(ExportDialog) if dialog.isVisible())
    assert (again.chosen_format.suffix, again.settings.topology) == ("stl", "template")
    again.reject()
