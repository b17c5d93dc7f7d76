"""The state of a run on disk: tensors as safetensors, the rest as JSON in its header; no pickle.

A run's folder holds `config.json`, `events.jsonl`, `state.safetensors` (all that resuming needs) and
`model.safetensors` (what the editor opens). Both are replaced whole, so that a crash leaves the last good one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from core.atomic_file import write_atomically
from core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

CONFIG, EVENTS, STATE, MODEL = "config.json", "events.jsonl", "state.safetensors", "model.safetensors"


def save_state(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and JSON facts; FacewrightError if the path cannot be written."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, to_bytes(contiguous, metadata={"state": json.dumps(facts)}))


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts of a saved state; FacewrightError if it is missing or damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {})["state"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise FacewrightError(f"{path} is not the saved state of a training run: give the run's folder.") from error


def optimizer_tensors(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """An optimiser's moments and step counts as named tensors."""
    state = optimizer.state_dict()["state"]
    return {
        f"{prefix}.{index}.{name}": torch.as_tensor(value)
        for index, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, prefix: str, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` took."""
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        if name.startswith(f"{prefix}."):
            index, key = name.removeprefix(f"{prefix}.").split(".")
            is_count = isinstance(optimizer, torch.optim.SparseAdam) and key == "step"
            state.setdefault(int(index), {})[key] = int(tensor) if is_count else tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
