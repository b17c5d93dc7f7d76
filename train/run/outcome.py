"""What a run gives: the model as it stands, for the editor."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.model.head_model import EARLIER, HeadModel
from facewright.core.model.registration import Registration
from facewright.core.network.network import Network
from facewright.train.codes import expression_codes, latent_spaces, mirror_maps, source_spreads, spreads
from facewright.train.data.expressions import NEUTRAL, RECIPES, recipe_matrix, unit_codes
from facewright.train.directions import label_directions
from facewright.train.run.identity import config_hash

if TYPE_CHECKING:
    from facewright.train.data.heads import HeadSet
    from facewright.train.fine_tune import Start
    from facewright.train.trainer import Trainer

HELD_OUT = "held_out_mm"
"""In the metadata of a run's best model: its mean error on unseen heads, mm. So file and figure always agree."""


def head_model(trainer: Trainer) -> HeadModel:
    """The model of a run as it stands."""
    network = Network(trainer.config.network).to(trainer.device)
    network.load_state_dict(trainer.network.state_dict())
    if trainer.start:
        return _fine_tuned(trainer, trainer.start, network)
    heads, latent = trainer.head_set, latent_spaces(trainer.tables, trainer.head_set.members)
    template = trainer.heads.template.cpu().numpy()
    expressions, units = _expressions(trainer)
    return HeadModel(
        name=f"{heads.name}, {len(heads.subjects)} subjects",
        network=network,
        frame=trainer.frame,
        bounds_mm=trainer.heads.bounds_mm(),
        latent=latent,
        mirror=mirror_maps(trainer.tables),
        metadata={
            "data": heads.name,
            "licence": heads.licence,
            "credit": heads.credit,
            "unit": "mm",
            "true_scale": heads.true_scale,
            "subjects": len(heads.subjects),
            "sources": [member.name for member in heads.members] or [heads.name],
            "subjects_of_each": trainer.config.subjects,
            "people": asdict(trainer.config.people),
            "expressions": list(expressions),
            **_record(trainer),
        },
        expressions=expressions,
        facial_units=units,
        directions=label_directions(trainer.tables, heads.labels),
        spread=spreads(trainer.tables, latent),
        source_spread=source_spreads(trainer.tables, latent, heads.members),
        points={name: template[vertex] for name, vertex in heads.surface.points.items()},
        registration=registration(heads),
    )


def registration(heads: HeadSet) -> Registration:
    """Where the vertices of training heads lie on the template of training."""
    own = heads.surface.sources >= 0
    places = heads.symmetric_mean[own].astype(np.float32)
    return Registration(heads.anatomy.name, heads.surface.sources[own].astype(np.int32), places)


def added(model: HeadModel, trainer: Trainer) -> list[str]:
    """What other commands wrote into a run's model that it does not have of itself, in words.

    A run from a model keeps that one's template, and so its mesh; otherwise a mesh fits the steps that it was made of.
    """
    words = []
    if model.template and not (trainer.start and trainer.start.model.template):
        words.append("its template mesh")
    if EARLIER in model.metadata and not trainer.start:
        words.append("the expressions that it was taught")
    if "metrics" in model.metadata:
        words.append("its recorded figures")
    return words


def _expressions(trainer: Trainer) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The codes of named expressions, and of units where every subject had sums of these of its own.

    Then the named ones are the benchmark's, as sums of units: presets for a person to choose from.
    """
    heads = trainer.head_set
    if heads.facial_units is None:
        return expression_codes(trainer.tables, heads.expressions), {}
    table = trainer.tables.table("expression")  # every second subject row is a mirror image
    count = len(heads.subjects)
    own = table.reshape(count, 2, len(heads.expressions) - 1, -1)[:, 0].reshape(-1, table.shape[1])
    codes = unit_codes(own, heads.facial_units[:, 1:].reshape(len(own), -1))
    named = dict(zip(RECIPES, recipe_matrix(FACIAL_UNITS) @ codes, strict=True))
    named.pop(NEUTRAL)
    return named, dict(zip(FACIAL_UNITS, codes, strict=True))


def _fine_tuned(trainer: Trainer, start: Start, network: Network) -> HeadModel:
    """The model that the run started from, with its fields as they are now.

    Coefficients mean what they did, so that a head of the one can be shown in the other; so do template and frame.
    """
    model, heads = start.model, trainer.head_set
    both = np.stack([model.bounds_mm, trainer.heads.bounds_mm()])
    tuned = {"data": heads.name, "licence": heads.licence, "credit": heads.credit, "subjects": len(heads.subjects)}
    return HeadModel(
        name=f"{model.name}, fine-tuned on {len(heads.subjects)} of {heads.name}",
        network=network,
        frame=model.frame,
        bounds_mm=np.stack([both[:, 0].min(axis=0), both[:, 1].max(axis=0)]),
        latent=model.latent,
        mirror=model.mirror,
        metadata={
            **{name: value for name, value in model.metadata.items() if name not in ("metrics", HELD_OUT)},
            "fine_tuned": {"from": model.name, **tuned},
            **_record(trainer),
        },
        expressions={**model.expressions, **_expressions(trainer)[0]},
        directions=model.directions,
        facial_units={**model.facial_units, **_expressions(trainer)[1]},
        spread=model.spread,
        source_spread=model.source_spread,
        points=model.points,
        template=model.template,
        registration=model.registration,
    )


def _record(trainer: Trainer) -> dict[str, object]:
    """How long it was trained, and of what configuration and data it is."""
    return {
        "steps": trainer.steps,
        "minutes": round(trainer.seconds / 60.0, 1),
        "device": str(trainer.device),
        "config_hash": config_hash(trainer.config),
        "data_hash": trainer.identity.hash,
    }
