"""The state of a run on disk: tensors as safetensors, the rest as JSON in its header; no pickle.

A run's folder holds `config.json`, `events.jsonl`, `state.safetensors` (all that resuming needs), `model.safetensors`
(what the editor opens), `best.safetensors` (the model that unseen heads were nearest to, and how near they were) and,
until it is finished, a folder `pool` (sampled distances, a file for every four heads). Each is replaced whole, so that
a crash leaves the last good one. The state is written before the model; if a crash comes between the two, resuming
writes the model again, so that both are of the same step whenever a run is going. The best model may be of a later one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch

from facewright.core.errors import FacewrightError
from facewright.train.run.identity import config_hash
from facewright.train.sampling.head_buffer import GROUPS, HeadBuffer
from facewright.train.schedule import Spent
from facewright.train.state_file import load_state, save_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from torch import Tensor

    from facewright.train.trainer import Trainer

EVENTS, STATE, MODEL, BEST, POOL = (
    "events.jsonl",
    "state.safetensors",
    "model.safetensors",
    "best.safetensors",
    "pool",
)


def model_of(path: Path) -> Path:
    """The model file that a path means: itself, or that of a run's folder; FacewrightError if there is none in it."""
    if not path.is_dir():
        return path
    if not (path / MODEL).is_file():
        raise FacewrightError(f"{path} holds no {MODEL}: give the folder of a run that has a model, or a model file.")
    return path / MODEL


def save(trainer: Trainer, path: Path) -> None:
    """Write all that resuming needs; FacewrightError if it cannot be written, the last checkpoint is left then."""
    tensors: dict[str, Tensor] = {f"network.{k}": v for k, v in trainer.network.state_dict().items()}
    tensors |= {f"tables.{k}": v for k, v in trainer.tables.state_dict().items()}
    tensors |= {"generator": trainer.generator.get_state(), "template": trainer.heads.template}
    tensors["centroids"] = torch.from_numpy(trainer.identity.centroids)
    tensors["sums"] = torch.from_numpy(trainer.identity.sums)
    if trainer.buffer is not None:
        tensors |= {f"buffer.{k}": v for k, v in trainer.buffer.tensors().items()}
    tensors |= optimizer_tensors(trainer)
    schedule = trainer.schedule
    facts = {
        "phase": schedule.phase,
        "begun": asdict(schedule.begun),
        "warmed": asdict(schedule.warmed_from),
        "progress": trainer.progress,
        "device": trainer.device.type,
        "steps": trainer.steps,
        "seconds": trainer.seconds,
        "config": asdict(trainer.config),
        "config_hash": config_hash(trainer.config),
        "data": trainer.identity.facts,
        "data_hash": trainer.identity.hash,
    }
    save_state(path, tensors, facts)


def load_template(path: Path) -> np.ndarray:
    """The template (V, 3) float32, mm, of a saved state; FacewrightError if it has none, or as `load_state` says."""
    tensors, _ = load_state(path)
    if "template" not in tensors:
        raise _of_another_version(path)
    template: np.ndarray = tensors["template"].numpy()
    return template


def _of_another_version(path: Path) -> FacewrightError:
    return FacewrightError(f"{path} is of another version of Facewright: begin a new run.")


def restore(trainer: Trainer, path: Path) -> None:
    """Put a saved state in the place of a new trainer's own.

    Raises FacewrightError if it is missing or damaged, or of other data or another network.
    """
    tensors, facts = load_state(path)
    _require_finite(tensors, path)
    try:
        sums = tensors["sums"].numpy() if "sums" in tensors else None
        trainer.identity.require(facts["data"], tensors["centroids"].numpy(), sums, trainer.config.data)
        network = json.loads(json.dumps(asdict(trainer.config.network)))
        changed = [name for name, value in network.items() if facts["config"]["network"].get(name) != value]
        if changed:
            raise FacewrightError(
                f"The run was started with another network ({', '.join(changed)}): leave that as it was, or begin anew."
            )
        for module, prefix in ((trainer.network, "network."), (trainer.tables, "tables.")):
            module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        _restore_generator(trainer, tensors["generator"], facts)
        buffer = {k.removeprefix("buffer."): v for k, v in tensors.items() if k.startswith("buffer.")}
        if buffer and len(buffer["owner.rows"]) == GROUPS * HeadBuffer.group_size(trainer.config.heads):
            trainer.buffer = HeadBuffer.restored(trainer.heads, buffer, trainer.share)  # else another is drawn
        trainer.steps, trainer.seconds = facts["steps"], facts["seconds"]
        trainer.schedule.enter(facts["phase"], Spent(**facts["begun"]))
        trainer.schedule.warmed_from = Spent(**facts.get("warmed", facts["begun"]))  # older states tell steps alone
        if facts["progress"] >= 1.0 > trainer.progress:  # a finished run is to go on: its rates rise from the floor
            trainer.schedule.warmed_from = trainer.spent
        trainer.begin_phase()
        _restore_optimizer(trainer, tensors)
    except (KeyError, RuntimeError) as error:
        raise _of_another_version(path) from error


def _require_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise FacewrightError if a saved state has values that are no numbers, before anything is written from it."""
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise FacewrightError(
            f"{path} is damaged, some of its values are no longer numbers: put back a copy of it, or begin a new run "
            f"from {path.with_name(MODEL)} with --from."
        )


def optimizer_tensors(trainer: Trainer) -> dict[str, Tensor]:
    """The optimiser's moments and step counts, by the names of the weights that they are of."""
    state = trainer.optimizer.state
    return {
        f"optimizer.{name}.{kind}": value.clone() if kind == "step" else value  # one tensor counts for a whole group
        for name, parameter in trainer.network.named_parameters()
        for kind, value in state.get(parameter, {}).items()
    }


def _restore_optimizer(trainer: Trainer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` took."""
    for name, parameter in trainer.network.named_parameters():
        begin = f"optimizer.{name}."
        kept = {key.removeprefix(begin): t.to(parameter.device) for key, t in tensors.items() if key.startswith(begin)}
        if kept:
            trainer.optimizer.state[parameter] = kept


def _restore_generator(trainer: Trainer, state: Tensor, facts: Mapping[str, Any]) -> None:
    """Go on with the random numbers; on another kind of device, which has others, with new ones."""
    if facts["device"] == trainer.device.type:
        trainer.generator.set_state(state)
    else:
        trainer.generator.manual_seed(trainer.config.seed + facts["steps"])
