"""A scan and the head that was fitted to it: what a variant of a patient's head is made from, and how it is packed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from facewright.core.archive import loaded_array
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.scan.align import Alignment
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import Residual, ScanFit
from facewright.core.scan.texture import texture_names, unpacked_texture

if TYPE_CHECKING:
    from facewright.core.archive import Allowance
    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.parameters import Parameters

_POSE_RECORD = ("mm_per_unit", "covered", "residual_mm")
_POSE_LATER = ("plane_mm", "shape_sigma")
"""What the first files do not tell of a pose …"""
_POSE_LAST = ("evidence", "rival")
"""… and what later ones do not, or what is not known of a pose that a person has chosen."""
_ARRAYS = ("points", "faces", "residual", "history", "rotation", "translation")
_MOST_STEPS = 1_000_000
"""Of a fit's history."""


@dataclass(frozen=True, eq=False)
class FittedScan:
    """A scan, its unit and the fit.

    name : as a person calls it, never its file's, which may be a patient's; by_landmarks : whether a person placed it,
    or the program did; follows : whether it was placed on an earlier scan of the same person, whose head it has but for
    what was operated on (`facewright.core.scan.later_scan`).
    Two are the same only if they are one object: their arrays are large, and none is ever changed.
    """

    name: str
    unit: LengthUnit
    scan: Scan
    fit: ScanFit
    by_landmarks: bool = False
    follows: bool = False

    @cached_property
    def points(self) -> np.ndarray:
        """The scan's points where it was placed, (N, 3) float32, mm, head frame."""
        return self.fit.alignment.to_head(self.scan.points).astype(np.float32)

    @cached_property
    def packed(self) -> bytes:
        """The arrays as a compressed `.npz`, made once however often the project is saved.

        points : (N, 3) float32, mm, head frame; faces : (F, 3) int32; colours : (N, 3) uint8, left out where there
        are none; residual, history : as in `ScanFit`; rotation, translation : as in `Alignment`; and the texture's.
        """
        pose = self.fit.alignment
        arrays = {
            "points": self.points,
            "faces": self.scan.faces.astype(np.int32),
            "residual": self.fit.residual.astype(np.float32),
            "history": self.fit.history,
            "rotation": pose.rotation,
            "translation": pose.translation,
        }
        if self.scan.colours is not None:
            arrays["colours"] = self.scan.colours
        if self.scan.texture is not None:
            arrays |= self.scan.texture.arrays()
        stream = io.BytesIO()
        np.savez_compressed(stream, **cast("dict[str, Any]", arrays))
        return stream.getvalue()

    def named(self, name: str) -> FittedScan:
        """The same by another name; what was made of its arrays is not made again."""
        other = replace(self, name=name)
        other.__dict__.update((key, self.__dict__[key]) for key in ("points", "packed") if key in self.__dict__)
        return other

    def record(self) -> dict[str, Any]:
        """All but the arrays and the parameters, as JSON holds it."""
        pose = self.fit.alignment
        return {
            "name": self.name,
            "unit": self.unit,
            "by_landmarks": self.by_landmarks,
            "follows": self.follows,
            "complete": self.fit.complete,
            "alignment": {key: getattr(pose, key) for key in (*_POSE_RECORD, *_POSE_LATER, *_POSE_LAST)},
            "beside": self.fit.beside,
            "size": self.fit.size,
            "nose_beside": self.fit.nose_beside,
            "regions": {name: region._asdict() for name, region in self.fit.regions.items()},
        }


def unpacked(record: dict[str, Any], packed: bytes, parameters: Parameters, allowance: Allowance) -> FittedScan:
    """The scan that `FittedScan.record` and `FittedScan.packed` tell of, fitted by a head.

    allowance : what may still be unpacked from its file.
    Raises ValueError, KeyError or TypeError, or what unpacking raises, if they contradict themselves.
    """
    arrays = _arrays(packed, allowance)
    points, faces, colours = arrays["points"], arrays["faces"], arrays.get("colours")
    residual, history = arrays["residual"], arrays["history"]
    rotation, translation = arrays["rotation"].astype(np.float64), arrays["translation"].astype(np.float64)
    count = len(points)
    _require(points.shape == (count, 3) and points.dtype.kind == "f" and np.isfinite(points).all(), "points")
    _require(faces.ndim == 2 and faces.shape[1] == 3 and faces.dtype.kind == "i", "faces")
    _require(not len(faces) or (faces.min() >= 0 and faces.max() < count), "faces")
    _require(colours is None or (colours.shape == (count, 3) and colours.dtype == np.uint8), "colours")
    _require(residual.shape == (count,) and history.ndim == 1 and len(history) <= _MOST_STEPS, "residual")
    _require(residual.dtype.kind == history.dtype.kind == "f", "residual")
    _require(rotation.shape == (3, 3) and np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-4), "rotation")
    _require(translation.shape == (3,) and np.isfinite(translation).all(), "translation")
    mm, covered, near = (float(record["alignment"][key]) for key in _POSE_RECORD)
    _require(record["unit"] in UNITS_PER_MM and np.isfinite(mm) and mm > 0.0, "unit")
    later = (float(record["alignment"].get(key, 0.0)) for key in _POSE_LATER)
    last = (None if (value := record["alignment"].get(key)) is None else float(value) for key in _POSE_LAST)
    pose = Alignment(rotation, translation, mm, covered, near, *later, *last)
    keys = ("beside", "size", "nose_beside")
    shares = (None if (value := record.get(key)) is None else float(value) for key in keys)
    regions = {
        str(name): Residual(float(region["mean_mm"]), float(region["p95_mm"]), int(region["points"]))
        for name, region in record["regions"].items()
    }
    texture = unpacked_texture(arrays, len(faces))
    scan = Scan(pose.to_scan(points.astype(np.float64)), faces.astype(np.int64), colours, texture=texture)
    complete = bool(record["complete"])
    fit = ScanFit(parameters, pose, residual, MappingProxyType(regions), history, complete, *shares)
    flags = bool(record["by_landmarks"]), bool(record.get("follows", False))
    fitted = FittedScan(str(record["name"]), record["unit"], scan, fit, *flags)
    fitted.__dict__["packed"] = packed  # as `packed` would make it again
    fitted.__dict__["points"] = points.astype(np.float32)  # to the last bit: the scan's own were rounded on the way
    return fitted


def _arrays(packed: bytes, allowance: Allowance) -> dict[str, np.ndarray]:
    """The arrays of `FittedScan.packed`; what else is in there is not looked at."""
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        there = {name.removesuffix(".npy") for name in file.namelist()}
        names = [*_ARRAYS, *({"colours"} & there), *texture_names(there)]
        return {name: loaded_array(allowance.member(file, f"{name}.npy")) for name in names}


def _require(holds: bool | np.bool_, what: str) -> None:
    if not holds:
        raise ValueError(f"a scan's {what} cannot be")
