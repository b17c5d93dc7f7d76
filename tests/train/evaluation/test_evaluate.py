"""The command that evaluates a model: all that it writes, and what it refuses."""

import csv
import json
import os
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.errors import FacewrightError
from facewright.core.field.field import Field
from facewright.core.fit import FitSettings
from facewright.core.model.model_file import load, save
from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS
from facewright.train.command_line import main
from facewright.train.data.heads import open_source
from facewright.train.data.ict_facekit import SUBJECTS
from facewright.train.evaluate import Effort, ModelEvaluator
from facewright.train.evaluation.reconstruction import FittedHead, ImplicitHeads, Unseen
from facewright.train.evaluation.scores import REGIONS
from facewright.train.run.checkpoint import MODEL as MODEL_FILE
from tests.core.tiny_model import tiny_model
from tests.train.evaluation.made_up import evaluation


def test_a_model_without_a_surface_reconstructs_nothing(heads, monkeypatch):
    monkeypatch.setattr(Field, "distance", lambda _, points: np.ones(len(points), np.float32))
    monkeypatch.setattr("facewright.train.evaluation.reconstruction.VOXEL_MM", 8.0)
    found = ImplicitHeads(tiny_model(), Unseen.of(heads), None).reconstruct(FittedHead(0, 0, Parameters()))
    assert found.mesh.faces.shape == (0, 3)


def test_the_whole_command_prints_and_writes_everything(heads, ict_folder, few_points, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(SUBJECTS, "train", 3)
    monkeypatch.setattr(
        "facewright.train.evaluate.open_source", lambda *of: heads if of[1] == "test" else open_source(*of)
    )
    monkeypatch.setattr(
        "facewright.train.command_line.QUICK", Effort(16, 1, FitSettings(steps=2, surface_points=50, space_points=50))
    )
    model, run = tmp_path / "tiny.safetensors", tmp_path / "deepsdf"
    run.mkdir()
    save(replace(tiny_model(), metadata={"data": "ICT-FaceKit"}), model)
    save(replace(tiny_model(windows=False, stages=()), metadata={"data": "ICT-FaceKit"}), run / MODEL_FILE)
    monkeypatch.setattr("facewright.train.evaluation.reconstruction.VOXEL_MM", 8.0)
    monkeypatch.setattr("facewright.train.evaluation.report.VOXEL_MM", 16.0)
    monkeypatch.setattr("facewright.train.evaluation.visibility.AZIMUTHS_DEG", (0,))
    for room in ("report", "side_by_side"):
        monkeypatch.setattr(f"facewright.train.evaluation.{room}.draw", lambda *_, **__: np.zeros((2, 2, 3), np.uint8))
    monkeypatch.setattr("facewright.train.baselines.registered._ROUNDS", 1)
    monkeypatch.setattr("facewright.train.anatomy.registration._REACH_MM", (10.0, 3.0))
    arguments = ["--model", str(model), "--beside", str(run), "--subjects", "2", "--quick", "--record"]
    arguments += ["--outside", f"others=ict:{ict_folder}"]
    places = ["--json", str(tmp_path / "figures.json"), "--report", str(tmp_path / "page")]
    places += ["--csv", str(tmp_path / "figures.csv")]
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", f"ict:{ict_folder}", *arguments, *places])
    assert main() == 0
    printed = capsys.readouterr().out
    assert "Reconstruction of 4 unseen heads" in printed
    assert printed.count("linear PCA") == 8
    assert printed.count("; linear models learnt 3 subjects of ICT-FaceKit") == 4
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert all(record["leak"][part]["max_mm"] == 0.0 for part in LOCAL_PARTS)
    assert record["full"]["p2s_mean_mm"] > 1.0  # the tiny model is a ball
    assert record["baselines"]["part PCA"].keys() == {*REGIONS, "visible", "per_head"}
    assert len(record["per_head"]) == 4
    values = [head["nose"]["p2s_mean_mm"] for head in record["per_head"]]
    assert record["nose"]["p2s_mean_mm"] == pytest.approx(np.mean(values))
    assert record["nose"]["sd"]["p2s_mean_mm"] == pytest.approx(np.std(values, ddof=1))
    assert record["outside"]["others"]["visible"]["nose"]["p2s_mean_mm"] > 1.0
    assert record["outside"]["others"]["baselines"]["deepsdf"]["full"]["p2s_mean_mm"] > 1.0
    registered = record["outside"]["others"]["baselines"]["linear PCA"]
    assert 0.0 < registered["full"]["p2s_mean_mm"] < record["outside"]["others"]["full"]["p2s_mean_mm"]
    assert registered["full"]["vertex_mean_mm"] is None
    rows = list(csv.DictReader((tmp_path / "figures.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(REGIONS) * (4 * 4 + 2 * 3)
    assert float(rows[1]["p2s_mean_mm"]) == record["per_head"][0]["nose"]["p2s_mean_mm"]
    without = record["baselines"]["deepsdf"]
    assert without["nose"]["vertex_mean_mm"] is None
    assert without["nose"]["p2s_mean_mm"] > 1.0
    assert without["leak"]["nose"]["max_mm"] > 0.0
    assert "seam" not in without
    metrics = load(model).metadata["metrics"]
    assert isinstance(metrics, dict)
    assert metrics["nose"] == record["nose"]
    assert metrics["heads"] == 4
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") == 4 + 4 + 5 + 4 + 2 * 4 == len(list((tmp_path / "page").glob("*.png")))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "nowhere.safetensors"], "no model file"),
        (["--json", "nowhere/at/all.json"], "there is no folder"),
        (["--report", __file__], "cannot be made"),
    ],
)
def test_the_command_says_what_is_wrong(monkeypatch, capsys, arguments, sentence):
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", *arguments])
    assert main() == 1
    assert sentence in capsys.readouterr().err


@pytest.fixture
def done(monkeypatch):
    """Every evaluation is done at once; its report is a file."""

    class Done:
        def __init__(self, *_):
            pass

        def run(self):
            return evaluation()

        def report(self, _, folder):
            (folder / "index.html").touch()

    monkeypatch.setattr("facewright.train.command_line.ModelEvaluator", Done)


def test_a_read_only_model_file_is_refused_before_anything_is_read(monkeypatch, capsys, tmp_path):
    model = tmp_path / "tiny.safetensors"
    save(tiny_model(), model)
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", "--model", str(model), "--record"])
    assert main() == 1
    assert "it is read-only" in capsys.readouterr().err


def test_what_cannot_be_written_takes_nothing_else_along(monkeypatch, capsys, tmp_path, done):
    model, json_file, page = tmp_path / "tiny.safetensors", tmp_path / "figures.json", tmp_path / "page"
    save(tiny_model(), model)

    def full(path, _):
        raise FacewrightError(f"{path} cannot be written")

    monkeypatch.setattr("facewright.train.command_line.write_atomically", full)
    places = ["--model", str(model), "--record", "--json", str(json_file), "--report", str(page)]
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", *places])
    assert main() == 1
    assert f"{json_file} cannot be written" in capsys.readouterr().err
    assert (page / "index.html").exists()
    assert "metrics" in load(model).metadata


@pytest.mark.parametrize("folders", [("one/run", "two/run"), ("one/model",)])
def test_models_that_would_take_each_others_names_are_refused(monkeypatch, capsys, folders):
    monkeypatch.setattr("facewright.train.command_line.load", lambda _: SimpleNamespace(metadata={}))
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", "--beside", *folders])
    assert main() == 1
    assert "names of their own" in capsys.readouterr().err


def test_models_of_different_data_are_not_shown_beside_each_other(ict_folder, monkeypatch, capsys, tmp_path):
    models = iter([SimpleNamespace(metadata={"data": "Anny"}), SimpleNamespace(metadata={"data": "ICT-FaceKit"})])
    monkeypatch.setattr("facewright.train.command_line.load", lambda _: next(models))
    arguments = ["--data", f"ict:{ict_folder}", "--beside", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", *arguments])
    assert main() == 1
    assert "evaluate them one by one" in capsys.readouterr().err


def test_data_sets_outside_have_names_of_their_own(monkeypatch, capsys):
    monkeypatch.setattr("facewright.train.command_line.load", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", "--outside", "anny:", "anny:x"])
    assert main() == 1
    assert "adults=anny:x" in capsys.readouterr().err


def test_a_model_is_evaluated_on_other_heads_as_what_they_are(heads, ict_folder, monkeypatch):
    """They are laid on its landmarks; there is no correspondence, and nothing that rests on it."""
    nod = Rotation.from_euler("x", 20.0, degrees=True).as_matrix()
    elsewhere = (heads.vertices @ nod.T + np.array([0.0, 30.0, -10.0])).astype(np.float32)
    turned = replace(heads, name="Turned", vertices=elsewhere)
    monkeypatch.setattr("facewright.train.evaluate.open_source", lambda *_: turned)
    points = {name: heads.symmetric_mean[vertex] for name, vertex in heads.surface.points.items()}
    model = replace(tiny_model(), metadata={"data": "ICT-FaceKit"}, points=points)
    evaluator = ModelEvaluator(model, "folder:turned", Effort(16, 1, FitSettings(steps=1)))
    np.testing.assert_allclose(evaluator.heads.vertices, heads.vertices, atol=0.01)
    assert not evaluator.baselines
    assert evaluator.training is None
    implicit = ImplicitHeads(model, evaluator.test.unseen, None)
    assert implicit.vertices(FittedHead(0, 0, Parameters())) is None


def test_the_training_heads_are_those_that_the_model_learnt_from(heads, ict_folder, monkeypatch):
    """Their mean is the template, where every vertex is carried to: another mean is millimetres away."""
    monkeypatch.setitem(SUBJECTS, "train", 3)
    monkeypatch.setattr(
        "facewright.train.evaluate.open_source", lambda *of: heads if of[1] == "test" else open_source(*of)
    )
    two, three = (replace(tiny_model(), metadata={"data": "ICT-FaceKit", "subjects_of_each": n}) for n in (2, 3))
    source = f"ict:{ict_folder}"
    evaluator = ModelEvaluator(two, source, Effort(16, 1, FitSettings(steps=1)), beside={"alike": two, "wider": three})
    assert evaluator.training is not None
    assert evaluator.training.subjects == ("train000", "train001")
    template = {name: implicit._template for name, implicit in evaluator.test._implicit.items()}
    np.testing.assert_array_equal(template["model"], evaluator.training.symmetric_mean)
    np.testing.assert_array_equal(template["alike"], template["model"])
    np.testing.assert_array_equal(template["wider"], open_source(source, "train", 3).symmetric_mean)


def test_linear_models_of_several_sources_learn_of_all_that_are_given(heads, monkeypatch):
    """Without the others, of the benchmark of the first."""
    both = replace(heads, name="ICT-FaceKit and Anny", vertices=heads.vertices + 1.0)
    read: list[tuple[str, ...]] = []

    def training_heads(_, *sources):
        read.append(sources)
        return both

    monkeypatch.setattr("facewright.train.evaluate.open_source", lambda *_: heads)
    monkeypatch.setattr("facewright.train.evaluate.training_heads", training_heads)
    for room in ("linear_pca", "part_pca"):
        monkeypatch.setattr(f"facewright.train.evaluate.{room}", lambda heads: heads)
    metadata = {"data": both.name, "sources": ["ICT-FaceKit", "Anny"]}
    model, effort = replace(tiny_model(), metadata=metadata), Effort(16, 1, FitSettings(steps=1))
    evaluator = ModelEvaluator(model, "ict:x", effort, also=("anny:",))
    assert evaluator.training is both
    assert evaluator.test._implicit["model"]._template is not None
    alone = ModelEvaluator(model, "ict:x", effort)
    assert alone.training is heads
    assert alone.test._implicit["model"]._template is None
    assert read == [("ict:x", "anny:")]


def test_ctrl_c_ends_it_without_a_traceback(monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("facewright.train.command_line.load", interrupted)
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", "--model", "any"])
    assert main() == 130
