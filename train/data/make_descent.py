"""Learn where a scan's landmarks belong: python -m train.data.make_descent ict:FOLDER [--out FILE].

What ships (`facewright.core.anthropometry.descent`) is learnt from simulated scans of ICT-FaceKit's heads: usual and
wide ones of all sizes, with noses of patients and with expressions, noise and holes, and without eyeballs, of which
scanners see little. In place of the head that a fit finds there is one of somewhat other coefficients whose skin has
slid, so that its landmarks lie beside the true ones as a fit's do, those that are near each other alike, and its own
shape does not tell where they belong. How true landmarks of fitted scans are then is measured by
`tests/bench/measure.py`.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np
import tyro
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from facewright.core.anatomy import bundled_anatomy
from facewright.core.anthropometry.descent import FILE, Descent, descent
from facewright.core.anthropometry.nose_fields import displacement
from facewright.core.anthropometry.own_surface import OwnSurface
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.metrics import in_face
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.data.expressions import recipe_matrix
from facewright.train.data.ict_facekit import read_morphs
from facewright.train.data.noses import draw_changes
from facewright.train.data.people import draw_size
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.anthropometry.rays import Distance
    from facewright.train.data.ict_facekit import Morphs

_EYES = ("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "n", "g")
_BASE = ("n", "prn", "sn", "ac_l", "ac_r", "sbal_l", "sbal_r", "al_l", "al_r", "ls")
_MOUTH = ("sn", "ls", "sto", "li", "ch_l", "ch_r", "pg")
_CHIN = ("sto", "li", "pg", "gn")

SEEN_FROM: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_EYES, _EYES),
    **dict.fromkeys(("prn", "sn", "ac_l", "ac_r", "sbal_l", "sbal_r", "al_l", "al_r"), _BASE),
    **dict.fromkeys(("ls", "sto", "li", "ch_l", "ch_r"), _MOUTH),
    **dict.fromkeys(("pg", "gn"), _CHIN),
}
"""The landmarks, and those by whose surroundings each is told: of its own part of the face."""

_KINDS = ("usual", "wide", "nose", "expression")
_SIGMA = {"wide": (1.5, 4.5)}
"""Of the coefficients, and where they are cut; (1, 2.5) of others than these."""

_OTHER_SIGMA = (0.04, 0.12)
"""How far the coefficients of the head that stands for the fit are off."""

_SLID_MM: Mapping[str, float] = {
    **{"en": 0.45, "ex": 1.1, "or": 1.2, "n": 0.4, "g": 0.8, "prn": 0.6, "sn": 0.5, "ac": 0.6, "sbal": 0.45, "al": 0.7},
    **{"ls": 0.7, "sto": 0.6, "li": 0.6, "ch": 1.0, "pg": 1.2, "gn": 1.0},
}
"""How far skin slides that is near a landmark, along each axis, times `_SLID`: about as fits leave it."""

_ASIDE = 0.6
"""How far a landmark lies beside its place on the head that has slid, along each axis, times its own of those."""

_SLID, _FLOW_MM, _CENTRES, _REACH_MM = (0.5, 1.8), (8.0, 25.0), 60, 10.0
"""Skin slides as a smooth flow: of so many bells, of such standard deviations; and how far a landmark's size goes."""

_NOISE_MM = (0.05, 0.4)
_HOLES, _HOLE_MM, _NOSE_MM = 3, (6.0, 14.0), 45.0
"""Holes, their radius, and how far from the tip of the nose they stay."""

_RIDGES_MM2 = (20.0, 60.0, 200.0, 600.0, 2000.0)

_RINGS = ((8.0, 48), (20.0, 48))
"""Places about a landmark: so many within so many mm, spread."""

_FRONT_MM, _NEAREST, _BLUR_MM2 = 125.0, 8, 0.3


class Scan(NamedTuple):
    """A simulated scan: its surface; true : (L, 3) mm, its landmarks; start : (L, 3) mm, where they are thought."""

    surface: OwnSurface
    true: np.ndarray
    start: np.ndarray


class Simulator:
    """Draws heads and scans of them; mean : (V, 3) mm, the closed mean head; names : of the L landmarks."""

    def __init__(self, morphs: Morphs) -> None:
        """Of ICT-FaceKit's folder."""
        self._morphs, self._anatomy = morphs, bundled_anatomy("ict_facekit")
        self._closed = ClosedSurface.build(self._anatomy, morphs.polygons, morphs.neutral)
        self.mean, self.faces = self._close(morphs.neutral), self._closed.faces
        self.names = tuple(SEEN_FROM)
        self._sizes = np.array([_SLID_MM[name.partition("_")[0]] for name in self.names])
        away = np.linalg.norm(self.mean - self.mean[self._closed.points["prn"]], axis=1)
        self.front = away < _FRONT_MM
        eyeballs = [opening.own for opening in self._closed.openings if opening.component != "mouth"]
        self._seen = np.setdiff1d(np.flatnonzero(self.front), np.concatenate(eyeballs))

    def landmarks(self, vertices: np.ndarray) -> np.ndarray:
        """Where landmarks (L, 3) of a closed head (V, 3) are."""
        return np.stack([vertices[self._closed.points[name]] for name in self.names])

    def scan(self, rng: np.random.Generator) -> Scan:
        """A scan of the next head, on which landmarks begin where they are on a head whose skin has slid."""
        head, other = self._heads(rng)
        other = self._slid(other, rng)
        tip = head[self._closed.points["prn"]]
        skin = head[self._seen]
        skin = skin[in_face(skin, tip)]
        for _ in range(_HOLES):
            beside = skin[np.linalg.norm(skin - tip, axis=1) > _NOSE_MM]
            skin = skin[np.linalg.norm(skin - rng.choice(beside), axis=1) > rng.uniform(*_HOLE_MM)]
        noise = rng.normal(0.0, rng.uniform(*_NOISE_MM), skin.shape)
        surface = OwnSurface(self._distance(other), skin + noise)
        aside = _ASIDE * rng.normal(0.0, self._sizes[:, None], (len(self.names), 3))
        return Scan(surface, self.landmarks(head), surface.onto(self.landmarks(other) + aside))

    def _heads(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A closed head (V, 3), and one much like it."""
        morphs, kind = self._morphs, rng.choice(_KINDS)
        sigma, most = _SIGMA.get(kind, (1.0, 2.5))
        count = len(morphs.identities)
        weights = (sigma * rng.standard_normal(count)).clip(-most, most)
        off = rng.normal(0.0, rng.uniform(*_OTHER_SIGMA), count)
        head = morphs.neutral + np.tensordot(weights, morphs.identities, axes=1).astype(np.float64)
        if kind == "expression":
            recipes = recipe_matrix()
            head += np.tensordot(rng.uniform() * recipes[rng.integers(len(recipes))], morphs.morphs, axes=1)
        if kind == "nose":
            skin = head[slice(*self._anatomy.closing.skin)]
            marks = {name: skin[vertex].copy() for name, vertex in self._anatomy.points.items() if vertex < len(skin)}
            skin += displacement(draw_changes(rng), marks, skin)
        size = draw_size(rng) if kind == "wide" else 1.0
        return size * self._close(head), size * self._close(head + np.tensordot(off, morphs.identities, axes=1))

    def _close(self, head: np.ndarray) -> np.ndarray:
        return self._closed.close(np.asarray(head, dtype=np.float64)).astype(np.float64)

    def _distance(self, head: np.ndarray) -> Distance:
        """From the planes at the nearest vertices of a head's front."""
        normals, points = igl.per_vertex_normals(head, self.faces)[self.front], head[self.front]
        tree = cKDTree(points)

        def distance(places: np.ndarray) -> np.ndarray:
            away, near = tree.query(places, k=_NEAREST)
            weights = 1.0 / (away**2 + _BLUR_MM2)
            heights = ((places[:, None] - points[near]) * normals[near]).sum(axis=2)
            result: np.ndarray = (weights * heights).sum(axis=1) / weights.sum(axis=1)
            return result

        return distance

    def _slid(self, head: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A closed head (V, 3) whose skin has slid along its surface: its shape tells no longer where landmarks are."""
        front = head[self.front]
        centres, width = rng.choice(front, _CENTRES), rng.uniform(*_FLOW_MM)
        bells = np.exp(-np.square(cdist(front, centres) / width) / 2.0)
        flow = bells @ rng.standard_normal((_CENTRES, 3)) / np.linalg.norm(bells, axis=1, keepdims=True).clip(min=0.1)
        near = np.exp(-np.square(cdist(front, self.landmarks(head)) / _REACH_MM) / 2.0) + 1e-6
        flow *= rng.uniform(*_SLID) * (near @ self._sizes / near.sum(axis=1))[:, None]
        normals = igl.per_vertex_normals(head, self.faces)[self.front]
        slid = head.copy()
        slid[self.front] += flow - (flow * normals).sum(axis=1, keepdims=True) * normals
        return slid


def learnt(simulator: Simulator, scans: Sequence[Scan], others: Sequence[Scan], steps: int) -> Descent:
    """The maps of so many steps, by ridge regression, each from where the one before has brought the landmarks.

    others : scans on which each landmark's ridge is chosen.
    """
    mean, count = simulator.landmarks(simulator.mean), len(simulator.names)
    places = np.stack([_about(simulator, point) for point in mean])
    maps, ways = np.zeros((steps, count, count, places.shape[1], 3)), np.zeros((steps, count, 3))
    result = Descent(simulator.names, mean, places, maps, ways)
    every, learning = [*scans, *others], len(scans)
    there = [scan.start for scan in every]
    for step in range(steps):
        rows = [_row(result, scan, begun) for scan, begun in zip(every, there, strict=True)]
        values, missed = (np.stack([row[part] for row in rows]) for part in (0, 1))
        for landmark, name in enumerate(simulator.names):
            seen = [simulator.names.index(each) for each in SEEN_FROM[name]]
            chosen, goals = values[:, seen].reshape(len(values), -1), missed[:, landmark]
            ridges = _ridges(chosen[:learning], goals[:learning])
            left = [goals[learning:] - chosen[learning:] @ slopes - way for slopes, way in ridges]
            slopes, way = ridges[int(np.argmin([np.linalg.norm(each, axis=1).mean() for each in left]))]
            maps[step, landmark, seen] = slopes.reshape(len(seen), -1, 3)
            ways[step, landmark] = way
        if step + 1 < steps:
            last = Descent(result.names, mean, places, maps[step : step + 1], ways[step : step + 1])
            there = [_moved(last, scan, begun) for scan, begun in zip(every, there, strict=True)]
    return result


def _about(simulator: Simulator, point: np.ndarray) -> np.ndarray:
    """Places (P, 3) of the mean head's surface from a landmark (3,): of each ring those furthest from each other."""
    normals = igl.per_vertex_normals(simulator.mean, simulator.faces)
    surface = simulator.mean[simulator.front & (normals[:, 2] > -0.3)]
    away, places = np.linalg.norm(surface - point, axis=1), []
    for radius, count in _RINGS:
        near = surface[away < radius]
        chosen = [int(np.linalg.norm(near - point, axis=1).argmin())]
        apart = np.linalg.norm(near - near[chosen[0]], axis=1)
        while len(chosen) < count:
            chosen.append(int(apart.argmax()))
            apart = np.minimum(apart, np.linalg.norm(near - near[chosen[-1]], axis=1))
        places.append(near[chosen] - point)
    return np.concatenate(places)


def _row(descent: Descent, scan: Scan, begun: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Φ (L, P) about landmarks (L, 3), and the ways (L, 3) to where they belong."""
    axes, size = descent.frame(begun)
    return descent.features(scan.surface.distance, begun, axes, size), (scan.true - begun) @ axes.T / size


def _moved(descent: Descent, scan: Scan, begun: np.ndarray) -> np.ndarray:
    there = descent.moved(scan.surface.distance, scan.surface.onto, dict(zip(descent.names, begun, strict=True)))
    return np.stack([there[name] for name in descent.names])


def _ridges(values: np.ndarray, goals: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Slopes (k, 3) and constant (3,) of goals (n, 3) over values (n, k), for each of `_RIDGES_MM2`."""
    mean, goal = values.mean(axis=0), goals.mean(axis=0)
    centred = values - mean
    sizes, ways = np.linalg.eigh(centred.T @ centred)
    along = ways.T @ (centred.T @ (goals - goal))
    slopes = [ways @ (along / (sizes.clip(min=0.0) + ridge)[:, None]) for ridge in _RIDGES_MM2]
    return [(each, goal - mean @ each) for each in slopes]


def _keep(made: Descent, shipped: Descent, names: Sequence[str]) -> None:
    """Give some landmarks the maps that ship."""
    if names and not np.allclose(made.places, shipped.places, atol=0.02):  # which are in half precision
        raise FacewrightError("What ships looks at other places about landmarks: its maps cannot be kept.")
    rows = [made.names.index(name) for name in names]
    made.maps[:, rows], made.ways[:, rows] = shipped.maps[:, rows], shipped.ways[:, rows]


def errors(descent: Descent, scans: Sequence[Scan]) -> np.ndarray:
    """Mean distances (2, L) mm of landmarks from where they belong: where they begin, and where they are brought."""
    true, begun = np.stack([scan.true for scan in scans]), np.stack([scan.start for scan in scans])
    there = np.stack([_moved(descent, scan, scan.start) for scan in scans])
    return np.linalg.norm(np.stack([begun, there]) - true, axis=3).mean(axis=1)


def packed(descent: Descent) -> bytes:
    """As `facewright.core.anthropometry.descent` reads it: a compressed `.npz` in half precision but for the mean."""
    stream = io.BytesIO()
    half = {key: getattr(descent, key).astype(np.float16) for key in ("places", "maps", "ways")}
    np.savez_compressed(stream, names=np.array(descent.names), mean=descent.mean.astype(np.float32), **half)
    return stream.getvalue()


@dataclass(frozen=True)
class Arguments:
    """What to learn from."""

    data: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    out: Path = Path("resources/landmarks") / FILE
    """Where to write it."""
    scans: int = 960
    """How many are simulated to learn from."""
    others: int = 120
    """How many more to choose the ridges on, and so many again to state errors on."""
    steps: int = 2
    """How many maps follow each other."""
    keep: tuple[str, ...] = ()
    """Landmarks that are moved by what ships already, because that measures better on fits."""
    seed: int = 1
    """Of the heads."""


def main() -> None:
    """Run the command; exits 1 with one sentence if it cannot."""
    arguments = tyro.cli(Arguments, prog="python -m train.data.make_descent")
    try:
        simulator = Simulator(read_morphs(ict_folder(arguments.data)))
        count = arguments.scans + 2 * arguments.others
        draws = [np.random.default_rng([arguments.seed, number]) for number in range(count)]
        scans = [simulator.scan(rng) for rng in draws]
        ends = arguments.scans, arguments.scans + arguments.others
        made = learnt(simulator, scans[: ends[0]], scans[ends[0] : ends[1]], arguments.steps)
        _keep(made, descent(), arguments.keep)
        held = scans[ends[1] :]
        begun, shipped, now = *errors(descent(), held), errors(made, held)[1]
        print("mm on scans held out: begun, by what ships, by what was learnt")
        for name, *figures in zip(simulator.names, begun, shipped, now, strict=True):
            print(f"{name:7}", *(f"{figure:5.2f}" for figure in figures))
        write_atomically(arguments.out, packed(made))
    except FacewrightError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
