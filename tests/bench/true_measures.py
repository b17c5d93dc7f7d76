"""Measures of a face whose landmarks are known, from their definitions: in the face's frame, axes are coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.bench.true_shape import raster

if TYPE_CHECKING:
    from tests.bench.true_landmarks import TrueFace

_LENGTHS = {
    "nasal_width": ("al_l", "al_r"),
    "subnasal_width": ("sbal_l", "sbal_r"),
    "nasal_height": ("n", "sn"),
    "bridge_length": ("n", "prn"),
    "tip_protrusion": ("sn", "prn"),
    "ala_length_l": ("ac_l", "prn"),
    "ala_length_r": ("ac_r", "prn"),
    "columella_length": ("sn", "c'"),
    "infratip_lobule": ("c'", "prn"),
    "alar_base": ("ac_l", "ac_r"),
    "intercanthal_width": ("en_l", "en_r"),
    "outer_canthal_width": ("ex_l", "ex_r"),
    "mouth_width": ("ch_l", "ch_r"),
    "philtrum_length": ("sn", "ls"),
    "upper_lip_height": ("sn", "sto"),
    "face_height": ("n", "gn"),
}


_AHEAD = -1.0
"""x of (down) × (ahead) is −1 in the face's frame: y up, z ahead."""


def true_measures(face: TrueFace, ears: bool = True) -> dict[str, float]:
    """Values by the product's keys, mm, degrees or ratios.

    ears : what is horizontal is the Frankfort plane; without them it is square to the facial plane g–pg, which tells
    nothing of the chin.
    """
    p = face.points
    values = {key: float(np.sqrt(np.square(p[a] - p[b]).sum())) for key, (a, b) in _LENGTHS.items()}
    flat = {name: point * [0.0, 1.0, 1.0] for name, point in p.items()}
    values["nasofrontal_angle"] = _turn(flat["g"] - flat["n"], flat["prn"] - flat["n"])
    values["nasofacial_angle"] = _turn(p["pg"] - p["g"], p["prn"] - p["n"])
    values["nasomental_angle"] = _turn(p["n"] - p["prn"], p["pg"] - p["prn"])
    values["nasolabial_angle"] = _turn(p["c'"] - p["sn"], p["ls"] - p["sn"])
    values["convexity"] = _turn(p["sn"] - p["g"], p["pg"] - p["sn"])
    crease = (p["ac_l"] + p["ac_r"]) / 2.0
    ear, eye = (p[f"{name}_l"] + p[f"{name}_r"] for name in ("t", "or"))
    front = p["g"] - p["pg"]
    pitch = np.arctan2(*(eye - ear)[1:]) if ears else np.arctan2(-front[2], front[1])
    up, ahead = (p["prn"] - crease)[1:]
    values["tip_rotation"] = float(np.degrees(np.arctan2(up, ahead) - pitch))
    values["goode_ratio"] = float(np.hypot(up, ahead) * np.cos(np.radians(values["tip_rotation"])))
    values["goode_ratio"] /= values["bridge_length"]
    values["alar_ratio"] = values["nasal_width"] / values["intercanthal_width"]
    values["ala_asymmetry"] = values["ala_length_l"] - values["ala_length_r"]
    values["alar_flare"] = (values["nasal_width"] - values["alar_base"]) / 2.0
    for key, lip in (("upper_lip_line", "ls"), ("lower_lip_line", "li")):
        area = np.cross(flat["pg"] - flat["prn"], flat[lip] - flat["prn"])[0]  # twice the triangle's, + ahead of it
        values[key] = float(area / np.hypot(*(flat["pg"] - flat["prn"])[1:])) * _AHEAD
    if ears:
        values["chin_projection"] = float((p["pg"] - p["n"])[1:] @ [np.sin(pitch), np.cos(pitch)])
    middle = (p["en_l"] + p["en_r"]) / 2.0
    normal = np.cross(p["sn"] - p["n"], middle - p["n"])
    normal *= np.sign(normal[0]) / np.sqrt((normal**2).sum())
    values["tip_deviation"] = float((p["prn"] - p["n"]) @ normal)
    return values | _bridge(face)


def _turn(first: np.ndarray, second: np.ndarray) -> float:
    """The angle between two ways in degrees, by its tangent."""
    return float(np.degrees(np.arctan2(np.sqrt(np.square(np.cross(first, second)).sum()), first @ second)))


def _bridge(face: TrueFace) -> dict[str, float]:
    """Heights of the side view's outline, over the line between n and prn and over its own ends.

    The highest of the face's raster across the nose, within eight millimetres beside the line.
    """
    root, tip = face.points["n"], face.points["prn"]
    way = (tip - root) * [0.0, 1.0, 1.0]
    length = np.sqrt(way @ way)
    along = way / length
    out = np.cross([1.0, 0.0, 0.0], along)
    out *= np.sign(out[2])
    local = (np.asarray(face.mesh.vertices) - root) @ np.stack([[1.0, 0.0, 0.0], along, out]).T
    near = (np.abs(local[:, 0]) < 20.0) & (local[:, 1] > -3.0) & (local[:, 1] < length + 3.0) & (local[:, 2] > -25.0)
    across, down, height = raster(local, face.mesh.faces[near[face.mesh.faces].all(axis=1)])
    share = down / length
    beside = np.abs(across[:, None] - share * (tip - root)[0]) <= 8.0
    height = np.where(beside, height, -np.inf).max(axis=0)
    inside = (share > 0.05) & (share < 0.95)
    share, height = share[inside], height[inside]
    heights = {f"dorsum_{percent}": float(np.interp(percent / 100, share, height)) for percent in (30, 45, 60)}
    fine = np.linspace(0.2, 0.8, 601)
    over = np.interp(fine, share, height)
    over -= over[0] + (over[-1] - over[0]) * (fine - 0.2) / 0.6
    heights["hump"] = float(over.max() + over.min())
    fine = np.linspace(0.5, 0.9, 401)
    dip = np.interp(fine, share, height)
    dip -= dip[0] + (dip[-1] - dip[0]) * (fine - 0.5) / 0.4
    return {**heights, "supratip_break": float(-(dip.max() + dip.min()))}
