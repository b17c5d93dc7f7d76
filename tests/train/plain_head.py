"""A plain head of the tests' own: a ball bent until landmarks lie where a face has them, with eyes, mouth and neck."""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator

from facewright.train.anatomy.placement import reference_face
from facewright.train.anatomy.user_anatomy import LANDMARKS, Topology, user_anatomy

FLIP = np.array([-1.0, 1.0, 1.0])
HELD = (*LANDMARKS, "g", "sto", "v", "op", "zy_r", "zy_l", "eu_r", "eu_l", "go_r", "go_l")


def ball(cells, radius, centre):
    """A cube's faces, `cells` squares along an edge, blown up to a ball: vertices (V, 3) and quads, from outside."""
    steps = np.tan(np.linspace(-np.pi / 4, np.pi / 4, cells + 1))
    points, quads = [], []
    for axis, side in itertools.product(range(3), (-1.0, 1.0)):
        u, v = np.meshgrid(steps, steps, indexing="ij")
        sheet = np.stack([np.full_like(u, side), side * u, v], axis=-1)
        grid = np.arange((cells + 1) ** 2).reshape(cells + 1, -1) + axis * 2 * (cells + 1) ** 2
        grid += (side > 0) * (cells + 1) ** 2
        points.append(np.roll(sheet, axis, axis=-1).reshape(-1, 3))
        corners = (grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:])
        quads.append(np.stack(corners, axis=-1).reshape(-1, 4))
    unique, index = np.unique(np.concatenate(points).round(9), axis=0, return_inverse=True)
    directions = unique / np.linalg.norm(unique, axis=1, keepdims=True)
    return directions * radius + centre, index.reshape(-1)[np.concatenate(quads)]


@dataclass(frozen=True)
class PlainHead:
    """positions : (n, 3) mm, head frame; quads : (q, 4); landmarks : vertices by name; skin : vertices that are it."""

    positions: np.ndarray
    quads: np.ndarray
    landmarks: dict[str, int]
    skin: int

    def subject(self, seed):
        """Another person: other proportions and another nose, not quite symmetric."""
        rng = np.random.default_rng(seed)
        moved = self.positions * (1.0 + 0.03 * rng.standard_normal(3))
        return moved + self.bump("prn", 14.0) * np.array([0.5, 1.0, 4.0]) * rng.standard_normal(3)

    def bump(self, landmark, width):
        """How near vertices (n, 1) are to a landmark, 1 to 0."""
        away = np.linalg.norm(self.positions - self.positions[self.landmarks[landmark]], axis=1)
        return np.exp(-np.square(away / width))[:, None]


def plain_head(cells=22):
    """The head; its faces are symmetric."""
    face = reference_face().points
    positions, quads = ball(cells, 1.0, np.zeros(3))
    positions = positions * [74.0, 118.0, 100.0] + [0.0, 20.0, 12.0]
    middle = np.abs(positions[:, 0]) < 1e-9
    where: dict[str, int] = {}
    for name in HELD:
        if name.endswith("_l"):
            continue
        allowed = positions[:, 0] < -1e-9 if name.endswith("_r") else middle
        away = np.where(allowed, np.linalg.norm(positions - face[name], axis=1), np.inf)
        away[list(where.values())] = np.inf
        where[name] = int(away.argmin())
    for name, vertex in list(where.items()):
        if name.endswith("_r"):
            where[f"{name[:-2]}_l"] = int(np.linalg.norm(positions - positions[vertex] * FLIP, axis=1).argmin())
    goal = np.stack([face[name.replace("_l", "_r")] * (FLIP if name.endswith("_l") else 1.0) for name in where])
    goal[[not name.endswith(("_l", "_r")) for name in where], 0] = 0.0
    positions = RBFInterpolator(positions[list(where.values())], goal, kernel="linear", degree=1)(positions)
    x, y, z = positions[quads].mean(axis=1).T
    low, high = positions[quads][..., 1].min(axis=1), positions[quads][..., 1].max(axis=1)
    hole = y < -88.0
    for at, across in (((face["en_l"] + face["ex_l"]) / 2, 12.0), (face["sto"], 18.0)):
        hole |= (np.abs(np.abs(x) - at[0]) < across) & (low <= at[1]) & (at[1] < high) & (z > 60.0)
    skin, parts, faces = len(positions), [positions], [quads[~hole]]
    for side in "rl":
        centre = (face[f"en_{side}"] + face[f"ex_{side}"]) / 2 - [0.0, 0.0, 12.0]
        vertices, own = ball(6, 12.0, centre)
        faces.append(own + sum(map(len, parts)))
        parts.append(vertices)
    landmarks = {name: where[name] for name in LANDMARKS}
    return PlainHead(np.concatenate(parts), np.concatenate(faces), landmarks, skin)


def write_obj(file, positions, quads):
    """Write a mesh as OBJ, from 1."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = ["v {:.5f} {:.5f} {:.5f}".format(*row) for row in positions.tolist()]
    lines += ["f {} {} {} {}".format(*row) for row in (quads + 1).tolist()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def folder_of(cells, subjects, at):
    """A folder of plain heads with so many cells along an edge."""
    head = plain_head(cells)
    for subject in subjects:
        for expression in ("neutral", "smile"):
            shift = head.bump("ch_l", 20.0) * [3.0, 4.0, 0.0] * (expression == "smile")
            write_obj(at / f"s{subject}" / f"{expression}.obj", head.subject(subject) + shift, head.quads)
    user_anatomy("plain", Topology(head.positions, head.quads, head.landmarks, "mm")).save(at / "anatomy.json")
    return f"folder:{at}"
