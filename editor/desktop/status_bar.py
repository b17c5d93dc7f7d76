"""What the editor is doing, and on what."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QWidget

from facewright.core import plausibility
from facewright.core.device import cuda_trouble
from facewright.editor.widgets.label import Label, MarkedUpLabel
from facewright.editor.widgets.plausibility_meter import PlausibilityMeter
from facewright.editor.wording import plain_tip

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from facewright.core.features import FeatureMap
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.plausibility import Ways
    from facewright.editor.document import Document
    from facewright.editor.live.evaluation import HeadEvaluation
    from facewright.editor.live.pipeline import Pipeline

_LEVELS = {"typical": "Typical", "unusual": "Unusual", "extreme": "Far out"}

_INDENT = 10
"""Pixels before each label."""

_LEAST_PATH = 160
"""Pixels of a path that are always asked for."""
_MESSAGE_MS = 15_000
"""How long a message stays: one of what was saved must not outlive many changes since."""

_PREPARING = "Making ready for this computer, this once…"
_DEVICE = "Where the model is evaluated: choose in View → Settings…"
_HINT = "Drag to orbit · Shift-drag to pan · Wheel to zoom"
_NOT_KEPT = "<b>Autosave fails, its disk is full or read-only: save often (Ctrl+S).</b>"


class StatusBar(QStatusBar):
    """A hint, a warning or a message at the left; state, last update, vertices and device at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = MarkedUpLabel(_HINT)
        self.hint.setIndent(_INDENT)
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.addWidget(self.hint, 1)
        self.state = _label("Whether the shown surface is that of the sliders.")
        self.update_time = _label("Voxel size of the shown surface, and how long computing it took.")
        self.drag = _label("From the hand to the finished surface: median and slowest of the last drag.")
        self.vertices = _label("Size of the shown surface.")
        self.device = _label(_DEVICE)
        self.level = Label()
        self.plausibility = PlausibilityMeter("the whole heads")
        for widget in (self.level, self.plausibility):
            self.addPermanentWidget(widget)
        for label in (self.state, self.drag, self.update_time, self.vertices, self.device):
            self.addPermanentWidget(label)
        self._document: Document | None = None
        self._ways: dict[CodeName, Ways] = {}
        self._troubled = False
        self._busy, self._awaited, self._preparing, self._measuring = False, "", False, False
        self._gesture = self._generation = 0
        self._latencies: list[float] = []

    def follow(self, document: Document, pipeline: Pipeline) -> None:
        """Tell of a document's model and head, and of what is computed of it."""
        self._document = document
        pipeline.computed.connect(self.show_evaluation)
        pipeline.updating_changed.connect(self.show_busy)
        pipeline.awaited.connect(self.show_awaited)
        self.show_busy(pipeline.is_updating)
        document.parameters_changed.connect(self.show_plausibility)
        document.model_changed.connect(lambda model: self._ways.clear())
        for signal in (document.model_changed, document.model_moved):
            signal.connect(lambda model: self.show_device(model.device))
        self.show_device(document.model.device)
        self.show_plausibility(document.parameters)

    def tell_of(self, wrote: SignalInstance, words: str) -> None:
        """Show a message with what a signal brings, a path or a list of paths, in the place of the braces."""
        wrote.connect(
            lambda paths: self._tell_of(", ".join(map(str, paths)) if isinstance(paths, list) else str(paths), words)
        )

    def _tell_of(self, paths: str, words: str) -> None:
        """Of paths longer than there is room for both ends are seen, and all of them in the tip."""
        room = self.hint.width() - 2 * _INDENT - self.fontMetrics().horizontalAdvance(words)
        shown = self.fontMetrics().elidedText(paths, Qt.TextElideMode.ElideMiddle, max(room, _LEAST_PATH))
        self.tell(words.format(shown))
        self.setToolTip(plain_tip(paths))

    def tell(self, message: str) -> None:
        """Show a message in the hint's place, until it is old."""
        self.showMessage(message, _MESSAGE_MS)

    def advise(self, text: str) -> None:
        """Say in the hint's place what a tool does where the pointer is; the hint again if that is nothing."""
        if not self._troubled:
            self.hint.setText(text or _HINT)

    def show_autosave(self, trouble: str) -> None:
        """Warn in the hint's place for as long as there is trouble with keeping unsaved changes."""
        self._troubled = bool(trouble)
        self.hint.setText(_NOT_KEPT if trouble else _HINT)
        self.hint.setToolTip(plain_tip(trouble))
        self.clearMessage()

    def show_busy(self, busy: bool) -> None:
        """Say whether a newer or finer surface is being computed or painted."""
        self._busy = busy
        self._show_state()

    def show_preparing(self, preparing: bool) -> None:
        """Say whether a new installation still compiles what the surface needs."""
        self._preparing = preparing
        self._show_state()

    def show_awaited(self, name: str) -> None:
        """Say that the head compared with is being computed; an empty name says that it is not."""
        self._awaited = name
        self._show_state()

    def show_measuring(self, measuring: bool) -> None:
        """Say whether the measurements that are listed are still another head's."""
        self._measuring = measuring
        self._show_state()

    def show_evaluation(self, evaluation: HeadEvaluation) -> None:
        """Say what was computed."""
        self.update_time.setText(f"{evaluation.voxel_mm:g} mm in {evaluation.seconds * 1000:,.0f} ms")
        self._follow_drag(evaluation)
        self.vertices.setText(f"{len(evaluation.mesh.vertices):,} vertices")

    def take_features(self, features: FeatureMap) -> None:
        """From now on tell how usual the head is along a part's sliders in words, too."""
        self._ways[features.part] = features.ways
        if self._document:
            self.show_plausibility(self._document.parameters)

    def show_plausibility(self, parameters: Parameters) -> None:
        """Say how far from the training heads the head is."""
        beyond = self._document.expressions.beyond(parameters) if self._document else None
        rarity = plausibility.of_head(parameters, beyond, self._ways)
        self.plausibility.show_plausibility(rarity)
        self.level.setText(_LEVELS[rarity.level])
        self.level.setToolTip(self.plausibility.toolTip())

    def _show_state(self) -> None:
        doing = (
            (self._preparing, _PREPARING),
            (self._busy, "Updating…"),
            (self._awaited, f"Computing {self._awaited}…"),
            (self._measuring, "Measuring…"),
        )
        self.state.setText(next((text for is_so, text in doing if is_so), "Ready"))

    def _follow_drag(self, evaluation: HeadEvaluation) -> None:
        """Add a surface that a drag showed to its latency; those that refine one afterwards do not count."""
        job = evaluation.job
        if job.gesture and (job.gesture > self._gesture or job.generation > self._generation):
            if job.gesture != self._gesture:
                self._latencies.clear()
            self._gesture, self._generation = job.gesture, job.generation
            self._latencies.append(evaluation.latency * 1000)
            self.drag.setText(f"Drag {median(self._latencies):,.0f} ms, at most {max(self._latencies):,.0f}")

    def show_device(self, device: torch.device) -> None:
        """Say where the model is evaluated."""
        self.device.setText(device_name(device))
        trouble = cuda_trouble() if device.type == "cpu" else None
        self.device.setToolTip(f"{_DEVICE}\nCUDA cannot be used, for {trouble}." if trouble else _DEVICE)


def _label(tip: str, text: str = "") -> QLabel:
    """A label apart from its neighbours."""
    label = Label(text)
    label.setToolTip(tip)
    label.setIndent(_INDENT)  # margins are lost when the window turns dark or light
    return label


def device_name(device: torch.device) -> str:
    """A device in words."""
    if device.type == "cuda":
        return f"GPU ({torch.cuda.get_device_name(device)})"
    if device.type == "mps":
        return "Apple GPU"
    return "CPU"
