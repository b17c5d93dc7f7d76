"""A trained model as the rest of the program sees it: millimetres and σ in, a field out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.field.field import Field
from facewright.core.parts import CODES, PARTS, CodeName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.latent_space import LatentSpace
    from facewright.core.model.registration import Registration
    from facewright.core.model.template_mesh import TemplateMesh
    from facewright.core.network.frame import Frame
    from facewright.core.network.network import Network
    from facewright.core.parameters import Parameters

EARLIER = "earlier"
"""In a model's metadata: the fingerprints of the models in whose place it is."""


@dataclass(frozen=True, eq=False)
class HeadModel:
    """A trained network with its frame, the distribution of its codes and what is known about it.

    Two are the same if they are one object: what takes a while to find of a model is kept by it.

    name : for people; network : in evaluation mode, on its device; latent : each code's principal
    components over the training heads; mirror : per code, (d, d) float32, code @ mirror is the code of the
    mirrored head; bounds_mm : (2, 3) float32, head frame, a box that holds every head of the model;
    metadata : training data, licence, credit, unit, metrics, as in the file's header;
    expressions : the mean code (d,) float32 of each training expression by name, neutral left out; spread : per code,
    (k, len(SPREAD_EDGES) - 1) float32, the share of the training heads between those edges along each component;
    source_spread : by SOURCE.CODE, the same for the heads of one of several sources alone; points : the anthropometric
    landmarks on the template by name, (3,) float32, mm, head frame; facial_units : the code (d,) float32 of each
    facial unit (`facewright.core.facial_units`) at strength 1, of which expressions are sums; directions : changes
    (`facewright.core.directions.SIZE`,) float32 of all parts' codes by the label that they go with. The last six are
    empty where the training did not tell. template : the mesh that gives all heads the same topology, if one was made;
    registration : where training had its heads' vertices on the template, if it told.
    """

    name: str
    network: Network
    frame: Frame
    bounds_mm: np.ndarray
    latent: Mapping[CodeName, LatentSpace]
    mirror: Mapping[CodeName, np.ndarray]
    metadata: Mapping[str, object] = field(default_factory=dict)
    expressions: Mapping[str, np.ndarray] = field(default_factory=dict)
    spread: Mapping[CodeName, np.ndarray] = field(default_factory=dict)
    source_spread: Mapping[str, np.ndarray] = field(default_factory=dict)
    points: Mapping[str, np.ndarray] = field(default_factory=dict)
    facial_units: Mapping[str, np.ndarray] = field(default_factory=dict)
    directions: Mapping[str, np.ndarray] = field(default_factory=dict)
    template: TemplateMesh | None = None
    registration: Registration | None = None

    def __post_init__(self) -> None:
        """Freeze the mappings and put the network into evaluation mode."""
        for name in (
            "latent",
            "mirror",
            "metadata",
            "expressions",
            "spread",
            "source_spread",
            "points",
            "facial_units",
            "directions",
        ):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        self.network.eval().requires_grad_(False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the weights and what gives coefficients their meaning; a new name leaves it as it is."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.network.state_dict().items()):
            digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
        for code in CODES:
            space = self.latent[code]
            for array in (space.mean, space.components, space.sigma):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Its own, and those of the models in whose place it is: coefficients of them mean the same in it."""
        earlier = self.metadata.get(EARLIER, ())
        return self.fingerprint, *(earlier if isinstance(earlier, list) else ())

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the several sources of the training heads whose spread is known; empty where there was one."""
        return tuple(dict.fromkeys(name.rpartition(".")[0] for name in self.source_spread))

    def spread_of(self, code: CodeName, source: str = "") -> np.ndarray | None:
        """`spread` of a code, of one source's heads alone if it is one of `sources`; None where it is not known."""
        alone = self.source_spread.get(f"{source}.{code}")
        return self.spread.get(code) if alone is None else alone

    @property
    def components(self) -> dict[CodeName, int]:
        """How many principal components each code has."""
        return {code: len(self.latent[code]) for code in CODES}

    @property
    def people_components(self) -> dict[CodeName, int]:
        """How many of them people differ in: the last one of each part tells several sources of heads apart."""
        apart = len(self.sources) > 1
        return {code: count - (apart and code in PARTS) for code, count in self.components.items()}

    @property
    def device(self) -> torch.device:
        """Where the network is evaluated."""
        return next(self.network.parameters()).device

    def codes(self, parameters: Parameters) -> dict[CodeName, torch.Tensor]:
        """The latent codes (1, d) float32 at the coefficients of a head, on the model's device.

        Raises ValueError if the head has coefficients for components that this model lacks.
        """
        return {
            code: torch.from_numpy(self.latent[code].code(parameters.code(code)))[None].to(self.device)
            for code in CODES
        }

    def field(self, parameters: Parameters, like: Field | None = None) -> Field:
        """The signed distance field of one head.

        like : another field of this model, from which what is the same is taken instead of running its HyperNets.
        """
        return Field(self.network, self.frame, self.codes(parameters), like)
