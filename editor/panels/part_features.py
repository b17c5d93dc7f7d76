"""The features of one part: its sliders in words, for both sides or for each, once the model has been measured."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from facewright.core.features import features_of
from facewright.core.parts import LOCAL_PARTS
from facewright.editor.panels.feature_rows import FeatureRows

if TYPE_CHECKING:
    from facewright.core.features import Feature, FeatureMap
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.editor.document import Document

_UNIT = "1 σ is as far along this as one in three people go, with all else as likely as can be."


class PartFeatures(QWidget):
    """Rows of features, and the switch that parts left from right; empty where the model has no landmarks."""

    def __init__(self, document: Document, part: CodeName) -> None:
        super().__init__()
        self._document, self._part = document, part
        self._map: FeatureMap | None = None
        self.features = features_of(document.model).get(part, ())
        self.split = QCheckBox("Left and right apart")
        self.split.setToolTip("Give each side sliders of its own; left and right are the subject's.")
        self.split.toggled.connect(lambda on: self._build())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self.rows = FeatureRows(document, {}, {}, "")
        self._layout.addWidget(self.rows)
        self._layout.addWidget(self.split)
        self._build()
        self.setVisible(bool(self.features))

    def take(self, features: FeatureMap) -> None:
        """Move along what was measured; the rows are there already, and stay."""
        self._map = features
        if self.split.isChecked():
            self._build()
        else:
            self._describe()
            self.rows.take(features.basis)

    def forget(self) -> None:
        """Wait for another state of the model to be measured."""
        self._map = None
        self._describe()
        self.rows.forget()

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each feature the head has."""
        self.rows.show_parameters(parameters)

    def _build(self) -> None:
        """Make the rows anew."""
        apart = self.split.isChecked() and self._map is not None
        groups: dict[str, list[str]] = {}
        tips: dict[str, str] = {}
        for feature in self.features:
            names = [feature.name]
            if apart and self._map and feature.name in self._map.paired:
                names = [f"{feature.name}, {side}" for side in ("left", "right")]
            groups.setdefault(feature.group, []).extend(names)
            tips.update(dict.fromkeys(names, self._tip(feature)))
        if self._part in LOCAL_PARTS:
            groups = {"": [name for names in groups.values() for name in names]}
        rows = FeatureRows(self._document, groups, tips, _UNIT)
        self._layout.replaceWidget(self.rows, rows)
        self._lead_keys_through(rows)
        self.rows.deleteLater()
        self.rows = rows
        if self._map:
            rows.take(self._map.split_basis if apart else self._map.basis)

    def _lead_keys_through(self, rows: FeatureRows) -> None:
        """Let Tab come to the new rows where it came to the old ones: before the switch below them."""
        before = self.split.previousInFocusChain()
        while before and (before.focusPolicy() == Qt.FocusPolicy.NoFocus or self.rows.isAncestorOf(before)):
            before = before.previousInFocusChain()
        pairs = zip(rows.sliders.values(), rows.fields.values(), strict=True)
        order = [before or self.split, *(widget for pair in pairs for widget in pair), self.split]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    def _describe(self) -> None:
        self.rows.describe({feature.name: self._tip(feature) for feature in self.features})

    def _tip(self, feature: Feature) -> str:
        """What a feature changes, and how far, once that is measured."""
        far = f" {self._map.mm[feature.name]:.1f} mm for each σ." if self._map else ""
        return f"From {feature.less} to {feature.more}.{far}"
