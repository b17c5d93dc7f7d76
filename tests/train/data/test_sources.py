"""Folders of registered heads in every layout, made here: read, checked, trained on, and refused in words."""

import json
import re
import sys

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.model.model_file import load
from facewright.core.network.config import NetworkConfig
from facewright.train.anatomy.user_anatomy import RELATIVE, Topology, user_anatomy
from facewright.train.command_line import main
from facewright.train.config import TrainConfig
from facewright.train.data.check import check_source
from facewright.train.data.heads import open_source
from facewright.train.data.layouts import FLAME_VERTICES, facescape, flame, own_folder
from facewright.train.data.mesh_files import read_mesh
from facewright.train.data.sources import SOURCES, ict_folder, in_words, parted
from facewright.train.loop import train
from facewright.train.run.checkpoint import MODEL
from tests.train.plain_head import plain_head, write_obj

SMALL = NetworkConfig(width=8, layers=3, hyper_width=8, blend_width=8, landmark_width=8, sdf_width=16)
EXPRESSIONS = ("1_neutral", "2_smile", "3_mouth_stretch")


@pytest.fixture(scope="module")
def head():
    return plain_head(18)


def shaped(head, subject, expression):
    """A subject's positions (n, 3) mm in one of FaceScape's expressions."""
    positions = head.subject(subject)
    if expression == "2_smile":
        positions = positions + head.bump("ch_l", 20.0) * [3.0, 4.0, 0.0] + head.bump("ch_r", 20.0) * [-3.0, 4.0, 0.0]
    if expression == "3_mouth_stretch":
        positions = positions + head.bump("li", 25.0) * [0.0, -12.0, 0.0]
    return positions


@pytest.fixture
def scapes(head, tmp_path):
    """Three subjects as FaceScape lays them out, in units of their own."""
    for subject in (1, 2, 10):
        for expression in EXPRESSIONS:
            file = tmp_path / str(subject) / "models_reg" / f"{expression}.obj"
            write_obj(file, shaped(head, subject, expression) / 0.8, head.quads)
    scaled = Topology(head.positions / 0.8, head.quads, head.landmarks, RELATIVE)
    user_anatomy("facescape", scaled).save(tmp_path / "anatomy.json")
    return tmp_path


@pytest.fixture
def fits(head, tmp_path):
    """Three subjects' meshes of as many vertices as FLAME has, in metres, one of them in another place."""
    loose = np.zeros((FLAME_VERTICES - len(head.positions), 3))
    for subject in range(3):
        positions = np.concatenate([head.subject(subject) / 1000.0, loose]) + np.array([0.0, 0.2 * subject, 0.0])
        write_obj(tmp_path / f"fit{subject}.obj", positions, head.quads)
    padded = Topology(np.concatenate([head.positions / 1000.0, loose]), head.quads, head.landmarks, "m")
    user_anatomy("flame", padded).save(tmp_path / "anatomy.json")
    return tmp_path


def trained(source, run, start_from=None, *, whole=True):
    """A few steps of every phase on a source, or one step in all; its model. In the end unseen heads are measured."""
    config = TrainConfig(
        data=source, start_from=start_from, steps=6, device="cpu", template_share=0.3, stage_share=0.4, heads=4,
        stage_points=16, surface_points=16, space_points=16, pool_heads=2, pool_points=60, network=SMALL,
    )  # fmt: skip
    heard: list[dict[str, object]] = []
    train(config, run, False, [heard.append], lambda: not whole and any(event["event"] == "step" for event in heard))
    measured = [event for event in heard if event["event"] == "held_out"]
    assert bool(measured) == whole
    too_few = "too few subjects"  # to hold some back from training
    assert all("mm" in event or too_few in str(event["message"]) for event in measured), measured
    return load(run / MODEL, torch.device("cpu"))


def test_facescapes_layout_is_read_checked_and_trained_on(scapes, tmp_path_factory):
    source = f"facescape:{scapes}"
    heads = open_source(source, "train")
    assert heads.subjects == ("1", "2")  # in natural order, the last to test on
    assert open_source(source, "test").subjects == ("10",)
    assert heads.expressions == ("neutral", "smile", "mouth_stretch")
    assert not heads.true_scale
    assert all(Mesh(head, heads.surface.faces).watertight for head in heads.vertices[0])
    still, moving = heads.surface.points["n"], heads.surface.points["li"]
    moved = heads.vertices[0, 2] - heads.vertices[0, 0]
    assert np.abs(moved[still]).max() < 0.3
    assert moved[moving, 1] < -8.0
    report = check_source(source)
    assert report.problems == ()
    assert report.facts["heads"] == 9
    assert report.facts["face_size"] == pytest.approx(1.0, abs=0.1)
    model = trained(source, tmp_path_factory.mktemp("run"))
    assert set(model.expressions) == {"smile", "mouth_stretch"}
    assert model.metadata["true_scale"] is False


def test_flame_fits_are_read_aligned_checked_and_trained_on(fits, rough_fits, tmp_path_factory):
    heads = open_source(f"flame:{fits}", "train")
    assert heads.expressions == ("neutral",)
    assert heads.unit == "m"
    tips = heads.neutral[:, heads.surface.points["prn"]]
    assert np.linalg.norm(tips[0] - tips[1]) < 15.0  # though the second lay 200 mm higher
    assert check_source(f"flame:{fits}").problems == ()
    run = tmp_path_factory.mktemp("run")
    model = trained(f"flame:{fits}", run)
    assert not model.expressions
    tuned = trained(f"flame:{fits}", tmp_path_factory.mktemp("tuned"), str(run / MODEL))
    assert tuned.components == model.components


def test_a_run_without_expressions_is_saved_though_they_have_no_components(fits, tmp_path):
    model = trained(f"flame:{fits}", tmp_path / "run", whole=False)
    assert model.components["expression"] == 0


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl", "glb"])
def test_ones_own_heads_are_the_same_in_every_format(head, suffix, tmp_path, monkeypatch):
    triangles = np.concatenate([head.quads[:, [0, 1, 2]], head.quads[:, [0, 2, 3]]])
    for subject in range(2):
        file = tmp_path / f"anna{subject}" / f"neutral.{suffix}"
        file.parent.mkdir()
        trimesh.Trimesh(head.subject(subject), triangles, process=False).export(file)
    seed = tmp_path / "anna0" / f"neutral.{suffix}"
    corners = [f"{name}={','.join(map(str, head.subject(0)[v].tolist()))}" for name, v in head.landmarks.items()]
    argv = ["train", "anatomy", str(seed), "--out", str(tmp_path / "anatomy.json")]
    monkeypatch.setattr(sys, "argv", [*argv, *(word for corner in corners for word in ("--landmark", corner))])
    assert main() == 0
    heads = open_source(f"folder:{tmp_path}", "train")
    assert heads.subjects == ("anna0", "anna1")
    assert Mesh(heads.neutral[0], heads.surface.faces).watertight
    sizes = np.ptp(heads.neutral, axis=1)
    np.testing.assert_allclose(sizes[0], np.ptp(head.subject(0)[np.unique(head.quads)], axis=0), rtol=0.05)


def bad_files(head, folder):
    """What can be wrong with a subject of `scapes`: the file to damage, how, and words of the problem."""
    positions = shaped(head, 2, EXPRESSIONS[0]) / 0.8
    unfinished = positions.copy()
    unfinished[5] = np.nan
    file = folder / "2" / "models_reg" / "1_neutral.obj"
    smile, smiling = file.with_name("2_smile.obj"), shaped(head, 2, "2_smile") / 0.8
    flung = smiling.copy()
    flung[7] += 1000.0
    return {
        "no neutral": (file.unlink, "has no neutral head"),
        "no smile": (file.with_name("2_smile.obj").unlink, "lacks smile"),
        "vertices": (lambda: write_obj(file, positions[:-1], head.quads % (len(positions) - 1)), "another topology"),
        "faces": (lambda: write_obj(file, positions, np.roll(head.quads, 3)), "other faces"),
        "flipped": (lambda: write_obj(file, positions, head.quads[:, ::-1]), "the other way round"),
        "nan": (lambda: write_obj(file, unfinished, head.quads), "1 vertices that are not finite"),
        "unit": (lambda: write_obj(file, positions / 10.0, head.quads), "0.097 times as large"),
        "large smile": (lambda: write_obj(smile, 10.0 * smiling, head.quads), "is 10 times as large as its neutral"),
        "larger smile": (lambda: write_obj(smile, 1.3 * smiling, head.quads), "1.3 times as large as its neutral"),
        "small smile": (lambda: write_obj(smile, 0.1 * smiling, head.quads), "is 0.1 times as large as its neutral"),
        "no smile at all": (lambda: write_obj(smile, 0.0 * smiling, head.quads), "all its vertices at one place"),
        "flat smile": (lambda: write_obj(smile, smiling * [1, 1, 0], head.quads), "flattened or stretched"),
        "flung": (lambda: write_obj(smile, flung, head.quads), "has 1 vertices as far as"),
        "flat": (lambda: write_obj(file, positions * [1, 1, 0.1], head.quads), "flattened|times as large"),
        "damaged": (lambda: file.write_text("v 1 2\nf 1 1 1\n", encoding="utf-8"), "not three numbers"),
    }


def test_every_bad_subject_is_named_before_training_and_can_be_left_out(head, scapes, monkeypatch, capsys):
    source, keep = f"facescape:{scapes}", {}
    for name, (damage, words) in bad_files(head, scapes).items():
        files = list((scapes / "2" / "models_reg").iterdir())
        keep = {file: file.read_bytes() for file in files}
        damage()
        with pytest.raises(FacewrightError, match=words) as refusal:
            open_source(source, "train")
        assert str(scapes / "2" / "models_reg") in str(refusal.value), name
        for file, data in keep.items():
            file.write_bytes(data)
    (scapes / "2" / "models_reg" / "1_neutral.obj").unlink()
    monkeypatch.setattr(sys, "argv", ["train", "heads", source])
    assert main() == 1
    assert "problem:" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["train", "heads", source, "--leave-out"])
    assert main() == 0
    assert json.loads((scapes / "facewright.json").read_text(encoding="utf-8"))["leave_out"] == ["2"]
    assert open_source(source, "train").subjects == ("1", "10")


def test_faces_that_begin_at_another_corner_are_the_same_faces(head, scapes):
    file = scapes / "2" / "models_reg" / "2_smile.obj"
    write_obj(file, shaped(head, 2, "2_smile") / 0.8, np.roll(head.quads, 1, axis=1))
    assert check_source(f"facescape:{scapes}").problems == ()


def test_odd_heads_are_pointed_out_and_drawn(head, scapes, monkeypatch, capsys):
    write_obj(scapes / "10" / "models_reg" / "1_neutral.obj", shaped(head, 1, EXPRESSIONS[0]) / 0.8, head.quads)
    write_obj(scapes / "2" / "models_reg" / "2_smile.obj", shaped(head, 2, EXPRESSIONS[0]) / 0.8, head.quads)
    picture, figures = scapes / "sheet.png", scapes / "figures.json"
    argv = ["train", "heads", f"facescape:{scapes}", "--picture", str(picture), "--json", str(figures)]
    monkeypatch.setattr(sys, "argv", argv)
    assert main() == 0
    said = capsys.readouterr().out
    assert "the same head as 1's" in said
    assert "2, smile: the same as its neutral head" in said
    record = json.loads(figures.read_text(encoding="utf-8"))
    assert record["usable"]
    assert record["usable_subjects"] == 3
    assert len(np.unique(np.asarray(Image.open(picture)))) > 50


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "anatomy.json").unlink(), "no anatomy.json"),
        (lambda folder: renumbered(folder), "another topology"),
        (lambda folder: (folder / "facewright.json").write_text("{"), "cannot be understood"),
        (lambda folder: (folder / "facewright.json").write_text('{"colour": 1}'), "may hold name"),
        (lambda folder: (folder / "facewright.json").write_text('{"test": ["9"]}'), "names 9"),
        (lambda folder: (folder / "facewright.json").write_text('{"leave_out": ["1", "2", "10"]}'), "every subject"),
        (lambda folder: relabelled(folder, unit="m", mm_per_unit=1000.0), "times as large as a face"),
    ],
)
def test_what_concerns_all_heads_is_one_sentence(scapes, change, words):
    change(scapes)
    with pytest.raises(FacewrightError, match=words):
        open_source(f"facescape:{scapes}", "train")


def relabelled(folder, **values):
    """Change fields of a folder's anatomy."""
    file = folder / "anatomy.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def renumbered(folder):
    """An anatomy whose landmarks are vertices of another mesh with as many."""
    points = json.loads((folder / "anatomy.json").read_text(encoding="utf-8"))["points"]
    relabelled(folder, points={name: 11 * index for index, name in enumerate(points)})


def test_what_a_mac_leaves_behind_is_no_head(tmp_path):
    for name in ("anna.obj", "._anna.obj", "bo/neutral.obj", "bo/._neutral.obj", "__MACOSX/neutral.obj", "².obj"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("v 0 0 0\n", encoding="utf-8")
    assert list(own_folder(tmp_path).files) == ["anna", "bo", "²"]


@pytest.mark.parametrize("faces", ["f 1 2 99999999999", "f 1 2 4", "f 1 2 3 -9", "f -4 -2 -1", "f 1 2", ""])
@pytest.mark.parametrize("suffix", ["obj", "ply"])
def test_a_mesh_whose_faces_cannot_be_is_one_sentence(tmp_path, faces, suffix):
    file = tmp_path / f"head.{suffix}"
    corners = [int(corner) - 1 for corner in faces.split()[1:]]
    text = "v 0 0 0\nv 1 0 0\nv 0 1 0\n" + faces + "\n"
    if suffix == "ply":
        text = (
            "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
            f"element face {int(bool(corners))}\nproperty list uchar int vertex_indices\nend_header\n"
            f"0 0 0\n1 0 0\n0 1 0\n{len(corners)} {' '.join(map(str, corners))}\n"
        )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FacewrightError, match=r"head\."):
        read_mesh(file)


@pytest.mark.parametrize("landmark", ["prn=inf", "prn=nan", "prn=1.5", "prn=1,nan,2", "prn=1,2", "prn"])
def test_a_landmark_that_cannot_be_is_one_sentence(head, tmp_path, monkeypatch, capsys, landmark):
    write_obj(tmp_path / "head.obj", head.positions, head.quads)
    monkeypatch.setattr(sys, "argv", ["train", "anatomy", str(tmp_path / "head.obj"), "--landmark", landmark])
    assert main() == 1
    assert re.search("is no landmark|is neither", capsys.readouterr().err)


@pytest.mark.parametrize("part", ["[[1, 2]]", '"nose"', "[1.5]", "3"])
def test_a_part_that_cannot_be_is_one_sentence(head, tmp_path, monkeypatch, capsys, part):
    write_obj(tmp_path / "head.obj", head.positions, head.quads)
    (tmp_path / "parts.json").write_text(f'{{"nose": {part}}}', encoding="utf-8")
    argv = ["anatomy", str(tmp_path / "head.obj"), "--landmark", "prn=1", "--parts", str(tmp_path / "parts.json")]
    monkeypatch.setattr(sys, "argv", ["train", *argv])
    assert main() == 1
    assert "no list of vertices" in capsys.readouterr().err


def test_layouts_that_hold_no_heads_say_how_to_lay_them_out(tmp_path):
    with pytest.raises(FacewrightError, match="models_reg"):
        facescape(tmp_path)
    with pytest.raises(FacewrightError, match=r"SUBJECT/EXPRESSION\.obj"):
        own_folder(tmp_path)
    (tmp_path / "subject1.npz").write_bytes(b"shape and pose")
    with pytest.raises(FacewrightError, match="FLAME parameters and no meshes"):
        flame(tmp_path)


def test_every_kind_of_source_says_what_it_is_and_needs(tmp_path):
    for source in SOURCES:
        assert source.title
        assert source.about.endswith(".")
        if source.wants:
            assert parted(f"{source.kind}:{tmp_path}") == (source.kind, str(tmp_path))
            with pytest.raises(FacewrightError, match="no source of heads"):
                parted(f"{source.kind}:")
            with pytest.raises(FacewrightError, match="no folder"):
                parted(f"{source.kind}:{tmp_path / 'nowhere'}")


def test_a_folder_of_ict_facekit_is_told_from_others(tmp_path):
    assert ict_folder(f"ict:{tmp_path}") == tmp_path
    with pytest.raises(FacewrightError, match="write ict:FOLDER"):
        ict_folder(f"folder:{tmp_path}")


def test_sources_are_named_in_words():
    told = [in_words(source) for source in ("anny:", "ict:/a:b", "folder:/heads", "what:ever")]
    assert told == ["Anny", "ICT-FaceKit in /a:b", "your own heads in /heads", "what:ever"]
