"""Project files, `.facewright`: a zip of JSON and one array. Nothing in one is ever executed.

`project.json` holds the model's name and fingerprint, the history, the index of its current step and the view;
heads are rows of `parameters.npy`, (heads, coefficients) float64 in σ, the codes side by side in the order and of
the widths that the JSON names.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from core.atomic_file import write_atomically
from core.errors import FacewrightError
from core.parameters import Parameters
from core.parts import CODES
from core.project import Blend, EditState, Project, Step, Variant

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
SUFFIX = ".facewright"
_JSON, _ARRAY = "project.json", "parameters.npy"
_KIND = "Facewright project"
_MOST_BYTES = 512 * 2**20
"""How large either member may be unpacked: far more than any history fills, far less than a zip bomb."""

_DAMAGE = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError),  # what is missing or contradicts itself
    *(EOFError, RuntimeError, MemoryError, zlib.error),  # what cannot be unpacked
)


def save(project: Project, path: Path) -> None:
    """Write a project file; an existing one is replaced only once the new one is complete.

    Raises FacewrightError if the path cannot be written.
    """
    write_atomically(path, to_bytes(project))


def to_bytes(project: Project) -> bytes:
    """A project as the content of its file."""
    heads = _Heads()
    record = {
        "kind": _KIND,
        "format_version": FORMAT_VERSION,
        "model": {"name": project.model_name, "fingerprint": project.fingerprint},
        "steps": [{"text": step.text, **_state_record(step.state, heads)} for step in project.steps],
        "current": project.current,
        "view": dict(project.view),
    }
    rows, widths = heads.table()
    array, packed = io.BytesIO(), io.BytesIO()
    np.save(array, rows, allow_pickle=False)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(_JSON, json.dumps({**record, "widths": widths}, indent=1))
        file.writestr(_ARRAY, array.getvalue())
    return packed.getvalue()


def load(path: Path) -> Project:
    """Read a project file.

    Raises FacewrightError if it is missing, truncated, damaged, not a project, or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as file:
            record = json.loads(_member(file, _JSON))
            _check_format(record, path)
            rows = np.load(io.BytesIO(_member(file, _ARRAY)), allow_pickle=False)
        return _project(record, _heads(rows, record["widths"]))
    except FileNotFoundError as error:
        raise FacewrightError(f"There is no project file at {path}: check the path.") from error
    except OSError as error:
        raise FacewrightError(f"{path} cannot be read: {error.strerror or error}.") from error
    except FacewrightError:
        raise
    except zipfile.BadZipFile as error:
        raise FacewrightError(
            f"{path} is not a Facewright project or is cut short: choose a file that Facewright saved."
        ) from error
    except _DAMAGE as error:
        raise FacewrightError(f"{path} is damaged: open an older copy of it, if there is one.") from error


def _check_format(record: Any, path: Path) -> None:
    if not isinstance(record, dict) or record.get("kind") != _KIND:
        raise FacewrightError(f"{path} is not a Facewright project: choose a file that Facewright saved.")
    version = record["format_version"]
    if version > FORMAT_VERSION:
        raise FacewrightError(
            f"{path} has project format {version}, newer than this Facewright reads ({FORMAT_VERSION}): "
            "update Facewright."
        )


def _member(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > _MOST_BYTES:
        raise ValueError(f"{name} is too large")
    return file.read(name)


class _Heads:
    """Every different head once, by number."""

    def __init__(self) -> None:
        self._rows: dict[Parameters, int] = {}

    def row(self, parameters: Parameters) -> int:
        """The number of a head."""
        return self._rows.setdefault(parameters, len(self._rows))

    def table(self) -> tuple[np.ndarray, dict[str, int]]:
        """All heads (n, coefficients) float64, and how many of the columns each code has."""
        widths: dict[str, int] = {code: max((len(head.code(code)) for head in self._rows), default=0) for code in CODES}
        rows = np.zeros((len(self._rows), sum(widths.values())))
        for row, head in zip(rows, self._rows, strict=True):
            start = 0
            for code in CODES:
                values = head.code(code)
                row[start : start + len(values)] = values
                start += widths[code]
        return rows, widths


def _heads(rows: np.ndarray, widths: dict[str, int]) -> list[Parameters]:
    """The heads of a table."""
    ends = np.cumsum([widths[code] for code in CODES])
    if rows.ndim != 2 or rows.shape[1] != ends[-1] or min(widths.values()) < 0:
        raise ValueError("the table does not have the columns it should have")
    columns = np.split(rows.astype(np.float64), ends[:-1], axis=1)
    coded = [dict(zip(CODES, values, strict=True)) for values in zip(*columns, strict=True)]
    try:
        return [Parameters(**{code: tuple(values.tolist()) for code, values in head.items()}) for head in coded]
    except FacewrightError as error:
        raise ValueError(str(error)) from error


def _state_record(state: EditState, heads: _Heads) -> dict[str, Any]:
    return {
        "variants": [_variant_record(variant, heads) for variant in state.variants],
        "active": state.active,
        "locked": sorted(state.locked),
        "landmarks": {name: list(place) for name, place in state.landmarks.items()},
    }


def _variant_record(variant: Variant, heads: _Heads) -> dict[str, Any]:
    record: dict[str, Any] = {"name": variant.name, "head": heads.row(variant.parameters)}
    if variant.blend:
        record["blend"] = {
            "first": _variant_record(variant.blend.first, heads),
            "second": _variant_record(variant.blend.second, heads),
            "weights": dict(zip(CODES, variant.blend.weights, strict=True)),
        }
    return record


def _project(record: dict[str, Any], heads: list[Parameters]) -> Project:
    return Project(
        model_name=str(record["model"]["name"]),
        fingerprint=str(record["model"]["fingerprint"]),
        steps=tuple(Step(str(entry["text"]), _state(entry, heads)) for entry in record["steps"]),
        current=int(record["current"]),
        view=dict(record["view"]),
    )


def _state(record: dict[str, Any], heads: list[Parameters]) -> EditState:
    locked = frozenset(code for code in CODES if code in record["locked"])
    landmarks = {str(name): _place(place) for name, place in record.get("landmarks", {}).items()}
    return EditState(tuple(_variant(v, heads) for v in record["variants"]), int(record["active"]), locked, landmarks)


def _place(record: Any) -> tuple[float, float, float]:
    x, y, z = (float(number) for number in record)
    if not np.isfinite([x, y, z]).all():
        raise ValueError("a landmark is nowhere")
    return x, y, z


def _variant(record: dict[str, Any], heads: list[Parameters]) -> Variant:
    blend = record.get("blend")
    return Variant(str(record["name"]), _head(record, heads), _blend(blend, heads) if blend else None)


def _blend(record: dict[str, Any], heads: list[Parameters]) -> Blend:
    first, second = (Variant(str(r["name"]), _head(r, heads)) for r in (record["first"], record["second"]))
    weights = tuple(float(record["weights"][code]) for code in CODES)
    if not all(0.0 <= weight <= 1.0 for weight in weights):
        raise ValueError("a blend's weight is out of range")
    return Blend(first, second, weights)


def _head(record: dict[str, Any], heads: list[Parameters]) -> Parameters:
    row = int(record["head"])
    if row < 0:
        raise ValueError("a head has no row")
    return heads[row]
