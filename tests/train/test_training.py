"""A real, if short, training on real heads: it learns, it stops, it resumes to the bit, and its model loads."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from facewright.core.errors import FacewrightError
from facewright.core.model.model_file import load
from facewright.core.network.config import NetworkConfig
from facewright.core.parameters import Parameters
from facewright.core.surface.extraction import head_mesh
from facewright.train.baselines.implicit import METHODS, configured
from facewright.train.command_line import Run, _command
from facewright.train.config import CONFIG, LossWeights, TrainConfig, preset_file
from facewright.train.data.heads import open_source
from facewright.train.loop import train
from facewright.train.run.checkpoint import EVENTS, MODEL, STATE
from facewright.train.sampling.draws import WHOLE
from facewright.train.state_file import load_state
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.train.small_run import reading_once, small_config


@pytest.fixture(scope="module")
def config(ict_folder):
    config = small_config(f"ict:{ict_folder}")
    with reading_once(config):
        yield config


def events_of(run):
    return [json.loads(line) for line in (run / EVENTS).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    """A finished run and all of its steps' events."""
    run = tmp_path_factory.mktemp("run") / "whole"
    heard: list[dict[str, object]] = []
    train(config, run, listeners=[heard.append], report_seconds=0.0)
    return run, [event for event in heard if event["event"] == "step"]


def test_every_phase_is_trained_and_every_term_logged(finished, config):
    _, steps = finished
    assert [event["step"] for event in steps] == list(range(1, config.steps + 1))
    assert {event["phase"] for event in steps} == {"template", "stages", "end"}
    last = steps[-1]["losses"]
    named = {name.partition("/")[0] for name in last}
    assert named == set(config.weights.__dataclass_fields__)
    assert all(np.isfinite(list(event["losses"].values())).all() for event in steps)


def test_the_template_is_learnt(finished):
    _, steps = finished
    distances = [event["losses"]["gt"] for event in steps if event["phase"] == "template"]
    assert np.mean(distances[-5:]) < 0.3 * np.mean(distances[:2])


def test_a_template_that_ends_as_noise_ends_the_run(config, tmp_path):
    noisy = replace(config, steps=900, sdf_learning_rate=1.0)
    with pytest.raises(FacewrightError, match=r"template was not learnt.*--sdf-learning-rate less than 1"):
        train(noisy, tmp_path / "noisy")


def test_its_model_makes_a_closed_head(finished):
    run, _ = finished
    model = load(run / MODEL, torch.device("cpu"))
    mesh = head_mesh(model, Parameters(), 8.0)
    assert mesh.watertight
    assert mesh.component_count == 1
    assert mesh.height_mm > 150.0
    assert model.metadata["licence"]
    assert {"smile", "eyes_closed", "brow_raise"} <= model.expressions.keys()
    assert "neutral" not in model.expressions
    assert 0.9 < model.spread["nose"][0].sum() <= 1.0
    assert model.points["prn"][2] > model.points["n"][2]


class Talking(Workers):
    """Remembers what it said to the others: whether the run is to be held."""

    def __init__(self):
        super().__init__()
        self.said: list[bool] = []

    def agree(self, seconds, stop, hold=False):
        self.said.append(hold)
        return super().agree(seconds, stop, hold)


def test_a_stopped_run_resumes_to_the_same_bits(finished, config, tmp_path):
    whole, _ = finished
    stop = threading.Event()

    def listener(event):
        if event["event"] == "step" and event["step"] == 37:
            stop.set()

    run = tmp_path / "stopped"
    train(config, run, listeners=[listener], should_stop=stop.is_set, report_seconds=0.0)
    assert events_of(run)[-1]["step"] == 37
    assert "--resume" in events_of(run)[-1]["message"]
    workers, paused = Talking(), iter((True, True))
    train(TrainConfig.load(run / CONFIG), run, resume=True, workers=workers, is_paused=lambda: next(paused, False))
    assert workers.said[:3] == [True, True, False]  # who is silent for half an hour would be taken for dead
    expected, found = load_state(whole / STATE)[0], load_state(run / STATE)[0]
    assert expected.keys() == found.keys()
    differing = [name for name in expected if not torch.equal(expected[name], found[name])]
    assert differing == []


def test_the_configuration_survives_its_file(config, tmp_path):
    path = tmp_path / "config.json"
    config.save(path)
    assert TrainConfig.load(path) == config
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(FacewrightError, match="not the configuration"):
        TrainConfig.load(path)


@pytest.mark.parametrize(
    ("was", "edited", "sentence"),
    [
        ('"heads": 4', '"heads": 4.5', "heads is 4.5, not a whole number"),
        ('"minutes": 60.0', '"minutes": "an hour"', 'minutes is "an hour", not a number'),
        ('"steps": 60', '"steps": true', "steps is true, not a whole number"),
        ('"width": 16', '"width": "wide"', 'width is "wide", not a whole number'),
        ('"width": 16', '"width": 0', "width must be more than 0"),
        ('"gt": 3000.0', '"gt": null', "gt is null, not a number"),
        ('"network": {', '"network": "none", "nothing": {', "not the configuration"),
    ],
)
def test_a_value_that_was_edited_to_what_cannot_be_is_told(config, tmp_path, was, edited, sentence):
    path = tmp_path / "config.json"
    config.save(path)
    text = path.read_text(encoding="utf-8")
    assert text.count(was) == 1
    path.write_text(text.replace(was, edited), encoding="utf-8")
    with pytest.raises(FacewrightError, match=sentence):
        TrainConfig.load(path)


def test_whole_minutes_are_a_number(config, tmp_path):
    path = tmp_path / "config.json"
    config.save(path)
    path.write_text(path.read_text(encoding="utf-8").replace('"minutes": 60.0', '"minutes": 20'), encoding="utf-8")
    assert TrainConfig.load(path).minutes == 20


def test_resuming_from_a_damaged_state_is_refused(finished, config, tmp_path):
    whole, _ = finished
    run = tmp_path / "damaged"
    run.mkdir()
    (run / STATE).write_bytes((whole / STATE).read_bytes()[:1000])
    with pytest.raises(FacewrightError, match="not the saved state"):
        train(config, run, resume=True)


@pytest.mark.parametrize("change", [
    {"minutes": 0.0}, {"heads": 1}, {"stage_share": 0.95}, {"steps": 0}, {"seed": -1}, {"shares": (1.0, float("nan"))},
    {"weights": LossWeights(gt=-5.0)}, {"weights": LossWeights(reg=float("nan"))},
    {"weights": LossWeights(normal=float("inf"))},
])  # fmt: skip
def test_a_configuration_that_cannot_train_is_refused(config, change):
    with pytest.raises(FacewrightError):
        replace(config, **change)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_its_model_loads(method, plain_source, tmp_path):
    config = small_config(plain_source, steps=4, template_share=0.25, stage_share=0.25)
    short = configured(method, config)
    if method == "paper":
        small = replace(short.network, width=16, layers=3, hyper_width=16, sdf_width=16)
        short = replace(short, steps=2, heads=4, surface_points=16, space_points=16, network=small)
    heard: list[dict[str, object]] = []
    with reading_once(config):
        train(short, tmp_path / method, listeners=[heard.append], report_seconds=0.0)
    last = [event for event in heard if event["event"] == "step"][-1]["losses"]
    assert isinstance(last, dict)
    stages = {name.partition("/")[2] for name in last if name.startswith("stage/")}
    assert stages == set(short.network.stages)
    model = load(tmp_path / method / MODEL, torch.device("cpu"))
    assert model.network.config == short.network
    assert np.isfinite(model.field(Parameters(nose=(1.0,))).distance(np.zeros((1, 3), np.float32))).all()


def test_codes_that_start_at_random_are_small_and_unseen_heads_are_still_known_by_their_shapes(config):
    heads = open_source(config.data, "train", 2)
    trainer = Trainer(replace(config, codes="random"), heads, Workers())
    principal = Trainer(config, heads, Workers())
    assert trainer.tables.rows("remainder").std().item() == pytest.approx(0.01, rel=0.2)
    for code, rows in principal.initial.items():
        assert torch.equal(trainer.initial[code], rows)


def test_a_configuration_may_be_only_what_differs(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{"minutes": 3, "network": {"width": 16}, "codes": "random"}', encoding="utf-8")
    expected = TrainConfig("anny:", minutes=3, codes="random", network=NetworkConfig(width=16))
    assert TrainConfig.load(file, data="anny:") == expected
    with pytest.raises(FacewrightError, match="source of heads as data"):
        TrainConfig.load(file)
    run = _command(["run", str(file), "--data", "anny:", "--out", str(tmp_path / "run"), "--minutes", "5"])
    assert isinstance(run, Run)
    assert run.config == replace(expected, minutes=5.0)
    paper = _command(["run", "paper", "--data", "anny:", "--out", str(tmp_path / "run")])
    assert isinstance(paper, Run)
    assert paper.config == TrainConfig.load(preset_file("paper"), data="anny:")


@pytest.mark.parametrize("options", [["--minutes", "5"], ["--minutes=5"]])
def test_minutes_alone_take_the_place_of_steps_and_steps_of_minutes(options, tmp_path):
    config = small_config("anny:", steps=7)
    config.save(tmp_path / CONFIG)
    for start in (["--resume", str(tmp_path)], [str(tmp_path / CONFIG), "--out", str(tmp_path / "run")]):
        run = _command(["run", *start, *options])
        assert isinstance(run, Run)
        assert (run.config.steps, run.config.minutes) == (None, 5.0)
        both = _command(["run", *start, *options, "--steps", "9"])
        assert isinstance(both, Run)
        assert both.config.steps == 9


@pytest.mark.parametrize(("text", "sentence"), [
    ('{"data": "anny:", "widht": 3}', "no setting 'widht'"),
    ('{"data": "anny:", "network": {"depth": 3}}', "no setting 'depth'"),
    ('{"data": "anny:", "codes": "none"}', "choose principal or random"),
    ('{"data": "anny:", "stage_share": -0.1}', "less than 0"),
])  # fmt: skip
def test_what_cannot_be_configured_is_said(text, sentence, tmp_path):
    (tmp_path / "mine.json").write_text(text, encoding="utf-8")
    with pytest.raises(FacewrightError, match=sentence):
        TrainConfig.load(tmp_path / "mine.json")


def test_two_stages_are_taught_all_that_five_are(config, ict_folder):
    two = configured("imface", config)
    trainer = Trainer(two, open_source(config.data, "train", 2), Workers())
    heads, generator = torch.arange(4), torch.Generator().manual_seed(0)
    batch = trainer.heads.batch(4, generator)
    points = trainer.sampler.draw(batch, heads, 16, generator, WHOLE)
    end = points.points[-1] + points.displacement[-1]
    low, high = (trainer.heads.template.amin(dim=0), trainer.heads.template.amax(dim=0))
    centre = torch.tensor(trainer.frame.centre_mm)
    mm = end[:, ::3] * trainer.frame.radius_mm + centre  # those without an offset
    assert ((mm > low - 1e-3) & (mm < high + 1e-3)).all()
    tip = trainer.heads.surface.points["prn"]
    shown = points.landmarks[:, :, 0]
    for landmark, state in zip(shown, batch.states[:2], strict=True):
        torch.testing.assert_close(landmark, (state[:, tip] - centre) / trainer.frame.radius_mm)
