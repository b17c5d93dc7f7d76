"""The command that teaches a model's expressions once more: see `train.expression_stage`."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from facewright.core.atomic_file import require_writable
from facewright.core.device import use
from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.model.model_file import load, model_path, save
from facewright.train.data.ict_facekit import read_morphs
from facewright.train.data.sources import ict_folder
from facewright.train.evaluation.progress import progress_bar
from facewright.train.run.checkpoint import model_of

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.train.expression_stage import Off
    from facewright.train.own_heads import OwnHeads

MOST_HEADS = 2000
"""12 GB of them, which take half an hour to make."""


@dataclass(frozen=True)
class Expressions:
    """Teach a model's expression stage the facial units over heads of its own; neutral heads stay to the bit.

    Ctrl-C writes what is learnt by then; the same command on that file goes on. A head with its expressions takes 6 MB
    of memory, and a second to make.
    """

    model: Annotated[Path, tyro.conf.Positional]
    """Model file, a run's folder, or people."""
    data: str
    """ict:FOLDER, ICT-FaceKit's FaceXModel folder, whose units are taught."""
    out: Path
    """The file to write; it may be the same."""
    minutes: float = 75.0
    """How long it learns, on one core."""
    heads: int = 700
    """How many heads it makes; ten of them measure what the others teach."""

    def __call__(self) -> None:
        """Make the heads, learn, write; what cannot work is told before the heads are made."""
        from facewright.train.expression_stage import UNSEEN, require_units  # with numba, which takes a second
        from facewright.train.own_heads import own_heads

        require_writable(self.out)
        if not self.minutes > 0.0:
            raise FacewrightError("--minutes must be more than 0.")
        if not UNSEEN < self.heads <= MOST_HEADS:
            raise FacewrightError(f"--heads must be from {UNSEEN + 1} to {MOST_HEADS:,}.")
        use("cpu")
        model = load(model_of(model_path(self.model)))
        require_units(model)
        morphs = read_morphs(ict_folder(self.data), FACIAL_UNITS).morphs
        with progress_bar(desc="Making heads", total=self.heads) as bar:
            heads = own_heads(model, morphs, self.heads, lambda count: bar.update(count - bar.n))
        better, before, after = self._learn(model, heads)
        save(better, self.out)
        for name, (whole, across) in (("before", before), ("after", after)):
            print(f"unseen heads {name}: {whole:.3f} mm beside their goals, {across:.3f} mm of it across the surface")

    def _learn(self, model: HeadModel, heads: OwnHeads) -> tuple[HeadModel, Off, Off]:
        """Learn until the time is up, or Ctrl-C."""
        from facewright.train.expression_stage import taught

        stop = threading.Event()
        heard = signal.signal(signal.SIGINT, lambda *_: stop.set())
        seconds, begun = 60.0 * self.minutes, time.monotonic()

        def gone(_: int) -> float:
            return 1.0 if stop.is_set() else (time.monotonic() - begun) / seconds

        try:
            with progress_bar(desc="Learning", total=1000) as bar:
                return taught(model, heads, gone, lambda _: bar.update(int(1000 * gone(0)) - bar.n))
        finally:
            signal.signal(signal.SIGINT, heard)
