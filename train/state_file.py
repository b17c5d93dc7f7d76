"""Tensors and JSON facts in one file, written whole: safetensors, with the facts in its header; no pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import parsed_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor


def save_state(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and JSON facts; FacewrightError if the path cannot be written."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, to_bytes(contiguous, metadata={"state": json.dumps(facts)}))


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts of a saved state; FacewrightError if it is missing or damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = parsed_json((file.metadata() or {})["state"].encode())
            # Copies: safetensors' own are the file itself, which Windows lets nobody replace while moments are in use.
            return {name: file.get_tensor(name).clone() for name in file.keys()}, facts  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise FacewrightError(f"{path} is not the saved state of a training run: give the run's folder.") from error
