"""Pictures and videos of what the viewport shows, into files."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal

from facewright.core.atomic_file import require_writable, write_atomically
from facewright.core.errors import FacewrightError
from facewright.editor.background import Background
from facewright.editor.desktop.messages import show_error
from facewright.editor.desktop.settings import PICTURE_CLEAR, PICTURE_SCALE, VIDEO_SECONDS
from facewright.editor.live.detail import FINEST, FULL
from facewright.editor.live.evaluation import Job, LiveSurfaces, evaluate
from facewright.editor.live.painting import PaintRequest, paint
from facewright.editor.live.scan_surface import CarriedSurface
from facewright.editor.storage.file_work import FileChooser, Share, progress_dialog, work
from facewright.editor.viewport.film import (
    FORMATS,
    FRAMES_PER_SECOND,
    between,
    encoded,
    require_film,
    there_and_back,
    turntable,
)
from facewright.editor.viewport.picture import EXPOSURES, Photographer, png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image
    from PySide6.QtWidgets import QWidget

    from facewright.editor.comparison import Comparison
    from facewright.editor.desktop.settings import Settings
    from facewright.editor.live.pipeline import Pipeline
    from facewright.editor.viewport import Viewport
    from facewright.editor.viewport.painting import Painting
    from facewright.editor.viewport.snapshot import Snapshot

_STEPS_THERE = 16
"""Heads between before and after that are evaluated for a video."""
_LONGEST_SIDE, _LONGEST_QUICK_SIDE = 960, 640
"""Of a video, in pixels, and of one that is drawn without a graphics card."""

Step = TypeVar("Step")


class Pictures(QObject):
    """Asks where, then draws off the screen: a picture at once, a video frame by frame while the window stays live."""

    saved = Signal(Path)
    """The file that was written."""

    def __init__(
        self, viewport: Viewport, pipeline: Pipeline, comparison: Comparison, settings: Settings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._viewport, self._pipeline, self._comparison = viewport, pipeline, comparison
        self._settings = settings
        self._window = window
        self._background = Background("pictures", self)
        self._cancelled = threading.Event()
        self._chooser = FileChooser(window, QStandardPaths.StandardLocation.PicturesLocation)

    def ask_for_picture(self) -> None:
        """Let the user choose a file for a picture of what is shown."""
        self._chooser.ask_where("Save Picture", "PNG pictures (*.png)", "head.png", self.save_picture)

    def ask_for_turntable(self) -> None:
        """Let the user choose a file for a video of the head turning once."""
        self._ask_for_film("Turntable Video", "turntable", self.save_turntable)

    def ask_for_before_after(self) -> None:
        """Let the user choose a file for a video from the head compared with to this one and back."""
        self._ask_for_film("Before → After Video", "before-after", self.save_before_after)

    def save_picture(self, path: Path) -> None:
        """Write what is shown as a PNG file, as large and on such a background as is set."""
        snapshot = self._viewport.snapshot()
        if snapshot is None:
            self._refuse()
            return
        scale = int(self._settings[PICTURE_SCALE])
        width, height = self._pixels()
        photographer = Photographer((scale * width, scale * height), snapshot.display)
        photographer.panes.show(snapshot)
        exposures = photographer.exposures(transparent=self._settings.is_on(PICTURE_CLEAR))

        def write(taken: list[Image.Image | None]) -> None:
            picture = taken[-1]
            assert picture is not None
            self._run(f"Saving {path.name}…", lambda: write_atomically(path, png(picture)), path)

        self._draw("Drawing the picture…", photographer, exposures, EXPOSURES, write)

    def save_turntable(self, path: Path) -> None:
        """Write a video of one turn."""
        snapshot = self._viewport.snapshot()
        if snapshot is None:
            self._refuse()
        elif self._can_film(path):
            poses = turntable(snapshot.pose, self._frame_count())
            self._film(path, [replace(snapshot, pose=pose) for pose in poses])

    def save_before_after(self, path: Path) -> None:
        """Write a video from the head compared with to this one, through evaluated heads, and back."""
        snapshot, seen = self._viewport.snapshot(), self._pipeline.on_screen
        if snapshot is None or seen is None:
            self._refuse()
            return
        if not self._can_film(path):
            return
        shares = [round(_STEPS_THERE * share) for share in there_and_back(self._frame_count())]
        before, after = self._comparison.parameters, seen.request.evaluation.job.parameters
        steps = [between(before, after, step / _STEPS_THERE) for step in range(_STEPS_THERE + 1)]
        expressive = snapshot.display.colouring == "plain" and any(any(p.expression) for p in (before, after))
        level = FINEST if snapshot.display.colouring == "natural" or expressive else FULL  # eyes and teeth are at rest
        jobs = [replace(seen.request.evaluation.job, parameters=p, level=level) for p in steps]
        self._cancelled = threading.Event()
        progress = progress_dialog(self._window, "Evaluating the heads between…", self._cancelled, len(jobs))
        share = Share(progress, len(jobs))
        work(
            self._background,
            self._window,
            progress,
            partial(_paintings, jobs, seen.request, self._cancelled, share.tell),
            lambda paintings: self._film(path, [replace(snapshot, painting=paintings[share]) for share in shares]),
        )

    def close(self) -> None:
        """Give up what is being drawn; wait for what is being written."""
        self._cancelled.set()
        self._background.close()

    def _refuse(self) -> None:
        show_error(self._window, "The head is not on the screen yet. Save the picture once it is.")

    def _ask_for_film(self, title: str, stem: str, save: Callable[[Path], object]) -> None:
        """Let the user choose a file for a film, at first in the format that is offered first."""
        formats = ";;".join(f"{words} (*{suffix})" for suffix, words in FORMATS.items())
        self._chooser.ask_where(title, formats, stem + next(iter(FORMATS)), save)

    def _can_film(self, path: Path) -> bool:
        """Whether a film can be written there; if not, that is told before it is drawn, which takes long."""
        try:
            require_film(path)
            require_writable(path)
        except FacewrightError as error:
            show_error(self._window, str(error))
            return False
        return True

    def _film(self, path: Path, snapshots: list[Snapshot]) -> None:
        """Draw frame after frame, then write them; without a graphics card smaller, and in one exposure each."""
        width, height = self._pixels()
        quick = self._viewport.draws_in_software
        shrink = min(1.0, (_LONGEST_QUICK_SIDE if quick else _LONGEST_SIDE) / max(width, height))
        size = round(shrink * width), round(shrink * height)
        photographer = Photographer(size, snapshots[0].display, quick=quick)

        def frames() -> Iterator[Image.Image]:
            for snapshot in snapshots:
                photographer.panes.show(snapshot)
                yield photographer.take()

        def write(taken: list[Image.Image]) -> None:
            self._run(f"Saving {path.name}…", lambda: write_atomically(path, encoded(taken, path)), path)

        self._draw("Drawing the video…", photographer, frames(), len(snapshots), write)

    def _draw(
        self,
        text: str,
        photographer: Photographer,
        steps: Iterator[Step],
        count: int,
        done: Callable[[list[Step]], None],
    ) -> None:
        """Take `count` steps, each in a turn of the event loop of its own; then call `done` with what they gave."""
        self._cancelled = threading.Event()
        cancelled, taken = self._cancelled, list[Step]()
        progress = progress_dialog(self._window, text, cancelled, count)
        timer = QTimer(self, interval=0)

        def draw() -> None:
            if not cancelled.is_set() and len(taken) < count:
                taken.append(next(steps))
                progress.setValue(len(taken))
                return
            timer.stop()
            timer.deleteLater()
            photographer.close()
            progress.deleteLater()
            if not cancelled.is_set():
                done(taken)

        timer.timeout.connect(draw)
        timer.start()

    def _run(self, text: str, write: Callable[[], None], path: Path) -> None:
        progress = progress_dialog(self._window, text)
        work(self._background, self._window, progress, write, lambda _: self.saved.emit(path))

    def _frame_count(self) -> int:
        return FRAMES_PER_SECOND * int(self._settings[VIDEO_SECONDS])

    def _pixels(self) -> tuple[int, int]:
        """Size of the viewport on the screen."""
        size, ratio = self._viewport.size(), self._viewport.devicePixelRatioF()
        return max(1, round(ratio * size.width())), max(1, round(ratio * size.height()))


def _paintings(
    jobs: list[Job], seen: PaintRequest, cancelled: threading.Event, tell: Callable[[float], None]
) -> list[Painting]:
    """Paint the heads of all jobs as `seen` was, one after the other. Raises Cancelled, or what evaluating raises.

    tell : is told the share that is done.
    """
    surfaces, source, beside = LiveSurfaces(), _anew(seen.source), _anew(seen.other_source)
    if seen.source is seen.other_source:
        beside = source
    paintings = []
    for job in jobs:
        evaluation = evaluate(job, surfaces, cancelled.is_set)
        paintings.append(paint(PaintRequest(evaluation, seen.display, seen.other, source, other_source=beside)))
        tell(len(paintings) / len(jobs))
    return paintings


def _anew(source: object) -> CarriedSurface | None:
    """A carried scan for this thread; one that is being placed is not to be seen in a film."""
    return CarriedSurface(source.model, source.fitted) if isinstance(source, CarriedSurface) else None
