"""Where models are evaluated: the device that a person names, the best one by default, and what is said if it fails."""

from __future__ import annotations

import re
import warnings
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel

AUTOMATIC = "auto"
"""The name of no device: CUDA where there is one, else Apple's MPS, else the CPU."""

CPU = torch.device("cpu")
_NAMES = re.compile(r"cpu|mps|cuda(:\d+)?")
_INSTEAD = "choose another one, such as cpu"

_used: torch.device | None = None


class DeviceUnavailable(FacewrightError):
    """A device that was asked for cannot be used: the message says why, and what to do."""


class DeviceLost(FacewrightError):
    """A device failed while a model was evaluated on it, or has too little memory for that.

    The message is for people, one sentence that says what failed; the error that it comes from is its cause (`raise
    DeviceLost(...) from error`). Whoever asked for the evaluation may ask for it again on the CPU, on a model that
    `moved` there before: what lies on a lost device may not be read any more.
    """


def use(name: str = AUTOMATIC) -> torch.device:
    """Evaluate on the device of that name from now on: what `current` says. As `choose`, which see."""
    global _used
    _used = choose(name)
    return _used


def current() -> torch.device:
    """The device in use: that of the last `use`, or else the best there is."""
    return _used or best()


def best() -> torch.device:
    """CUDA where it can be used, else Apple's MPS, else the CPU."""
    if cuda_trouble() is None:
        return torch.device("cuda", 0)
    return torch.device("mps", 0) if torch.backends.mps.is_available() else CPU


def choose(name: str = AUTOMATIC) -> torch.device:
    """The device of a name: auto, cpu, cuda, cuda:1 and so on, or mps; what tensors there say they are on.

    Raises DeviceUnavailable if there is no such device, or it does not work.
    """
    if name == AUTOMATIC:
        return best()
    if not _NAMES.fullmatch(name):
        raise DeviceUnavailable(f"{name!r} is not a device: choose auto, cpu, cuda, cuda:1 (the second GPU) or mps.")
    device = torch.device(name)
    if device.type == "cuda" and (trouble := cuda_trouble()):
        raise DeviceUnavailable(f"{name} cannot be used, for {trouble}: {_INSTEAD}.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        last = torch.cuda.device_count() - 1
        raise DeviceUnavailable(f"There is no {name}, the last GPU here is cuda:{last}: {_INSTEAD}.")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceUnavailable(f"mps cannot be used, for there is no Apple GPU that PyTorch can use: {_INSTEAD}.")
    try:
        tried = torch.zeros(1, device=device).add_(1.0)
        tried.cpu()  # waits for it
        return tried.device
    except RuntimeError as error:
        raise DeviceUnavailable(f"{name} cannot be used ({first_words(error)}): {_INSTEAD}.") from error


def names() -> list[str]:
    """The names of the devices of this machine, the best first, the CPU last; none is woken for it."""
    cuda = [] if cuda_trouble() else [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return [*cuda, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def cuda_trouble() -> str | None:
    """Why CUDA, or AMD's ROCm, cannot be used, to go on "for …"; None if it can."""
    if torch.version.cuda is None and torch.version.hip is None:
        return "PyTorch is installed without it (pytorch.org has one with)"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        if torch.cuda.is_available():
            return None
    if told:  # that the driver is too old, in most cases
        return f"its driver does not work ({first_words(told[0].message)})"
    return "there is no GPU that it can use, or no driver for one"


def moved(model: HeadModel, device: torch.device) -> HeadModel:
    """The same model on another device; the one given stays where it is.

    Raises DeviceUnavailable if the other device has no room for it or has failed, or this one cannot be read.
    """
    try:
        return replace(model, network=deepcopy(model.network).to(device))
    except RuntimeError as error:
        raise DeviceUnavailable(f"The model cannot be moved to {device} ({first_words(error)}): {_INSTEAD}.") from error


def first_words(error: object) -> str:
    """The first sentence of what torch says, which may be pages long, without its full stop."""
    return re.split(r"\.\s|\n", str(error).strip())[0].rstrip(".")
