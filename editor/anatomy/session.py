"""One anatomy in the making: what was said of the head, step by step, and what was found from it off the GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from facewright.core.errors import FacewrightError
from facewright.editor.anatomy.draft import PART_OF, TIP, AnatomyDraft, edited
from facewright.editor.change import take_back
from facewright.editor.live.newest import Newest, Task
from facewright.train.anatomy.user_anatomy import OneSided, user_anatomy

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from facewright.core.anatomy import Anatomy
    from facewright.editor.anatomy.neutral_head import NeutralHead
    from facewright.editor.background import Background

_REST_MS = 700
"""How long nothing is changed before the parts are found again."""


class DraftChange(QUndoCommand):
    """Replace the draft."""

    def __init__(self, session: AnatomySession, before: AnatomyDraft, after: AnatomyDraft, text: str) -> None:
        super().__init__(text)
        self._session, self._before, self._after = session, before, after

    def redo(self) -> None:
        """Make the change."""
        self._session.adopt(self._after)

    def undo(self) -> None:
        """Take the change back."""
        self._session.adopt(self._before)


class AnatomySession(QObject):
    """The draft, its history, and the anatomy that follows from it.

    Once parts were found they are found again after every change. `anatomy` is the last one found, `is_current` says
    whether it is this draft's.
    """

    changed = Signal()
    """Another draft, another anatomy, another thing to tell."""

    def __init__(self, head: NeutralHead, background: Background, parent: QObject | None = None) -> None:
        """background : the thread to find parts on; it outlives the session."""
        super().__init__(parent)
        self.head = head
        self._worker = Newest(background, self)
        self.draft = AnatomyDraft(head.size.unit)
        self.undo_stack = QUndoStack(self)
        self.anatomy: Anatomy | None = None
        self.problem = ""
        self.needs_left = False
        self._begun: AnatomyDraft | None = None
        self._made: WeakKeyDictionary[AnatomyDraft, Anatomy] = WeakKeyDictionary()
        self._follows = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self.find)
        self.undo_stack.indexChanged.connect(self.changed)

    @property
    def is_current(self) -> bool:
        """Whether the anatomy is the draft's own."""
        return self.draft in self._made

    @property
    def is_busy(self) -> bool:
        """Whether parts are being found, or about to be."""
        return self._worker.busy or self._rest.isActive()

    @property
    def modified(self) -> bool:
        """Whether there is work that is not saved."""
        return not self.undo_stack.isClean()

    @property
    def missing(self) -> tuple[str, ...]:
        """Landmarks that have to be picked yet, in order."""
        return self.draft.missing(left=self.needs_left)

    @property
    def skin(self) -> np.ndarray:
        """The vertices (n,) bool of the piece that the tip of the nose lies in; all before that is picked."""
        tip = self.draft.landmarks.get(TIP)
        return self.head.skin.used & (True if tip is None else self.head.pieces == self.head.pieces[tip])

    @property
    def regions(self) -> Mapping[str, np.ndarray]:
        """Each component's vertices (n,) bool: as painted, else as found; none before anything was found."""
        if self.anatomy is None:
            return {}
        by_name = {component.name: component.vertices for component in self.anatomy.components}
        result = {}
        for name in PART_OF:
            result[name] = np.zeros(len(self.head.vertices), dtype=bool)
            result[name][self.draft.parts.get(name, by_name[name])] = True
        return result

    def pick(self, name: str, vertex: int) -> None:
        """Put a landmark at a vertex, on trial; `keep` makes it a step. Nothing where another landmark is."""
        if vertex not in {at for other, at in self.draft.landmarks.items() if other != name}:
            self._try(self.draft.picked(name, vertex))

    def remove(self, name: str) -> None:
        """Take a landmark away, if it is there."""
        if name in self.draft.landmarks:
            self._try(self.draft.without(name))
            self.keep(f"Remove {name}")

    def set_unit(self, unit: str) -> None:
        """Take the file's numbers for lengths of another unit."""
        if unit != self.draft.unit:
            self._try(AnatomyDraft(unit, self.draft.landmarks, self.draft.parts))
            self.keep("Unit")

    def paint(self, name: str, change: np.ndarray, *, adds: bool) -> None:
        """Add vertices (n,) bool to a component or take them away, on both sides alike where there are pairs.

        On trial; `keep` makes it a step. Nothing where it would leave a component without vertices.
        """
        regions = self.regions
        if self.anatomy is None:
            return
        after = edited(regions, name, change & self.skin, self.anatomy.mirror, adds=adds)
        if after and all(region.any() for region in after.values()):
            self._try(self.draft.painted({each: np.flatnonzero(region) for each, region in after.items()}))

    def grow(self, name: str) -> None:
        """Add the ring of vertices round a component."""
        if self.anatomy:
            self.paint(name, self.head.neighbours(self.regions[name]), adds=True)
            self.keep("Grow")

    def shrink(self, name: str) -> None:
        """Take away the outermost ring of a component's vertices; the edges of slits are not outermost."""
        if self.anatomy:
            rest = self.head.skin.used & ~self.regions[name]
            rest[self.anatomy.closing.hidden] = False
            self.paint(name, self.head.neighbours(rest), adds=False)
            self.keep("Shrink")

    def forget_painting(self, name: str) -> None:
        """Draw a component by its outline again."""
        if name in self.draft.parts:
            self._try(self.draft.unpainted(name))
            self.keep("Forget Painting")

    def keep(self, text: str) -> None:
        """Make a step of what was tried since the last."""
        before, self._begun = self._begun, None
        if before is not None:
            self.undo_stack.push(DraftChange(self, before, self.draft, text))

    def give_up(self) -> None:
        """Take back what was tried since the last step."""
        if self._begun is not None:
            self.keep("")
            take_back(self.undo_stack)

    def adopt(self, draft: AnatomyDraft) -> None:
        """Go on with another draft; for the history alone."""
        self.draft, self.problem = draft, ""
        self.anatomy = self._made.get(draft, self.anatomy)
        if self.missing:
            self.anatomy = None
        self._rest.stop()
        if self._follows and not self.missing and not self.is_current:
            self._rest.start()

    def find(self) -> None:
        """Find parts, pairs and openings; nothing while landmarks are missing or they are being found."""
        self._rest.stop()
        if not self._worker.busy and not self.missing:
            draft, name = self.draft, self.head.path.stem

            def work(cancelled: threading.Event) -> Anatomy:
                return user_anatomy(name, draft.topology(self.head))

            self._worker.want(Task(work, partial(self._take, draft), partial(self._refuse, draft)))
        self.changed.emit()

    def set_saved(self, draft: AnatomyDraft) -> None:
        """A draft's anatomy is in its file."""
        if draft is self.draft:
            self.undo_stack.setClean()
            self.changed.emit()

    def close(self) -> None:
        """Wait for nothing any more."""
        self._worker.close()
        self._rest.stop()

    def _try(self, draft: AnatomyDraft) -> None:
        """Show another draft that is no step yet."""
        self._begun = self._begun or self.draft
        self._rest.stop()
        self.draft, self.problem = draft, ""
        self.changed.emit()

    def _take(self, draft: AnatomyDraft, anatomy: Anatomy) -> None:
        self._made[draft] = anatomy
        self._follows = True
        if draft is self.draft:
            self.anatomy = anatomy
        self._settle(draft)

    def _refuse(self, draft: AnatomyDraft, error: Exception) -> None:
        self.needs_left |= isinstance(error, OneSided)
        if draft is self.draft and isinstance(error, FacewrightError):
            self.problem = str(error)
        self._settle(draft)

    def _settle(self, draft: AnatomyDraft) -> None:
        """Go on with what was changed while the parts of another draft were looked for."""
        if draft is not self.draft and self._begun is None:
            self.adopt(self.draft)
        self.changed.emit()
