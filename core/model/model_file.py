"""Model files: safetensors with a JSON header. Nothing in one is ever executed."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import nn
from torch.overrides import TorchFunctionMode

from facewright.core.atomic_file import write_atomically
from facewright.core.device import current
from facewright.core.errors import FacewrightError
from facewright.core.input_file import parsed_json
from facewright.core.model.head_model import EARLIER, HeadModel
from facewright.core.model.latent_space import SPREAD_EDGES, LatentSpace
from facewright.core.model.registration import Registration
from facewright.core.model.template_mesh import TemplateMesh
from facewright.core.network.config import NetworkConfig
from facewright.core.network.frame import Frame
from facewright.core.network.network import Network
from facewright.core.parts import CODE_SIZES, CODES, PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = 1
_HEADER = "facewright"
_LATENT_FIELDS = ("mean", "components", "sigma")
_TEMPLATE_FIELDS = ("vertices", "faces", "part", "mirror", "uv", "uv_vertex", "uv_faces")
_MEMBRANE_FIELDS = ("membrane", "membrane_share")
"""Fields of a template's mesh that those of before there was a membrane do without."""
_REGISTRATION_FIELDS = ("vertices", "places")
_GROUPS: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("expressions", "spread", "source_spread", "points", "directions")}
    | {"facial_units": "units"}
)
"""Fields of a `HeadModel` that map names to arrays, and what they are called in files; models of before they were known
do without."""


BUNDLED: Mapping[str, str] = MappingProxyType({"people": "people", "adults": "facewright"})
"""Names of the models that ship with Facewright and what their files are called; the first opens first."""
FIRST = next(iter(BUNDLED))
"""The name of the model that opens first."""


def bundled_model(name: str = FIRST) -> Path:
    """Where a model that ships with Facewright lies; KeyError if there is none of that name."""
    return Path(str(files("facewright.resources"))) / "model" / f"{BUNDLED[name]}.safetensors"


def model_path(given: Path | None) -> Path:
    """The file of a model given on a command line: by its path, or by the name of a bundled one; none is the first."""
    if given is None or (str(given) in BUNDLED and not given.exists()):
        return bundled_model(str(given or FIRST))
    return given


def save(model: HeadModel, path: Path) -> None:
    """Write a model file; an existing one is replaced only once the new one is complete.

    Raises FacewrightError if the path cannot be written.
    """
    tensors = {f"network.{name}": _stored(name, tensor) for name, tensor in model.network.state_dict().items()}
    for code in CODES:
        for name in _LATENT_FIELDS:
            tensors[f"latent.{code}.{name}"] = torch.from_numpy(getattr(model.latent[code], name))
        tensors[f"mirror.{code}"] = torch.from_numpy(model.mirror[code])
    for field, group in _GROUPS.items():
        tensors |= {f"{group}.{name}": torch.from_numpy(value) for name, value in getattr(model, field).items()}
    if model.template:
        fields = (*_TEMPLATE_FIELDS, *_MEMBRANE_FIELDS)
        tensors |= {f"template.{name}": torch.from_numpy(getattr(model.template, name)) for name in fields}
    if model.registration:
        tensors |= {
            f"registration.{name}": torch.from_numpy(getattr(model.registration, name)) for name in _REGISTRATION_FIELDS
        }
    header = {
        "format_version": FORMAT_VERSION,
        "name": model.name,
        "network": dataclasses.asdict(model.network.config),
        "frame": dataclasses.asdict(model.frame),
        "bounds_mm": np.asarray(model.bounds_mm).tolist(),
        "metadata": dict(model.metadata),
        "template_landmarks": dict(model.template.landmarks) if model.template else {},
        "registered_topology": model.registration.topology if model.registration else "",
    }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    write_atomically(path, to_bytes(contiguous, metadata={_HEADER: json.dumps(header)}))


def _stored(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """A weight as it is written: the HyperNets, 98 % of the file, in half precision.

    That moves the bundled model's surface by 0.0015 mm on average and 0.007 mm at most.
    """
    return (tensor.half() if ".hypernet." in name else tensor).cpu()


def load(path: Path, device: torch.device | None = None) -> HeadModel:
    """Read a model file onto `device`, by default the one in use (`core.device`).

    Raises FacewrightError if it is missing, truncated, damaged, not Facewright's, or of a newer format.
    """
    header, tensors = _read(path)
    try:
        x, y, z = map(float, header["frame"]["centre_mm"])
        model = HeadModel(
            name=str(header["name"]),
            network=_network(header["network"], tensors).to(device or current()),
            frame=Frame((x, y, z), float(header["frame"]["radius_mm"])),
            bounds_mm=np.asarray(header["bounds_mm"], dtype=np.float32).reshape(2, 3),
            latent={
                code: LatentSpace(*(tensors[f"latent.{code}.{name}"].numpy() for name in _LATENT_FIELDS))
                for code in CODES
            },
            mirror={code: tensors[f"mirror.{code}"].numpy() for code in CODES},
            metadata=_metadata(header["metadata"]),
            template=_template(header, tensors),
            registration=_registration(header, tensors),
            **{field: _named(tensors, group) for field, group in _GROUPS.items()},
        )
        sound = _is_sound(model)
    except FacewrightError:
        raise
    except Exception as error:  # whatever torch and numpy make of what is missing or contradicts itself
        raise _damaged(path) from error
    if not sound:
        raise _damaged(path)
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise FacewrightError(f"{path} holds numbers that are not finite: the training that wrote it went wrong.")
    return model


def _damaged(path: Path) -> FacewrightError:
    return FacewrightError(f"{path} is damaged or incomplete: copy or download the model file again.")


def _metadata(record: Any) -> dict[str, object]:
    """What a header tells of the training; ValueError if it is not what the program reads in it."""
    lists = [record.get(name, []) for name in ("expressions", EARLIER)]
    if not isinstance(record, dict) or not all(isinstance(names, list) for names in lists):
        raise ValueError("the metadata are none")
    if not all(isinstance(name, str) for names in lists for name in names):
        raise ValueError("the name of an expression or a model is none")
    return record


def _network(sizes: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Network:
    """The network of those sizes with a file's weights; nothing is allocated for sizes that are not the weights'."""
    config = NetworkConfig(**{"sdf_omega": sizes["omega"], **sizes})  # the first files had one ω₀ for both
    if config.layers > len(tensors):
        raise ValueError("there are more layers than tensors")
    with torch.device("meta"), _NothingDrawn():
        network = Network(config)
    prefix = "network."
    weights = {k.removeprefix(prefix): v.float() for k, v in tensors.items() if k.startswith(prefix)}
    network.load_state_dict(weights, assign=True)
    return network


class _NothingDrawn(TorchFunctionMode):
    """Leaves weights without their first values: torch imports its compiler to draw them where there is no memory."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call a function of torch, unless it draws a tensor's values: then that tensor as it is."""
        given = kwargs or {}
        if function in (nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_):
            return next(iter((*args, *given.values())))
        return function(*args, **given)


def _is_sound(model: HeadModel) -> bool:
    """Whether a model's arrays have the shapes and types that `HeadModel` tells, and its lengths are some."""
    low, high = model.bounds_mm
    lengths = [*model.frame.centre_mm, model.frame.radius_mm, *low, *high]
    lengths += [model.network.config.omega, model.network.config.sdf_omega]
    arrays: list[tuple[np.ndarray, tuple[int, ...]]] = [(at, (3,)) for at in model.points.values()]
    for code, space in model.latent.items():
        size, count = CODE_SIZES[code], len(space)
        arrays += [(space.mean, (size,)), (space.components, (count, size)), (space.sigma, (count,))]
        arrays.append((model.mirror[code], (size, size)))
        if model.spread:
            arrays.append((model.spread[code], (count, len(SPREAD_EDGES) - 1)))
        for source in model.sources:
            arrays.append((model.source_spread[f"{source}.{code}"], (count, len(SPREAD_EDGES) - 1)))
    arrays += [
        (code, (CODE_SIZES["expression"],)) for code in (*model.expressions.values(), *model.facial_units.values())
    ]
    size = sum(CODE_SIZES[part] for part in PARTS)
    arrays += [(direction, (size,)) for direction in model.directions.values()]
    if model.template:
        mesh = model.template
        arrays += [(array, array.shape) for array in (mesh.vertices, mesh.uv, mesh.membrane_share)]
    if model.registration:
        arrays.append((model.registration.places, (len(model.registration.vertices), 3)))
    return bool(
        np.isfinite(lengths).all()
        and model.frame.radius_mm > 0.0
        and (low < high).all()
        and all((space.sigma > 0.0).all() for space in model.latent.values())
        and (model.registration is None or _ascending(model.registration.vertices))
        and all(array.shape == shape and array.dtype == np.float32 for array, shape in arrays)
    )


def _template(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> TemplateMesh | None:
    """The template's mesh, if the file has one."""
    if "template.vertices" not in tensors:
        return None
    optional = [name for name in _MEMBRANE_FIELDS if f"template.{name}" in tensors]
    return TemplateMesh(
        landmarks={str(name): int(vertex) for name, vertex in header["template_landmarks"].items()},
        **{name: tensors[f"template.{name}"].numpy() for name in (*_TEMPLATE_FIELDS, *optional)},
    )


def _registration(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Registration | None:
    """Where training had its heads' vertices, if the file tells."""
    if "registration.places" not in tensors:
        return None
    arrays = (tensors[f"registration.{name}"].numpy() for name in _REGISTRATION_FIELDS)
    return Registration(str(header["registered_topology"]), *arrays)


def _ascending(vertices: np.ndarray) -> bool:
    """Whether an array is of some vertices (n,) int32, each once and in their order."""
    of_vertices = vertices.ndim == 1 and len(vertices) > 0 and vertices.dtype == np.int32
    return of_vertices and bool(vertices[0] >= 0 and (np.diff(vertices) > 0).all())


def _named(tensors: dict[str, torch.Tensor], group: str) -> dict[Any, np.ndarray]:
    """The arrays of an optional field."""
    prefix = f"{group}."
    return {name.removeprefix(prefix): t.numpy() for name, t in tensors.items() if name.startswith(prefix)}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Header and tensors of a model file."""
    if not path.is_file():
        raise FacewrightError(f"There is no model file at {path}: check the path.")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_HEADER)
            if text is None:
                raise FacewrightError(
                    f"{path} is not a Facewright model: choose a file that Facewright's training wrote."
                )
            header = parsed_json(text.encode())
            version = header["format_version"]
            if version > FORMAT_VERSION:
                raise FacewrightError(
                    f"{path} has model format {version}, newer than this Facewright reads ({FORMAT_VERSION}): "
                    "update Facewright."
                )
            # Copies: a tensor of safetensors' own is the file itself, which Windows lets nobody replace meanwhile.
            return header, {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise FacewrightError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise FacewrightError(
            f"{path} is not a model file or is damaged: choose a file that Facewright's training wrote."
        ) from error
