"""The command line, in its own process where that matters."""

import io
import json
import os
import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest
import trimesh

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.command_line import main
from facewright.core.model.model_file import load, save
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import EditState, Project, Step, Variant
from facewright.core.project_file import save as save_project
from facewright.core.scan.align import Alignment
from facewright.core.scan.scan_fit import Residual, ScanFit
from facewright.train.command_line import main as train
from tests.core.tiny_model import tiny_model


@pytest.fixture
def call(monkeypatch, capsys):
    """The command in this process: its exit status and what it wrote on standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["facewright-core", *map(str, arguments)])
        return main(), capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("evidence", "face_mm", "status", "words"),
    [
        (0.8, 0.5, 0, ""),
        (0.2, 0.5, 4, "not sure"),
        (0.8, 4.0, 3, "does not follow the scan"),
        (0.0, 0.5, 3, "does not follow the scan"),
    ],
)
def test_the_exit_status_of_a_fit_says_whether_to_rely_on_it(
    call, model_path, tmp_path, monkeypatch, evidence, face_mm, status, words
):
    trimesh.creation.icosphere(subdivisions=4, radius=90.0).export(tmp_path / "ball.stl")
    pose = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0, 0.5, 0.5, evidence)
    region = Residual(face_mm, 1.0, 500)
    fit = ScanFit(Parameters(), pose, np.zeros(1), {"face": region, "nose": region}, np.zeros(1), True, 0.9, 1.0, 0.9)
    for name, answer in (("mean_face", None), ("align", pose), ("fit_scan", fit)):
        monkeypatch.setattr(f"facewright.core.command_line.{name}", Mock(return_value=answer))
    ended, told = call("fit", tmp_path / "ball.stl", "--model", model_path, "--out", tmp_path / "fit.json")
    assert ended == status
    assert words in told
    kept = json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))
    assert kept["finding"] == pose.finding
    assert "notes" not in kept  # which name the files that a scan refers to


@pytest.mark.parametrize(("command", "name"), [(main, "mesh"), (train, "run")])
def test_help_can_be_written_where_the_encoding_lacks_its_letters(monkeypatch, command, name):
    """As into a pipe on Windows."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "argv", ["facewright", name, "--help"])
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    with pytest.raises(SystemExit) as end:
        command()
    assert end.value.code == 0
    told = written.getvalue()
    assert b"usage" in told.lower()
    assert b"?" in told  # for \u03c3, of coefficients, and others


@pytest.mark.parametrize("module", ["core", "train"])
def test_a_reader_who_has_had_enough_is_told_nothing(module):
    """As `head` is once it has its lines."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", module, "--help"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save(tiny_model(), path)
    return path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "missing/fit.json"], "no folder"),
        (["--mesh", "missing/head.obj"], "no folder"),
        (["--out", "fit.txt"], "ends in .json"),
    ],
)
def test_where_a_fit_cannot_be_written_is_told_before_it_is_made(
    call, model_path, tmp_path, monkeypatch, arguments, words
):
    trimesh.creation.icosphere(subdivisions=4, radius=90.0).export(tmp_path / "ball.stl")
    monkeypatch.chdir(tmp_path)
    fit_scan = Mock()
    monkeypatch.setattr("facewright.core.command_line.fit_scan", fit_scan)
    status, told = call("fit", "ball.stl", "--model", model_path, *arguments)
    assert (status, fit_scan.called) == (1, False)
    assert words in told


def test_a_voxel_is_asked_for_where_there_are_some(call, model_path, tmp_path):
    for arguments in (["--voxel", "0.5"], ["--voxel", "500", "--topology", "cubes"]):
        status, told = call("mesh", "--model", model_path, "--out", tmp_path / "head.obj", *arguments)
        assert status == 1
        assert "--voxel is of --topology cubes" in told


def test_a_fit_that_is_not_there_is_said_to_be_missing(call, model_path, tmp_path):
    status, told = call("measure", "--model", model_path, "--fit", tmp_path / "none.json")
    assert status == 1
    assert "There is no file at" in told


@pytest.mark.parametrize("changes", [{"fingerprint": "ffff"}, {"parameters": {code: [1.0] * 4 for code in CODES}}])
def test_a_fit_of_another_model_is_not_measured(call, model_path, tmp_path, changes):
    fit = {"parameters": {code: [1.0] for code in CODES}, "fingerprint": load(model_path).fingerprint}
    (tmp_path / "own.json").write_text(json.dumps(fit), encoding="utf-8")
    assert call("measure", "--model", model_path, "--fit", tmp_path / "own.json")[0] == 0
    (tmp_path / "other.json").write_text(json.dumps(fit | {"model": "Another"} | changes), encoding="utf-8")
    status, told = call("measure", "--model", model_path, "--fit", tmp_path / "other.json")
    assert status == 1
    assert "a fit of another model, Another" in told


def test_a_coefficient_that_is_set_leaves_the_others_as_they_were_fitted(call, model_path, tmp_path, monkeypatch):
    fitted = Parameters.of(dict.fromkeys(CODES, (1.0, -0.5)))
    fit = {"parameters": {code: fitted.code(code) for code in CODES}}
    (tmp_path / "fit.json").write_text(json.dumps(fit), encoding="utf-8")
    measured = Mock(wraps=find_landmarks)
    monkeypatch.setattr("facewright.core.measure_command.find_landmarks", measured)
    assert call("measure", "--model", model_path, "--fit", tmp_path / "fit.json", "--set", "nose.1=2")[0] == 0
    assert measured.call_args.args[1] == fitted.with_value("nose", 0, 2.0)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"parameters": 3}', f'{{"parameters": {{"expression": [{10**400}]}}}}']
)
def test_what_is_no_fit_is_one_sentence(call, model_path, tmp_path, content):
    (tmp_path / "fit.json").write_text(content, encoding="utf-8")
    status, told = call("measure", "--model", model_path, "--fit", tmp_path / "fit.json")
    assert status == 1
    assert "is not a fit" in told


def test_a_project_with_components_that_its_model_lacks_is_one_sentence(call, model_path, tmp_path):
    state = EditState((Variant("Head 1", Parameters(nose=(0.0, 0.0, 0.0, 1.0))),))
    project = Project("tiny", load(model_path).fingerprint, (Step("Start", state),), 0)
    save_project(project, tmp_path / "mine.facewright")
    arguments = ("--project", tmp_path / "mine.facewright", "--out", tmp_path / "head.obj")
    status, told = call("mesh", "--model", model_path, *arguments)
    assert status == 1
    assert "its model does not have" in told
