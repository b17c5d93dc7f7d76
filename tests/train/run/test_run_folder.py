"""What becomes of a run's folder when something goes wrong, and what a run says while it goes on."""

import io
import json
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from facewright.core.errors import FacewrightError
from facewright.core.model.model_file import load, save
from facewright.core.model.template_mesh import TemplateMesh
from facewright.train.config import CONFIG, TrainConfig
from facewright.train.interrupt import Stopped, interruptible
from facewright.train.loop import train
from facewright.train.run import checkpoint
from facewright.train.run.checkpoint import BEST, EVENTS, MODEL, POOL, STATE, load_template, model_of
from facewright.train.run.events import EventLog, ProgressBar
from facewright.train.run.monitor import Monitor
from facewright.train.run.outcome import HELD_OUT
from facewright.train.sampling.head_buffer import GROUPS, HeadBuffer
from facewright.train.sampling.pieces import PIECE
from facewright.train.state_file import load_state, save_state
from facewright.train.step import TrainingStep
from tests.train.small_run import reading_once, small_config

STEPS = 10


class Killed(BaseException):
    """As by the system."""


@pytest.fixture(scope="module")
def config(plain_source):
    config = small_config(plain_source, STEPS, template_share=0.2, stage_share=0.4)
    with reading_once(config):
        yield config


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    run = tmp_path_factory.mktemp("finished") / "run"
    heard: list[dict[str, object]] = []
    train(replace(config, held_out_seconds=1e-3), run, listeners=[heard.append], report_seconds=0.0)
    return run, heard


def of_kind(heard, kind):
    return [event for event in heard if event["event"] == kind]


def same_state(one, other):
    expected, found = load_state(one / STATE)[0], load_state(other / STATE)[0]
    return expected.keys() == found.keys() and all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux to tell")
def test_a_state_that_was_read_does_not_hold_its_file(tmp_path):
    """On Windows a resumed run could not write its next checkpoint otherwise."""
    save_state(tmp_path / STATE, {"moments": torch.arange(5000.0)}, {})
    tensors, _ = load_state(tmp_path / STATE)
    assert str(tmp_path) not in Path("/proc/self/maps").read_text(encoding="utf-8")
    assert torch.equal(tensors["moments"], torch.arange(5000.0))


def test_steps_are_told_with_their_pace_and_unseen_heads_with_their_error(finished):
    _, heard = finished
    step, held_out = of_kind(heard, "step")[-1], of_kind(heard, "held_out")[-1]
    assert step["steps_per_second"] > 0.0
    assert step["points_per_second"] > step["steps_per_second"]
    assert held_out["step"] == STEPS
    assert held_out["mm"].keys() == {"nose", "eyes", "mouth", "remainder"}
    assert all(0.0 < mm < 100.0 for mm in held_out["mm"].values())


def test_the_best_model_is_kept_beside_the_last(finished):
    run, heard = finished
    ends = [event for event in of_kind(heard, "held_out") if event["phase"] == "end"]
    means = {event["step"]: np.mean(list(event["mm"].values())) for event in ends}
    best = load(run / BEST, torch.device("cpu")).metadata
    assert best[HELD_OUT] == pytest.approx(means[best["steps"]])
    assert means[best["steps"]] == min(means.values())


def test_the_best_model_is_the_best_also_where_the_run_was_killed_before_its_next_checkpoint(
    config, tmp_path, monkeypatch
):
    """Unseen heads are 3, 1 and 2 mm off after steps 7, 8 and 9; it is killed as it saves step 9, and goes on at 8."""
    run, measured = tmp_path / "run", iter((3.0, 1.0, 2.0, 2.0))

    def killed(trainer, path):
        if trainer.steps == STEPS - 1:
            raise Killed
        checkpoint.save(trainer, path)

    monkeypatch.setattr(Monitor, "measure", lambda monitor: {"nose": next(measured)})
    monkeypatch.setattr(Monitor, "due", property(lambda monitor: monitor._trainer.steps > STEPS - 4))
    config = replace(config, checkpoint_seconds=1e-3)
    with monkeypatch.context() as dying:
        dying.setattr("facewright.train.loop.save_checkpoint", killed)
        with pytest.raises(Killed):
            train(config, run)
    assert load_state(run / STATE)[1]["steps"] == STEPS - 2
    train(config, run, resume=True)
    best = load(run / BEST, torch.device("cpu")).metadata
    assert (best["steps"], best[HELD_OUT]) == (STEPS - 2, 1.0)
    assert load_state(run / STATE)[1]["steps"] == STEPS


def test_a_bar_is_one_line_of_a_terminal_and_moves_while_heads_are_sampled():
    shown = io.StringIO()
    bar = ProgressBar(shown)
    step = {"phase": "stages", "step": 3, "losses": {"gt": 0.5}, "total": 1500.0, "steps_per_second": 2.0}
    bar({"event": "pool", "message": "Sampling", "done": 0, "of": 10})
    bar({"event": "pool", "done": 5, "of": 10})
    bar({"event": "step", "progress": 0.25, **step})
    bar({"event": "held_out", "step": 3, "mm": {"nose": 0.25, "eyes": 0.75}})
    bar({"event": "step", "progress": 0.3, **step})
    bar({"event": "end", "message": "Training finished."})
    lines = [line.rstrip() for line in shown.getvalue().replace("\r", "\n").splitlines()]
    assert any(line.startswith("sampling   50%") and line.endswith("5 of 10") for line in lines)
    assert any(line.startswith("stages     30%") and line.endswith("unseen 0.50 mm") for line in lines)
    assert "Step 3: unseen heads are nose 0.25, eyes 0.75 mm from the model's" in lines
    assert max(map(len, lines)) <= 80


def test_a_checkpoint_says_what_it_was_made_of(finished):
    run, _ = finished
    _, facts = load_state(run / STATE)
    model = load(run / MODEL, torch.device("cpu"))
    assert facts["config_hash"] == model.metadata["config_hash"]
    assert facts["data_hash"] == model.metadata["data_hash"]
    assert facts["steps"] == model.metadata["steps"] == STEPS


def test_other_data_or_another_network_is_refused(finished, config, tmp_path):
    run = shutil.copytree(finished[0], tmp_path / "run")
    tensors, facts = load_state(run / STATE)
    with pytest.raises(FacewrightError, match="another network"):
        train(replace(config, network=replace(config.network, width=8)), run, resume=True)
    save_state(run / STATE, {**tensors, "centroids": tensors["centroids"] + 1.0}, facts)
    with pytest.raises(FacewrightError, match="other ones"):
        train(config, run, resume=True)
    facts["data"]["subjects"] = ["somebody"]
    save_state(run / STATE, tensors, facts)
    with pytest.raises(FacewrightError, match="1 subjects"):
        train(config, run, resume=True)


@pytest.mark.parametrize("name", ["network.sdf.", "tables.", "optimizer."])
def test_a_state_with_values_that_are_no_numbers_is_refused_and_the_model_is_kept(finished, config, tmp_path, name):
    run = shutil.copytree(finished[0], tmp_path / "run")
    tensors, facts = load_state(run / STATE)
    damaged = next(tensor for key, tensor in tensors.items() if key.startswith(name) and tensor.is_floating_point())
    damaged.view(-1)[-1] = torch.nan
    save_state(run / STATE, tensors, facts)
    before = (run / MODEL).read_bytes()
    with pytest.raises(FacewrightError, match=r"no longer numbers: .*--from"):
        train(replace(config, steps=STEPS + 2), run, resume=True)
    assert (run / MODEL).read_bytes() == before


def write_into(path, held_out_mm=1.0):
    """What other commands write into a model's file: a template mesh, and figures."""
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    corners = np.arange(4, dtype=np.int32)
    vertices, uv = np.eye(4, 3, dtype=np.float32), np.eye(4, 2, dtype=np.float32)
    mesh = TemplateMesh(vertices, faces, np.zeros(4, np.uint8), corners, uv, corners.copy(), faces.copy())
    model = load(path, torch.device("cpu"))
    metadata = {**model.metadata, "metrics": {"chamfer": 1.0}, HELD_OUT: held_out_mm}
    save(replace(model, template=mesh, metadata=metadata), path)


def test_what_was_written_into_the_model_stays_until_it_learns_further(finished, config, tmp_path):
    run = shutil.copytree(finished[0], tmp_path / "run")
    write_into(run / MODEL)
    before = (run / MODEL).read_bytes()
    heard: list[dict[str, object]] = []
    train(config, run, resume=True, listeners=[heard.append])
    assert (run / MODEL).read_bytes() == before
    assert not of_kind(heard, "warning")
    train(replace(config, steps=STEPS + 2), run, resume=True, listeners=[heard.append])
    after = load(run / MODEL, torch.device("cpu"))
    assert after.metadata["steps"] == STEPS + 2
    assert after.template is None
    (warning,) = of_kind(heard, "warning")
    assert f"{MODEL} is gone: its template mesh and its recorded figures" in str(warning["message"])


def test_what_was_written_into_the_best_model_stays_until_a_better_one_is_found(finished, config, tmp_path):
    run = shutil.copytree(finished[0], tmp_path / "run")
    write_into(run / BEST, 0.0)
    before = (run / BEST).read_bytes()
    heard: list[dict[str, object]] = []
    measured = replace(config, held_out_seconds=1e-3)
    train(replace(measured, steps=STEPS + 1), run, resume=True, listeners=[heard.append])
    assert (run / BEST).read_bytes() == before
    assert not of_kind(heard, "warning")
    write_into(run / BEST, 1e6)
    train(replace(measured, steps=STEPS + 3), run, resume=True, listeners=[heard.append])
    assert load(run / BEST, torch.device("cpu")).template is None
    (warning,) = of_kind(heard, "warning")
    assert f"{BEST} is gone: its template mesh and its recorded figures" in str(warning["message"])


def test_a_model_that_is_not_the_checkpoints_is_written_again(finished, config, tmp_path):
    run = shutil.copytree(finished[0], tmp_path / "run")
    (run / MODEL).write_bytes(b"")
    train(config, run, resume=True)
    assert load(run / MODEL, torch.device("cpu")).metadata["steps"] == STEPS


def test_a_stop_while_distances_are_sampled_keeps_what_is_sampled(finished, config, tmp_path):
    run = tmp_path / "run"
    asked: list[dict[str, object]] = []
    told: list[object] = []

    def should_stop():
        return bool(asked) and asked[-1]["event"] == "pool" and asked[-1]["done"] == 5 and "heads" in str(told[-1])

    def listener(event):
        asked.append(event)
        told.extend([event["message"]] if event["event"] == "pool" and "message" in event else [])

    train(config, run, listeners=[listener], should_stop=should_stop, report_seconds=0.0)
    assert asked[-1]["event"] == "end"
    assert asked[-1]["step"] == 6
    assert len(list((run / POOL).iterdir())) == 1
    asked.clear()
    train(config, run, resume=True, listeners=[asked.append], report_seconds=0.0)
    assert of_kind(asked, "pool")[0]["done"] == PIECE
    assert same_state(finished[0], run)
    assert not (run / POOL).exists()


def test_a_run_that_is_killed_while_it_reads_can_be_resumed(config, tmp_path, monkeypatch):
    def dies(*_):
        raise Killed

    with monkeypatch.context() as reading:
        reading.setattr("facewright.train.loop.training_heads", dies)
        with pytest.raises(Killed):
            train(config, tmp_path / "run")
    assert TrainConfig.load(tmp_path / "run" / CONFIG) == config


def test_a_run_that_cannot_begin_leaves_its_folder_free(config, tmp_path, monkeypatch):
    def fails(*_):
        raise FacewrightError("There are no heads.")

    monkeypatch.setattr("facewright.train.loop.training_heads", fails)
    with pytest.raises(FacewrightError, match="no heads"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_finished_run_goes_on_at_its_end(finished, config, tmp_path):
    run = shutil.copytree(finished[0], tmp_path / "run")
    heard: list[dict[str, object]] = []
    train(replace(config, steps=STEPS + 4), run, resume=True, listeners=[heard.append], report_seconds=0.0)
    steps = of_kind(heard, "step")
    assert {event["phase"] for event in steps} == {"end"}
    assert [event["step"] for event in steps] == list(range(STEPS + 1, STEPS + 5))


def test_a_run_that_goes_on_with_more_heads_a_step_has_a_buffer_of_as_many(finished, config, tmp_path):
    """Else it could not be shared among the processes that so many heads are for."""
    run = shutil.copytree(finished[0], tmp_path / "run")
    train(replace(config, heads=64, steps=STEPS + 1), run, resume=True)
    assert len(load_state(run / STATE)[0]["buffer.owner.rows"]) == GROUPS * HeadBuffer.group_size(64)


@pytest.mark.parametrize("changes", [{}, {"steps": 4}, {"steps": None, "minutes": 1e-4}])
def test_a_run_with_nothing_left_to_do_says_so(finished, config, tmp_path, changes):
    run = shutil.copytree(finished[0], tmp_path / "run")
    heard: list[dict[str, object]] = []
    train(replace(config, **changes), run, resume=True, listeners=[heard.append])
    wanted = "0.0001 min" if "minutes" in changes else f"{changes.get('steps', STEPS)} steps"
    message = str(of_kind(heard, "end")[0]["message"])
    assert message.startswith(f"Nothing to do: the run is to have {wanted} in all, and has had {STEPS} steps in")
    assert "Give more --steps or --minutes" in message


def test_without_memory_a_step_is_learnt_from_in_halves_to_the_same_effect(config, tmp_path, monkeypatch):
    config = replace(config, heads=8, steps=4)
    train(config, tmp_path / "whole")
    learn, failures = TrainingStep._losses, iter([torch.OutOfMemoryError("no memory")])

    def scarce(step, share):
        if step.portions == 1 and step._trainer.steps == 2:
            raise next(failures)
        return learn(step, share)

    monkeypatch.setattr(TrainingStep, "_losses", scarce)
    heard: list[dict[str, object]] = []
    train(config, tmp_path / "halves", listeners=[heard.append], report_seconds=0.0)
    assert [event["portions"] for event in of_kind(heard, "memory")] == [2]
    whole, halves = (load_state(tmp_path / run / STATE)[0] for run in ("whole", "halves"))
    for name in (name for name in whole if name.startswith(("network.", "tables."))):
        torch.testing.assert_close(halves[name], whole[name], atol=2e-5, rtol=1e-4)


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of resources")
def test_a_full_disk_is_told_and_leaves_the_last_checkpoint(config, tmp_path):
    import resource

    run = tmp_path / "run"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard: list[dict[str, object]] = []
    before: list[bytes] = []

    def listener(event):
        heard.append(event)
        if event["event"] == "checkpoint" and not before:
            before.append((run / STATE).read_bytes())
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))

    try:
        with pytest.raises(FacewrightError, match=r"intact.*--resume"):
            train(replace(config, checkpoint_seconds=1e-3), run, listeners=[listener])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "of step 1 is intact" in of_kind(heard, "warning")[0]["message"]
    assert (run / STATE).read_bytes() == before[0]
    train(config, run, resume=True)
    assert load_state(run / STATE)[1]["steps"] == STEPS


def test_a_state_without_a_template_is_refused(tmp_path):
    save_state(tmp_path / STATE, {"template": torch.arange(6.0).view(2, 3)}, {})
    assert load_template(tmp_path / STATE).shape == (2, 3)
    save_state(tmp_path / STATE, {"generator": torch.zeros(1)}, {})
    with pytest.raises(FacewrightError, match="another version"):
        load_template(tmp_path / STATE)


def test_an_unfinished_line_of_events_is_cut_off(tmp_path):
    path = tmp_path / EVENTS
    path.write_bytes(b'{"event": "step"}\n{"event": "st')
    log = EventLog(path, [])
    log("ready")
    log.close()
    assert [json.loads(line)["event"] for line in path.read_text(encoding="utf-8").splitlines()] == ["step", "ready"]


def test_work_that_does_not_ask_is_stopped_all_the_same():
    never = threading.Event()
    with pytest.raises(Stopped):
        interruptible(never.wait, lambda: True)
    never.set()
    with pytest.raises(FacewrightError):
        interruptible(lambda: TrainConfig(data="", heads=1), lambda: False)
    assert interruptible(lambda: 7, lambda: False) == 7


def test_a_fine_tuning_keeps_frame_template_and_coefficients(finished, config, rough_fits, tmp_path):
    start, run = finished[0] / MODEL, tmp_path / "tuned"
    tuning = replace(config, start_from=str(start), steps=6, held_out_seconds=60.0)
    heard: list[dict[str, object]] = []
    train(tuning, run, listeners=[heard.append], report_seconds=0.0)
    assert {event["phase"] for event in of_kind(heard, "step")} == {"codes", "stages", "end"}
    assert [event["step"] for event in of_kind(heard, "held_out")] == [0, 6]
    told = [event["message"] for event in of_kind(heard, "preparation") if "message" in event]
    assert [words.partition(" ")[0] for words in told] == ["Laying", "Finding", "Making", "Measuring"]
    codes = [event for event in of_kind(heard, "preparation") if event.get("of") == config.subjects]
    assert codes[-1]["done"] == config.subjects
    before, after = load(start, torch.device("cpu")), load(run / MODEL, torch.device("cpu"))
    assert after.frame == before.frame
    for name, weight in before.network.sdf.state_dict().items():
        torch.testing.assert_close(after.network.sdf.state_dict()[name], weight, atol=0.0, rtol=0.0)
    np.testing.assert_array_equal(after.latent["nose"].components, before.latent["nose"].components)
    weights = zip(after.network.stages.parameters(), before.network.stages.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in weights)
    tuned = after.metadata["fine_tuned"]
    assert isinstance(tuned, dict)
    assert tuned["from"] == before.name
    train(replace(tuning, steps=7), run, resume=True)
    assert load_state(run / STATE)[1]["steps"] == 7
    further = load(run / MODEL, torch.device("cpu"))
    assert further.name == after.name
    assert further.metadata["fine_tuned"] == tuned
    (run / MODEL).unlink()  # as if it had been killed before it first wrote one
    train(replace(tuning, steps=7), run, resume=True)
    assert load(run / MODEL, torch.device("cpu")).name == after.name


def test_a_runs_folder_means_its_model(tmp_path):
    file = tmp_path / MODEL
    with pytest.raises(FacewrightError, match=f"holds no {MODEL}"):
        model_of(tmp_path)
    file.touch()
    assert (model_of(tmp_path), model_of(file), model_of(tmp_path / "x")) == (file, file, tmp_path / "x")
