"""How a run ended, in plain words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facewright.editor.training.plain_words import in_window, too_short
from facewright.train.run.checkpoint import STATE

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.editor.training.record import Record

LOG = "log.txt"
"""What the training process writes on standard error, in the run's folder."""

INTERRUPTED = 130
"""Exit status of a command that was stopped before there was anything to keep."""

_TOLD = "error: "
"""What a command begins its last line with where it knows why it ends."""

_CAUSES = (
    (
        ("out of memory", "memoryerror", "not enough memory", "cannot allocate memory"),
        "Memory ran out: use fewer subjects, or fewer heads a step (Advanced), and close other programs.",
    ),
    (("no space left", "disk quota", "not enough space"), "The disk is full: make room, then resume."),
    (("cuda error", "device-side", "cudnn", "nvml"), "The GPU failed: resume, or train on the CPU."),
    (("modulenotfounderror", "importerror"), "Facewright is not installed completely: install it again."),
)  # fmt: skip
_KILLED = "Something ended it from outside. Systems do that when memory runs out: close other programs, then resume."


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    failed : whether it ended otherwise than it should; message : sentences for people; refused : whether it failed for
    a reason that it told, before it had learnt anything; enough : minutes that are, if it was too short.
    """

    failed: bool
    message: str
    refused: bool = False
    enough: int | None = None


_NOTHING_YET = Ending(False, "Training was stopped before its first step: there is nothing to keep yet.")


def explain(run: Path, record: Record, status: int | None) -> Ending:
    """Why the run in a folder is over, as its events, its log and its exit status tell.

    status : None if it crashed, was killed, or was another program's.
    """
    if record.ended and not status:
        if not record.step:
            return _NOTHING_YET
        done = record.progress >= 1.0
        return Ending(False, "Training is finished." if done else "Training was stopped, and what it learnt is kept.")
    if status == INTERRUPTED:
        return _NOTHING_YET
    reason = _reason(run)
    if last_lines(run)[-1:] == [_TOLD + reason] and not record.step and not (run / STATE).is_file():
        short = record.too_short
        return Ending(
            True,
            f"Training did not begin. {too_short(short) if short else in_window(reason, run)}",
            refused=True,
            enough=short.enough if short else None,
        )
    reason = in_window(reason, run)
    return Ending(True, f"Training ended too early. {reason} {_kept(run, record)}")


def last_lines(run: Path) -> list[str]:
    """The lines that the run's process wrote on standard error, none if there is no log."""
    try:
        return [line for line in (run / LOG).read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    except OSError:
        return []


def _reason(run: Path) -> str:
    lines = last_lines(run)
    if not lines:
        return _KILLED
    text = "\n".join(lines[-30:]).casefold()
    for words, reason in _CAUSES:
        if any(word in text for word in words):
            return reason
    last = lines[-1]
    if last.startswith(_TOLD):
        return last.removeprefix(_TOLD)
    return f"{last}. All it said is in {run / LOG}." if "Error" in last else _KILLED


def _kept(run: Path, record: Record) -> str:
    if not (run / STATE).is_file():
        return "There is no checkpoint yet: Resume begins anew."
    step = f" of step {record.saved:,}" if record.saved is not None else ""
    return f"The last checkpoint{step} is intact: Resume goes on from there."
