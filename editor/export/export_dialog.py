"""Choosing what to export and how, in one dialog."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core.errors import FacewrightError
from facewright.core.exchange.export import ExportSettings, Topology
from facewright.core.exchange.formats import FORMATS
from facewright.core.exchange.patient import ILLUSTRATION
from facewright.core.exchange.shape import UNITS_PER_MM, LengthUnit
from facewright.editor.desktop.messages import ask, show_error
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.export.topologies import Topologies
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import NumberField
from facewright.editor.wording import plain_tip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.exchange.head_shapes import MorphSet
    from facewright.core.exchange.shape import FileFormat
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan

_UNITS: dict[LengthUnit, str] = {"mm": "Millimetres", "cm": "Centimetres", "m": "Metres"}
_TOPOLOGIES: dict[str, tuple[str, str]] = {
    "production": (
        "Production mesh: quads, eyes, teeth, lashes",
        "The artist-made mesh of quads with clean UVs, inner mouth, eyes, lashes and joints, the same for every head.",
    ),
    "template": (
        "Template: the model's own triangles",
        "The closed surface alone, with UVs and parts, the same for every head of this model.",
    ),
    "cubes": ("Marching cubes", "The surface as fine as its voxels, each head with vertices of its own."),
    "scan": (
        "Patient's own surface: the scan, edited",
        "The scan with its images and colours, as the edits have moved it, named an illustration. STL: a closed head.",
    ),
}
_MORPHS: dict[MorphSet, tuple[str, str]] = {
    "none": ("None", "The head as it is."),
    "standard": (
        "The 52 standard blendshapes",
        "jawOpen, mouthSmileLeft and so on, by the names that engines and face trackers know.",
    ),
    "training": ("The model's named expressions", "A morph target for each expression that the model names."),
}
_OWN = "conformed:"
"""Before the names of topologies of one's own."""
_ROWS = 6
"""Heads in the list before it scrolls."""
_FINEST_MM, _COARSEST_MM = 0.5, 10.0


class ExportDialog(QDialog):
    """What `ExportSettings` and the heads to export are, as a person chooses them.

    The first of `heads` is the one being edited; it alone is ticked at first. `scans` are the patients' that heads go
    back to, by the heads' names; of such a head the patient's own surface is chosen at first.
    """

    def __init__(
        self,
        model: HeadModel,
        heads: Mapping[str, Parameters],
        parent: QWidget | None = None,
        scans: Mapping[str, FittedScan] | None = None,
        topologies: Topologies | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._heads, self._scans = dict(heads), dict(scans or {})
        self._is_patient = next(iter(self._heads), None) in self._scans
        self._has_template = model.template is not None
        self._has_expressions = bool(model.expressions)
        self.heads_list = self._list()
        self.format = _combo({suffix: f"{each.name} — {each.readers}" for suffix, each in FORMATS.items()}, "Format")
        self.unit = _combo({unit: _UNITS[unit] for unit in UNITS_PER_MM}, "Unit")
        self._topologies = topologies or Topologies()
        self.topology = _explained(_TOPOLOGIES | _own(self._topologies), "Topology")
        self.forget = QPushButton("Forget")
        self.forget.setToolTip("Delete this topology of your own; files that were exported on it stay.")
        self.forget.clicked.connect(self._ask_to_forget)
        self.voxel = NumberField()
        self.voxel.setRange(_FINEST_MM, _COARSEST_MM)
        self.voxel.setSingleStep(0.1)
        self.voxel.setValue(1.5)
        self.voxel.setSuffix(" mm")
        self.voxel.setAccessibleName("Voxel")
        self.voxel.setToolTip("Edge of a voxel. Half the edge gives four times the faces.")
        self.morph = _combo(_targets(self._heads), "Morphs into")
        self.expressions = _explained(_MORPHS, "Expressions")
        self.expressions.setToolTip("The head is written neutral; an expression that it has becomes a target too.")
        self.sculpting = QCheckBox("For sculpting: no seams")
        self.sculpting.setToolTip(
            "Leaves the skin's UVs out, since this format doubles vertices at their seams, where a brush would tear it."
        )
        self.coefficients = QCheckBox("Coefficients in the file")
        self.coefficients.setChecked(not self._scans)
        self.coefficients.setToolTip(
            "The head's code, from which it can be made again: of a patient's head, it is the face."
        )
        self.contents = Label()
        self.contents.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = buttons.addButton("Export…", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        if len(self._heads) > 1:
            form.addRow("Heads", self.heads_list)
        for label, field in (
            ("Format", self.format),
            ("", self.contents),
            ("Unit", self.unit),
            ("Topology", _row(self.topology, self.forget)),
            ("Voxel", self.voxel),
            ("Expressions", self.expressions),
            ("Morphs into", self.morph),
            ("", self.sculpting),
            ("", self.coefficients),
        ):
            form.addRow(label, field)
            if isinstance(field, QHBoxLayout):
                _lead_to(form, field)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.format.currentIndexChanged.connect(self._choose_unit)
        for combo in (self.format, self.topology, self.morph):
            combo.currentIndexChanged.connect(self._refresh)
        self.heads_list.itemChanged.connect(self._refresh)
        _enable(self.topology, "template", self._has_template)
        _enable(self.topology, "scan", bool(self._scans))
        if self._is_patient:
            self.topology.setCurrentIndex(self.topology.findData("scan"))
        _enable(self.expressions, "training", self._has_expressions)
        self._choose_unit()
        self._refresh()
        underline_dialog(self)

    def choose(self, choice: Mapping[str, str]) -> None:
        """Take over what `choice` was once; what cannot be chosen now, or is not understood, stays as it is."""
        for name, combo in self._combos.items():
            index = combo.findData(choice.get(name))
            item = combo.model().index(max(index, 0), 0)
            if index >= 0 and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                combo.setCurrentIndex(index)
        with contextlib.suppress(ValueError):
            self.voxel.setValue(float(choice.get("voxel", "")))
        self.sculpting.setChecked(choice.get("sculpting") == "on")

    @property
    def choice(self) -> dict[str, str]:
        """What is chosen, but for the heads, for `choose` at another time."""
        chosen = {name: str(combo.currentData()) for name, combo in self._combos.items()}
        return chosen | {
            "voxel": f"{self.voxel.value():g}",
            "sculpting": "on" if self.sculpting.isChecked() else "off",
        }

    @property
    def chosen_format(self) -> FileFormat:
        """The format chosen."""
        return FORMATS[self.format.currentData()]

    @property
    def chosen_heads(self) -> dict[str, Parameters]:
        """The heads that are ticked, in their order."""
        rows = (self.heads_list.item(row) for row in range(self.heads_list.count()))
        return {row.text(): self._heads[row.text()] for row in rows if row.checkState() == Qt.CheckState.Checked}

    @property
    def settings(self) -> ExportSettings:
        """How to export them; FacewrightError if a topology of one's own cannot be read."""
        target = self.morph.currentData() if self.morph.isEnabled() else None
        own = self._own_topology
        return ExportSettings(
            conformed=self._topologies.load(own) if own else None,
            unit=cast("LengthUnit", self.unit.currentData()),
            topology="conformed" if own else cast("Topology", self.topology.currentData()),
            voxel_mm=self.voxel.value(),
            targets={target: self._heads[target]} if target else {},
            expressions=cast("MorphSet", self.expressions.currentData()) if self.expressions.isEnabled() else "none",
            sculpting=self.sculpting.isEnabled() and self.sculpting.isChecked(),
            coefficients=self.coefficients.isChecked(),
        )

    @property
    def default_name(self) -> str:
        """What the file is called unless the user says otherwise, without its suffix."""
        return ILLUSTRATION if self.topology.currentData() == "scan" else "head"

    @property
    def _combos(self) -> dict[str, QComboBox]:
        """What is remembered; the unit after the format, which brings its own; the topology of patients by itself."""
        topology = "patients_topology" if self._is_patient else "topology"
        return {"format": self.format, "unit": self.unit, topology: self.topology, "expressions": self.expressions}

    def _list(self) -> QListWidget:
        rows = QListWidget()
        rows.setAccessibleName("Heads")
        for name in self._heads:
            item = QListWidgetItem(name, rows)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if rows.count() == 1 else Qt.CheckState.Unchecked)
            item.setToolTip(plain_tip(name))
        rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown = min(rows.count(), _ROWS)
        rows.setFixedHeight(shown * rows.sizeHintForRow(0) + 2 * rows.frameWidth() + 2)
        return rows

    def _choose_unit(self) -> None:
        self.unit.setCurrentIndex(self.unit.findData(self.chosen_format.unit))

    def _refresh(self) -> None:
        """Offer what the format, the topology and the model allow."""
        topology, form = self.topology.currentData(), self.chosen_format
        own = self._own_topology
        self.forget.setVisible(bool(own))
        morphs = (topology in ("production", "template") or bool(own)) and form.morphs
        solid = topology == "scan" and form.closed
        self.voxel.setEnabled(topology == "cubes" or solid)
        self.morph.setEnabled(morphs and len(self._heads) > 1)
        self.expressions.setEnabled(morphs)
        _enable(self.expressions, "standard", topology != "template")
        self.sculpting.setEnabled(topology != "cubes" and form.tears)
        scanless = [name for name in self.chosen_heads if name not in self._scans] if topology == "scan" else []
        self.contents.setText(_contents(form, topology, scanless))
        self.export.setEnabled(bool(self.chosen_heads) and not scanless)

    @property
    def _own_topology(self) -> str:
        """The name of the topology of one's own that is chosen; empty if none is."""
        return str(self.topology.currentData()).partition(_OWN)[2]

    def _ask_to_forget(self) -> None:
        """Delete the topology that is chosen once that is confirmed."""
        name, buttons = self._own_topology, QMessageBox.StandardButton
        text = "It can be conformed again from its mesh."
        box = ask(self, f"Delete the topology {name}?", text, buttons.Ok | buttons.Cancel, buttons.Cancel)
        box.finished.connect(lambda button: self._forget(name) if button == buttons.Ok else None)

    def _forget(self, name: str) -> None:
        try:
            self._topologies.remove(name)
        except FacewrightError as error:
            show_error(self, str(error))
            return
        self.topology.setCurrentIndex(0)
        self.topology.removeItem(self.topology.findData(f"{_OWN}{name}"))


def _own(topologies: Topologies) -> dict[str, tuple[str, str]]:
    """Topologies of one's own as choices."""
    tip = "A mesh that was conformed: its own faces, UVs, groups and materials, the same for every head."
    return {f"{_OWN}{name}": (f"{name}: your own", tip) for name in topologies.names()}


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.setStretch(0, 1)
    return row


def _lead_to(form: QFormLayout, row: QHBoxLayout) -> None:
    """Let the letter of a row's label lead to the first of its widgets, as Qt does where a row has but one."""
    label, item = form.labelForField(row), row.itemAt(0)
    first = item and item.widget()
    if isinstance(label, QLabel) and first:
        label.setBuddy(first)


def _contents(form: FileFormat, topology: Topology, scanless: list[str]) -> str:
    """What a file will hold, in a sentence; scanless : heads that go back to no scan although one is to be written."""
    if scanless:
        return f"{scanless[0]} goes back to no scan: untick it, or choose another topology."
    if topology == "cubes":
        return "The surface alone, as fine as its voxels."
    if topology == "scan":
        return "A closed head for a printer." if form.closed else "The scan's surface with its images or colours."
    return f"{form.holds}."


def _combo(entries: Mapping[Any, str], name: str) -> QComboBox:
    """A list of choices, each with its value."""
    combo = QComboBox()
    combo.setAccessibleName(name)
    for value, text in entries.items():
        combo.addItem(text, value)
    return combo


def _explained(entries: Mapping[Any, tuple[str, str]], name: str) -> QComboBox:
    """A list of choices, each with its value and a tip."""
    combo = _combo({value: text for value, (text, _) in entries.items()}, name)
    for row, (_, tip) in enumerate(entries.values()):
        combo.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
    return combo


def _enable(combo: QComboBox, value: str, enabled: bool) -> None:
    """Offer a choice or not; if it was chosen and is not to be had, the first takes its place."""
    model = combo.model()
    assert isinstance(model, QStandardItemModel)
    item = model.item(combo.findData(value))
    item.setEnabled(enabled)
    if not enabled and combo.currentData() == value:
        combo.setCurrentIndex(0)


def _targets(heads: Mapping[str, Parameters]) -> dict[str | None, str]:
    """What a head can morph into."""
    targets: dict[str | None, str] = {None: "Nothing"}
    targets.update((name, name) for name in heads)
    return targets
