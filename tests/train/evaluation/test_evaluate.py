"""The evaluation's measures on surfaces and edits whose figures are known."""

import csv
import json
import math
import os
import sys
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from facewright.core.errors import FacewrightError
from facewright.core.field.field import Field
from facewright.core.fit import FitSettings
from facewright.core.mesh import Mesh
from facewright.core.metrics import in_face
from facewright.core.model.model_file import load, save
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS, PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from facewright.train.__main__ import main
from facewright.train.baselines.linear import LinearModel, part_pca
from facewright.train.data.heads import open_source
from facewright.train.data.ict_facekit import SUBJECTS
from facewright.train.evaluate import Effort, ModelEvaluator
from facewright.train.evaluation.bench import Shown, compare_linear
from facewright.train.evaluation.comparison import Sampled, TrueHead
from facewright.train.evaluation.disentanglement import Leak, Seam, SeamMeter, mean_curvature, measure_leak
from facewright.train.evaluation.picture import Shot, draw, png
from facewright.train.evaluation.reconstruction import FittedHead, ImplicitHeads, Unseen
from facewright.train.evaluation.report import Report, write_report
from facewright.train.evaluation.scores import REGIONS, HeadScores, MethodScores, Scores, VisibleScores
from facewright.train.evaluation.side_by_side import composites, reconstructions
from facewright.train.evaluation.tables import MODEL, Evaluation
from facewright.train.run.checkpoint import MODEL as MODEL_FILE
from facewright.train.sampling.registered import RegisteredHeads
from facewright.train.windows import TemplateWindows
from tests.core.tiny_model import tiny_model
from tests.train.ball import RADIUS, TIP, ball, quarters


@pytest.fixture(scope="module")
def truth(few_points):
    mesh = ball(RADIUS, subdivisions=4)
    return TrueHead(mesh, quarters(mesh), TIP, np.random.default_rng(0))


def test_a_larger_ball_is_the_difference_of_the_radii_off_in_every_region(truth):
    larger = Mesh(truth.mesh.vertices * np.float32(1.05), truth.mesh.faces)
    for scores in truth.compare(larger, larger.vertices).regions.values():
        assert scores.p2s_mean_mm == pytest.approx(3.0, abs=0.05)
        assert scores.p2s_p95_mm == pytest.approx(3.0, abs=0.1)
        assert scores.vertex_mean_mm == pytest.approx(3.0, abs=0.01)
        assert scores.normal_consistency == pytest.approx(1.0, abs=0.01)
        assert scores.scd_mm > 3.0
        assert scores.f1mm == 0.0


def test_the_same_surface_scores_its_floor_and_no_exact_distance(truth):
    for region, scores in truth.compare(truth.mesh, truth.mesh.vertices).regions.items():
        assert scores.scd_mm == pytest.approx(scores.floor_scd_mm, rel=0.1), region
        assert scores.floor_scd_mm > 0.3
        assert scores.p2s_mean_mm == pytest.approx(0.0, abs=1e-4)
        assert scores.vertex_mean_mm == 0.0


def test_samples_stay_in_the_face_and_on_their_part():
    mesh = ball(150.0)
    sampled = Sampled(mesh, quarters(mesh) == 3, np.array([0.0, 0.0, 150.0]), 500, np.random.default_rng(1))
    assert len(sampled.points) == 500
    assert in_face(sampled.points, np.array([0.0, 0.0, 150.0])).all()
    assert (sampled.points[:, :2] > -6.0).all()


def test_means_are_over_heads():
    one, other = Scores(*[1.0] * 8), Scores(*[3.0] * 8)
    assert Scores.mean([one, other]) == Scores(*[2.0] * 8)
    assert Scores.mean([one, Scores.absent(), other]) == Scores(*[2.0] * 8, missing=1)
    assert math.isnan(Scores.mean([Scores.absent()]).scd_mm)


def test_deviations_are_a_samples_and_one_head_has_none():
    one, other = Scores(*[1.0] * 8), Scores(*[3.0] * 8)
    assert Scores.deviation([one, Scores.absent(), other]).scd_mm == pytest.approx(2.0**0.5)
    assert math.isnan(Scores.deviation([one, Scores.absent()]).scd_mm)


def test_a_reconstruction_without_a_part_is_counted_and_does_not_end_the_evaluation(truth):
    right = truth.mesh.faces[quarters(truth.mesh) == 0]
    scores = truth.compare(Mesh(truth.mesh.vertices, right), None).regions
    assert [region for region in REGIONS if not scores[region].missing] == ["full", REGIONS[1]]
    assert scores[REGIONS[1]].p2s_mean_mm == pytest.approx(0.0, abs=1e-4)
    far_off = Mesh(truth.mesh.vertices + np.float32(500.0), right)
    for nothing in (Mesh(truth.mesh.vertices, right[:0]), far_off):
        found = truth.compare(nothing, None)
        assert all(scores.missing for scores in (*found.regions.values(), *found.visible.values()))


def test_the_faces_parts_are_the_anatomys(heads):
    labels = heads.face_parts
    assert set(labels) == set(range(len(PARTS)))
    tip = heads.surface.points["prn"]
    around = (heads.surface.faces == tip).any(axis=1)
    assert (labels[around] == PARTS.index("nose")).all()


def test_a_balls_mean_curvature_is_one_over_its_radius():
    mesh = ball(20.0)
    np.testing.assert_allclose(mean_curvature(mesh.vertices, mesh.faces.astype(np.int64)), 1 / 20.0, rtol=0.05)


def test_the_plain_swap_has_a_worse_seam_than_the_collars(heads):
    meter = SeamMeter(heads)
    own = np.mean([meter.jump("nose", head) for head in heads.neutral])
    assert own < meter.swapped("nose", collar=True) < meter.swapped("nose", collar=False)


@pytest.fixture(scope="module")
def windows(heads):
    """The windows of real heads, in the tiny model's frame."""
    return TemplateWindows(RegisteredHeads(heads, torch.device("cpu"), collar=False), tiny_model().frame)


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_windows_leave_no_leak(part, windows):
    model = tiny_model()
    leak = measure_leak(model, part, head_mesh(model, Parameters(), 16.0).vertices, windows, 1)
    assert leak.max_mm == leak.mean_mm == 0.0
    assert leak.inside_max_mm >= leak.inside_mean_mm > 0.0


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_model_without_windows_leaks_out_of_those_of_its_heads(part, windows):
    model = tiny_model(windows=False)
    leak = measure_leak(model, part, head_mesh(model, Parameters(), 16.0).vertices, windows, 1)
    assert leak.max_mm > 0.1


def test_a_window_of_the_heads_holds_its_part_and_not_the_others(heads, windows):
    template = heads.symmetric_mean
    own = {part: template[heads.surface.landmarks[part]] for part in LOCAL_PARTS}
    for part in LOCAL_PARTS:
        assert windows.inside(part, own[part]).mean() > 0.7
        assert not windows.inside(part, template[heads.surface.landmarks["remainder"]]).any()
    stomion = own["mouth"][2:3]
    assert not windows.inside("nose", stomion).any()


def test_a_model_without_a_surface_reconstructs_nothing(heads, monkeypatch):
    monkeypatch.setattr(Field, "distance", lambda _, points: np.ones(len(points), np.float32))
    monkeypatch.setattr("facewright.train.evaluation.reconstruction.VOXEL_MM", 8.0)
    found = ImplicitHeads(tiny_model(), Unseen.of(heads), None).reconstruct(FittedHead(0, 0, Parameters()))
    assert found.mesh.faces.shape == (0, 3)


def test_points_come_back_from_the_template():
    model = tiny_model()
    cascade = Cascade(model, Parameters(remainder=(1.0,), nose=(1.0,)))
    points = head_mesh(model, Parameters(remainder=(1.0,), nose=(1.0,)), 16.0).vertices
    start = points + np.random.default_rng(0).uniform(-1.0, 1.0, points.shape).astype(np.float32)
    back = cascade.from_template(cascade.to_template(points), start)
    assert np.median(np.linalg.norm(back - points, axis=1)) < 0.3  # the mesh is off its surface by so much


def test_a_linear_model_finds_its_own_heads_again(heads, few_points):
    everything = heads.vertices.reshape(-1, *heads.vertices.shape[2:])[::4]
    model = LinearModel(everything, [np.arange(everything.shape[1])], [len(everything) - 1])
    np.testing.assert_allclose(model.reconstruct(everything[1]), everything[1], atol=0.01)
    head = TrueHead(
        Mesh(everything[1], heads.surface.faces),
        heads.face_parts,
        everything[1][heads.surface.points["prn"]],
        np.random.default_rng(0),
    )
    scores = compare_linear(head, part_pca(heads)).regions
    assert set(scores) == set(REGIONS)
    assert scores["nose"].vertex_mean_mm < 0.1


def test_the_template_is_its_own_mirror_image(heads):
    template = heads.symmetric_mean
    np.testing.assert_allclose(template[heads.surface.mirror] * [-1, 1, 1], template, atol=1e-4)


def test_the_whole_command_prints_and_writes_everything(heads, ict_folder, few_points, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(SUBJECTS, "train", 3)
    monkeypatch.setattr(
        "facewright.train.evaluate.open_source", lambda *of: heads if of[1] == "test" else open_source(*of)
    )
    monkeypatch.setattr(
        "facewright.train.__main__.QUICK", Effort(16, 1, FitSettings(steps=2, surface_points=50, space_points=50))
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
    arguments = ["--model", str(model), "--beside", str(run), "--subjects", "2", "--quick", "--record"]
    arguments += ["--outside", f"others=ict:{ict_folder}"]
    places = ["--json", str(tmp_path / "figures.json"), "--report", str(tmp_path / "page")]
    places += ["--csv", str(tmp_path / "figures.csv")]
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", f"ict:{ict_folder}", *arguments, *places])
    assert main() == 0
    printed = capsys.readouterr().out
    assert "Reconstruction of 4 unseen heads" in printed
    assert printed.count("linear PCA") == 4
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
    rows = list(csv.DictReader((tmp_path / "figures.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(REGIONS) * (4 * 4 + 2 * 2)
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


def method(scores, heads=2):
    seen = VisibleScores(0.9, 0.1, 0.2, 0.95)
    one = HeadScores("anna", "neutral", dict.fromkeys(REGIONS, scores), dict.fromkeys(REGIONS, seen))
    return MethodScores((one,) * heads)


def evaluation(heads=2):
    scores = Scores(*np.linspace(0.1, 0.8, 8).tolist())
    seam = Seam(0.1, 0.1, 0.1, 0.1, 0.3, 0.1) if heads > 1 else Seam(0.1, 0.1, 0.1, math.nan, math.nan, math.nan)
    return Evaluation(
        {"model": "<tiny>", "data": "Heads", "trained_on": "Heads", "heads": heads, "subjects": heads},
        {MODEL: method(scores, heads), "linear PCA": method(scores, heads)},
        {MODEL: dict.fromkeys(LOCAL_PARTS, Leak(0.0, 0.0, 2.0, 1.0))},
        {MODEL: dict.fromkeys(LOCAL_PARTS, seam)},
        {"elsewhere": {MODEL: method(replace(scores, vertex_mean_mm=math.nan), heads)}},
    )


def test_the_record_has_the_keys_that_machines_read():
    record = json.loads(json.dumps(evaluation().record()))
    for region in ("full", "nose", "eyes", "mouth", "remainder"):
        assert {"scd_mm", "f1mm", "floor_scd_mm", "p2s_mean_mm", "p2s_p95_mm"} <= record[region].keys()
    assert record["leak"]["nose"]["max_mm"] == 0.0
    assert record["seam"]["mouth"]["plain_swap"] == 0.3
    assert record["baselines"]["linear PCA"]["full"]["scd_mm"] == 0.1
    assert record["outside"]["elsewhere"]["eyes"]["scd_mm"] == 0.1
    assert record["outside"]["elsewhere"]["eyes"]["vertex_mean_mm"] is None
    assert record["outside"]["elsewhere"]["visible"]["nose"]["p2s_mean_mm"] == 0.1
    assert record["visible"]["nose"]["sd"]["p2s_mean_mm"] == 0.0


def test_one_subject_is_said_to_have_nobody_to_swap_with():
    alone = evaluation(heads=1)
    assert alone.record()["seam"]["nose"]["plain_swap"] is None
    text = alone.tables()[-1].text()
    assert "nobody to swap parts with" in text
    assert text.count("–") == 3 * len(LOCAL_PARTS)


def test_with_one_subject_there_are_no_composites(heads):
    one = replace(heads, subjects=heads.subjects[:1], vertices=heads.vertices[:1])
    assert composites(one) == []
    assert math.isnan(SeamMeter(one).swapped("nose", collar=True))


def test_composites_are_drawn_row_by_row(heads, monkeypatch):
    drawn: list[Mesh] = []
    monkeypatch.setattr("facewright.train.evaluation.side_by_side.draw", lambda mesh, _: drawn.append(mesh))
    rows = composites(heads)
    assert [len(pictures) for _, pictures in rows] == [1] * 4
    tip, eye = heads.surface.points["prn"], heads.surface.landmarks["eyes"][0]
    moved = [np.abs(after.vertices - before.vertices).max(axis=1) for before, after in pairwise(drawn)]
    assert [m[tip] > 0.1 for m in moved] == [True, False, False]
    assert [m[eye] > 0.1 for m in moved] == [False, True, False]


def test_a_reconstruction_is_shown_beside_the_truth_with_how_far_it_is_away():
    truth, off = ball(RADIUS, 4), ball(RADIUS + 1.0, 4)
    empty = Mesh(off.vertices[:0], off.faces[:0])
    pictures = reconstructions(Shown("anna, neutral", truth, TIP, {"model": off, "none": empty}))
    assert len(pictures) == 5
    middle = pictures[2][130, 110].astype(float)
    assert middle[0] > middle[2] + 40.0  # half of the scale: from yellow to red
    assert (pictures[3] == 255).all()


def test_the_report_is_a_page_with_tables_and_pictures(tmp_path):
    picture = draw(ball(RADIUS), Shot((0.0, 0.0, 0.0), 75.0, 60, 50))
    report = Report(tmp_path / "report", "Evaluation of <tiny>")
    for table in evaluation().tables():
        report.table(table)
    report.strip([picture, picture], "twice")
    page = report.write().read_text(encoding="utf-8")
    assert page.count("<table>") == 12
    assert "&lt;tiny&gt;" in page
    assert 'src="001.png"' in page
    assert (tmp_path / "report" / "001.png").read_bytes() == png(np.concatenate([picture, picture], axis=1))


def test_the_page_of_a_model_without_correspondence_shows_components_alone(heads, tmp_path):
    one = replace(heads, subjects=heads.subjects[:1], vertices=heads.vertices[:1])
    gallery = SimpleNamespace(
        component=lambda *_: [np.zeros((2, 2, 3), np.uint8)], components=dict.fromkeys(CODES, 3), heads=one
    )
    bench = SimpleNamespace(names=(MODEL,), neutral=lambda _: [], shown=lambda _: [])
    page = write_report(tmp_path, evaluation(), gallery, bench, 1, lambda: None)  # type: ignore[arg-type]
    text = page.read_text(encoding="utf-8")
    assert text.count("<img") == len(CODES)
    assert "nobody to swap parts with" in text


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

    monkeypatch.setattr("facewright.train.__main__.ModelEvaluator", Done)


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

    monkeypatch.setattr("facewright.train.__main__.write_atomically", full)
    places = ["--model", str(model), "--record", "--json", str(json_file), "--report", str(page)]
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", *places])
    assert main() == 1
    assert f"{json_file} cannot be written" in capsys.readouterr().err
    assert (page / "index.html").exists()
    assert "metrics" in load(model).metadata


@pytest.mark.parametrize("folders", [("one/run", "two/run"), ("one/model",)])
def test_models_that_would_take_each_others_names_are_refused(monkeypatch, capsys, folders):
    monkeypatch.setattr("facewright.train.__main__.load", lambda _: SimpleNamespace(metadata={}))
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", "--beside", *folders])
    assert main() == 1
    assert "names of their own" in capsys.readouterr().err


def test_models_of_different_data_are_not_shown_beside_each_other(ict_folder, monkeypatch, capsys, tmp_path):
    models = iter([SimpleNamespace(metadata={"data": "Anny"}), SimpleNamespace(metadata={"data": "ICT-FaceKit"})])
    monkeypatch.setattr("facewright.train.__main__.load", lambda _: next(models))
    arguments = ["--data", f"ict:{ict_folder}", "--beside", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", *arguments])
    assert main() == 1
    assert "evaluate them one by one" in capsys.readouterr().err


def test_data_sets_outside_have_names_of_their_own(monkeypatch, capsys):
    monkeypatch.setattr("facewright.train.__main__.load", lambda _: None)
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
    assert not evaluator.linear
    assert evaluator.training is None
    implicit = ImplicitHeads(model, evaluator.test.unseen, None)
    assert implicit.vertices(FittedHead(0, 0, Parameters())) is None


def test_ctrl_c_ends_it_without_a_traceback(monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("facewright.train.__main__.load", interrupted)
    monkeypatch.setattr(sys, "argv", ["train", "evaluate", "--data", "ict:nowhere", "--model", "any"])
    assert main() == 130
