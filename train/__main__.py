"""python -m train run: train a model on registered heads."""

from __future__ import annotations

import dataclasses
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from core.errors import FacewrightError
from train.checkpoint import CONFIG
from train.config import TrainConfig
from train.events import JsonLines, ProgressBar
from train.loop import train


@dataclass(frozen=True)
class Run:
    """Train a model.

    Ctrl-C, or a line `stop` on standard input with --json, ends the run after the current step and saves it.
    """

    config: Annotated[tyro.conf.OmitArgPrefixes[TrainConfig | None], tyro.conf.arg(name="")] = None
    out: Path | None = None
    resume: Path | None = None
    json: bool = False
