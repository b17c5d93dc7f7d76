"""Where the model is evaluated: as the settings say, and on the CPU once a GPU has failed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core import device
from facewright.core.device import CPU, DeviceUnavailable, moved
from facewright.editor.background import Background
from facewright.editor.desktop.settings import DEVICE

if TYPE_CHECKING:
    from concurrent.futures import Future

    import torch

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.desktop.settings import Setting, Settings
    from facewright.editor.document import Document


def use_or_cpu(name: str) -> str:
    """Evaluate on the device of that name from now on, or else on the CPU: then the sentence to say so, or ""."""
    try:
        device.use(name)
    except DeviceUnavailable as error:
        device.use(CPU.type)
        return f"{error} Heads are evaluated on the CPU meanwhile."
    return ""


class Devices(QObject):
    """Moves the document's model between devices, off the GUI thread; the surface shown stays until there is another.

    Beside a model on a GPU one stays on the CPU: from a card that fails nothing may be read any more.
    """

    told = Signal(str)
    """A sentence about where the model is evaluated from now on, and why."""

    def __init__(self, document: Document, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._settings = document, settings
        self._background = Background("devices", self)
        self._spare: tuple[HeadModel, HeadModel] | None = None  # a model, and the same on the CPU
        self._moving: HeadModel | None = None
        document.model_changed.connect(self._keep_spare)
        settings.changed.connect(self._apply)
        self._keep_spare(document.model)

    def take_over(self, model: HeadModel, why: str) -> None:
        """Go on with a model on the CPU, for its device has failed: `why`, one sentence, is told."""
        if model is self._document.model and model is not self._moving and model.device != CPU:
            device.use(CPU.type)
            self._move(CPU, f"{why} Heads are evaluated on the CPU from now on; nothing is lost.")

    def close(self) -> None:
        """End the thread."""
        self._background.close()

    def _apply(self, setting: Setting) -> None:
        if setting is DEVICE:
            self._background.run(partial(use_or_cpu, self._settings[DEVICE]), self._chosen)

    def _chosen(self, future: Future[str]) -> None:
        if why := future.result():
            self.told.emit(why)
        if self._document.model.device != device.current():
            self._move(device.current(), "")

    def _move(self, to: torch.device, words: str) -> None:
        """Move the document's model, then say some words."""
        self._moving = model = self._document.model
        work = partial(self._moved, model, self._spare, to)
        self._background.run(work, partial(self._take, model, words))

    def _keep_spare(self, model: HeadModel) -> None:
        """Have the document's model on the CPU as well."""
        if model.device == CPU:
            self._spare = (model, model)
        elif self._spare is None or self._spare[0] is not model:
            self._background.run(partial(moved, model, CPU), partial(self._kept, model))

    def _kept(self, model: HeadModel, future: Future[HeadModel]) -> None:
        if model is self._document.model:
            self._spare = (model, future.result())

    @staticmethod
    def _moved(model: HeadModel, spare: tuple[HeadModel, HeadModel] | None, to: torch.device) -> HeadModel:
        home = spare[1] if spare and spare[0] is model else model
        return home if home.device == to else moved(home, to)

    def _take(self, model: HeadModel, words: str, future: Future[HeadModel]) -> None:
        """Evaluate by the moved model, unless the document has another by now."""
        self._moving = None
        if model is not self._document.model:
            return
        try:
            new = future.result()
        except DeviceUnavailable as error:
            device.use(str(model.device))
            self.told.emit(str(error))
            return
        if self._spare and self._spare[0] is model:
            self._spare = (new, self._spare[1])
        self._document.move_model(new)
        self._keep_spare(new)
        if words:
            self.told.emit(words)
