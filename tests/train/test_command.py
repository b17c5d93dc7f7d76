"""`python -m train run` as a person or the editor starts it: in a process of its own."""

import json
import signal
import subprocess
import sys

import pytest

from facewright.core.device import DeviceUnavailable
from facewright.train.command_line import main
from facewright.train.config import TrainConfig
from facewright.train.device import device_of
from facewright.train.run.checkpoint import MODEL
from facewright.train.run.control import Control, ask, asked
from facewright.train.workers import Workers
from tests import ROOT

SMALL = [
    *("--subjects", "2", "--heads", "4", "--stage-points", "16", "--surface-points", "16", "--space-points", "16"),
    *("--pool-heads", "2", "--pool-points", "100", "--device", "cpu", "--network.width", "8", "--network.layers", "3"),
    *("--network.hyper-width", "8", "--network.landmark-width", "8", "--network.sdf-width", "16"),
]


def command(*arguments):
    return [sys.executable, "-m", "train", "run", *map(str, arguments)]


@pytest.fixture
def run(monkeypatch, capsys):
    """The command in this process: its exit status and what it wrote on standard error."""
    handler = signal.getsignal(signal.SIGINT)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", command(*arguments)[2:])
        return main(), capsys.readouterr().err

    yield call
    signal.signal(signal.SIGINT, handler)


def test_a_line_on_standard_input_stops_it_and_it_resumes_to_its_end(run, plain_source, tmp_path):
    folder = tmp_path / "run"
    options = ["--data", plain_source, "--out", folder, "--minutes", 30, "--json", *SMALL]
    process = subprocess.Popen(command(*options), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    kinds = []
    for line in process.stdout:
        event = json.loads(line)
        kinds.append(event["event"])
        if event["event"] == "step" and "stop" not in kinds:
            kinds.append("stop")
            process.stdin.write("stop\n")
            process.stdin.flush()
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0
    assert [kind for kind in kinds if kind != "preparation"][:2] == ["begin", "ready"]
    assert kinds[-1] == "end"
    assert event["progress"] < 0.5
    assert (folder / MODEL).is_file()

    steps = event["step"] + 3
    status, told = run("--resume", folder, "--steps", steps)
    assert status == 0
    assert "Training finished" in told
    assert json.loads((folder / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1])["step"] == steps


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "ict:NOWHERE", "--out", "RUN"], "no folder"),
        (["--data", "faces:NOWHERE", "--out", "RUN"], "no source of heads"),
        (["--data", "ict:NOWHERE"], "--out FOLDER"),
        (["--resume", "NOWHERE"], "There is no run in"),
        (["NOWHERE"], "There is no file at"),
        (["--data", "ict:NOWHERE", "--out", "RUN", "--minutes", "0"], "minutes must be more than 0"),
        (["--data", "ict:NOWHERE", "--out", "RUN", "--seed", "-1"], "seed must not be less than 0"),
        (["--data", "ict:NOWHERE", "--out", "RUN", "--weights.gt", "nan"], "The weight of gt must be"),
        (["--data", "ict:NOWHERE", "--out", "FILE/RUN"], "choose another folder"),
    ],
)
def test_what_cannot_work_is_one_sentence_and_a_failure(run, options, message, tmp_path):
    (tmp_path / "FILE").write_text("in the way", encoding="utf-8")
    places = {"RUN": "run", "FILE/RUN": "FILE/run", "NOWHERE": "nowhere"}
    status, told = run(*[str(tmp_path / places[o]) if o in places else o for o in options])
    assert status == 1
    assert message in told
    assert told.count("error:") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["FILE"]


@pytest.mark.parametrize("command", ["run", "check", "evaluate", "template", "baselines"])
def test_a_device_that_is_not_there_is_told_before_anything_is_read_or_made(command, tmp_path, monkeypatch, capsys):
    config, model = tmp_path / "config.json", str(tmp_path / "none.safetensors")
    TrainConfig(data=f"ict:{tmp_path / 'nowhere'}", device="cuda:99").save(config)
    data, out = ["--data", f"ict:{tmp_path / 'nowhere'}"], ["--out", str(tmp_path / "run")]
    arguments = {
        "run": [*data, *out, "--device", "cuda:99"],
        "check": [str(config), *out],
        "evaluate": [*data, "--model", model, "--device", "cuda:99"],
        "template": [model, *data, "--device", "cuda:99"],
        "baselines": [*data, *out, "--device", "cuda:99"],
    }
    monkeypatch.setattr(sys, "argv", ["train", command, *arguments[command]])
    handler = signal.getsignal(signal.SIGINT)
    try:
        assert main() == 1
    finally:
        signal.signal(signal.SIGINT, handler)
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(told) == 1
    assert "cuda:99" in told[0]
    assert [file.name for file in tmp_path.iterdir()] == ["config.json"]


def test_a_run_that_is_going_on_keeps_what_it_was_asked(run, tmp_path, monkeypatch):
    monkeypatch.setattr("facewright.train.run.control._HOLD_S", 0.1)
    with Control(tmp_path):
        ask(tmp_path, "pause")
        status, told = run("--data", "ict:NOWHERE", "--out", tmp_path)
        assert status == 1
        assert "Another process trains" in told
        assert asked(tmp_path) == "pause"


@pytest.mark.parametrize("name", ["cuda:99", "mps", "meta", "toaster"])
def test_a_device_that_cannot_be_trained_on_is_one_sentence(name):
    with pytest.raises(DeviceUnavailable, match=r"such as cpu|try --device cpu|choose auto, cpu"):
        device_of(name, Workers())
