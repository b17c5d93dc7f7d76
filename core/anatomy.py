"""The anatomy of one mesh topology: its parts, landmarks, mirror pairs and what closes its surface.

Every field speaks of *source* vertices: indices into the meshes of the data set the anatomy was made for.
Faces and texture coordinates are left out on purpose: they belong to the data set and come from its files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import MOST_JSON_BYTES, file_bytes, parsed_json
from facewright.core.parts import CODES, COMPONENTS, LANDMARKS_PER_STAGE, CodeName

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2
"""Version of the JSON layout. Files of format 1 are read too: their scale is true, their topology symmetric."""

_PARTS_OF_COMPONENTS = {name: part for part, names in COMPONENTS.items() for name in names}

REMAINDER = "remainder"
"""What an opening is a part of that lies in no component."""


@dataclass(frozen=True)
class Component:
    """One connected piece of a part: the nose, the mouth, either eye.

    vertices : (n,) int64, the piece itself, rim included; rim : (r,) int64, those of them that share a face
    with the skin round the piece; collar : (c,) int64, the skin round the piece that a graft may bend, in no part.
    """

    name: str
    part: CodeName
    vertices: np.ndarray
    rim: np.ndarray
    collar: np.ndarray


@dataclass(frozen=True)
class Opening:
    """A slit in the skin between two margins, closed by a membrane that joins them.

    component : its name, or `REMAINDER`; upper, lower : (k,) int64, the margins' vertices from the subject's right to
    the left, paired by position; they may share the vertex at an end;
    eyeball : (s,) int64, vertices on the sphere that the membrane lies on, empty where it is flat.
    """

    component: str
    upper: np.ndarray
    lower: np.ndarray
    eyeball: np.ndarray


@dataclass(frozen=True)
class Closing:
    """What makes the skin a closed surface.

    skin : first vertex of the skin and the one after its last; hidden : (h,) int64, skin vertices that are left
    out with their faces (the folds behind lids and lips); neck_point, neck_normal : (3,) float64, mm, the plane
    that cuts the neck of the neutral mesh, its normal away from the head.
    """

    skin: tuple[int, int]
    hidden: np.ndarray
    openings: tuple[Opening, ...]
    neck_point: np.ndarray
    neck_normal: np.ndarray


@dataclass(frozen=True)
class Anatomy:
    """Parts, landmarks and closing of one topology of `vertex_count` vertices, `mm_per_unit` mm to its unit.

    true_scale : whether the data set's lengths are real; where not, mm_per_unit makes heads of about human size;
    landmarks : five vertices for each stage of the cascade; points : vertices of the anthropometric landmarks by
    name (Farkas 1981; `_l` and `_r` are the subject's left and right); mirror : (skin,) int64, each skin vertex's
    twin across x = 0, as offsets from the skin's first vertex; none at all where the faces are not symmetric.
    """

    name: str
    vertex_count: int
    unit: str
    mm_per_unit: float
    true_scale: bool
    components: tuple[Component, ...]
    landmarks: Mapping[CodeName, tuple[int, ...]]
    points: Mapping[str, int]
    mirror: np.ndarray
    closing: Closing

    def save(self, path: Path) -> None:
        """Write the JSON file; FacewrightError if the path cannot be written."""
        record = {"format": FORMAT, **_plain(self)}
        lines = [f" {json.dumps(key)}: {json.dumps(value, separators=(', ', ':'))}" for key, value in record.items()]
        write_atomically(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def bundled_anatomy(name: str) -> Anatomy:
    """The anatomy of that name among the program's resources, such as `ict_facekit`."""
    return _parse(resources.files("facewright.resources").joinpath("anatomy", f"{name}.json").read_bytes(), name)


def load_anatomy(path: Path) -> Anatomy:
    """Read an anatomy file; FacewrightError if it is missing, not an anatomy, of another format or inconsistent."""
    try:
        data = file_bytes(path, MOST_JSON_BYTES)
    except OSError as error:
        raise FacewrightError(f"The anatomy file {path} cannot be read ({error.strerror}): check the path.") from error
    return _parse(data, str(path))


def _parse(data: bytes, origin: str) -> Anatomy:
    """An anatomy from its JSON text; `origin` names it in messages."""
    try:
        record = parsed_json(data)
        version = record["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise FacewrightError(
            f"{origin} is not an anatomy: make one with Train → Make Anatomy… in the editor, or with facewright-train "
            "anatomy."
        ) from error
    if version not in (1, FORMAT):
        raise FacewrightError(
            f"The anatomy {origin} has format {version}, this version of Facewright reads 1 to {FORMAT}."
        )
    try:
        anatomy = _from_record(record)
        _check(anatomy)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise FacewrightError(f"The anatomy {origin} is damaged: {error}.") from error
    return anatomy


def _from_record(record: Mapping[str, Any]) -> Anatomy:
    """Fields of the JSON record as arrays and tuples."""
    closing = record["closing"]
    return Anatomy(
        name=str(record["name"]),
        vertex_count=int(record["vertex_count"]),
        unit=str(record["unit"]),
        mm_per_unit=float(record["mm_per_unit"]),
        true_scale=bool(record["true_scale"]) if record["format"] > 1 else True,
        components=tuple(
            Component(entry["name"], entry["part"], *(_indices(entry[key]) for key in ("vertices", "rim", "collar")))
            for entry in record["components"]
        ),
        landmarks={code: tuple(map(int, record["landmarks"][code])) for code in CODES},
        points={str(name): int(vertex) for name, vertex in record["points"].items()},
        mirror=_indices(record["mirror"]),
        closing=Closing(
            skin=(int(closing["skin"][0]), int(closing["skin"][1])),
            hidden=_indices(closing["hidden"]),
            openings=tuple(
                Opening(entry["component"], *(_indices(entry[key]) for key in ("upper", "lower", "eyeball")))
                for entry in closing["openings"]
            ),
            neck_point=np.asarray(closing["neck_point"], dtype=np.float64),
            neck_normal=np.asarray(closing["neck_normal"], dtype=np.float64),
        ),
    )


def _check(anatomy: Anatomy) -> None:
    """Raise ValueError, in words, where the fields contradict one another."""
    named = [opening.component for opening in anatomy.closing.openings]
    if unknown := set(named) - {REMAINDER} - {component.name for component in anatomy.components}:
        raise ValueError(f"it closes unknown components {', '.join(sorted(unknown))}")
    if {component.name: component.part for component in anatomy.components} != _PARTS_OF_COMPONENTS:
        raise ValueError(f"its components are not {', '.join(_PARTS_OF_COMPONENTS)}")
    closing = anatomy.closing
    lengths = np.array([anatomy.mm_per_unit, *closing.neck_point, *closing.neck_normal])
    if not (np.isfinite(lengths).all() and len(lengths) == 7 and anatomy.mm_per_unit > 0.0):
        raise ValueError("a length in it is none")
    if any(len(vertices) != LANDMARKS_PER_STAGE for vertices in anatomy.landmarks.values()):
        raise ValueError(f"a stage does not have {LANDMARKS_PER_STAGE} landmarks")
    if any(len(opening.upper) != len(opening.lower) for opening in anatomy.closing.openings):
        raise ValueError("the margins of an opening differ in length")
    first, last = closing.skin
    count = last - first
    is_involution = len(anatomy.mirror) == count and np.array_equal(anatomy.mirror[anatomy.mirror], np.arange(count))
    if len(anatomy.mirror) and not is_involution:
        raise ValueError("its left-right pairs are not a mirror of the skin")
    used = [part for own in anatomy.components for part in (own.vertices, own.rim, own.collar)]
    used += [part for opening in closing.openings for part in (opening.upper, opening.lower, opening.eyeball)]
    used += [closing.hidden, np.array([first, last - 1])]
    used += [np.array([*anatomy.points.values(), *(v for row in anatomy.landmarks.values() for v in row)])]
    if any(len(vertices) and (vertices.min() < 0 or vertices.max() >= anatomy.vertex_count) for vertices in used):
        raise ValueError("it names vertices that the mesh does not have")


def _indices(values: list[int]) -> np.ndarray:
    """A list of vertices as (n,) int64."""
    return np.asarray(values, dtype=np.int64).reshape(-1)


def _plain(value: Any) -> Any:
    """A dataclass, array or container as JSON can hold it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
