"""What the editor is doing, and on what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

if TYPE_CHECKING:
    from editor.evaluation import Evaluation


class StatusBar(QStatusBar):
    """Messages at the left; state, last update, vertices and device at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = self._label("Whether the shown surface is that of the sliders.")
        self.update_time = self._label("Voxel size of the shown surface, and how long computing it took.")
        self.vertices = self._label("Size of the shown surface.")
        self.device = self._label("Where the model is evaluated.")

    def show_busy(self, busy: bool) -> None:
        """Say whether a newer or finer surface is being computed."""
        self.state.setText("Updating…" if busy else "Ready")

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Say what was computed."""
        self.update_time.setText(f"{evaluation.voxel_mm:g} mm in {evaluation.seconds * 1000:,.0f} ms")
        self.vertices.setText(f"{len(evaluation.mesh.vertices):,} vertices")

    def show_device(self, device: torch.device) -> None:
        """Say where the model is evaluated."""
        self.device.setText(device_name(device))

    def _label(self, tip: str) -> QLabel:
        label = QLabel()
        label.setToolTip(tip)
        label.setContentsMargins(8, 0, 8, 0)
        self.addPermanentWidget(label)
        return label


def device_name(device: torch.device) -> str:
    """A device in words."""
    if device.type == "cuda":
        return f"GPU ({torch.cuda.get_device_name(device)})"
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU ({torch.get_num_threads()} threads)"
