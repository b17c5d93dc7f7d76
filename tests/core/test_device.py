"""Which device is used, and one sentence for whatever cannot be."""

import sys
import warnings

import numpy as np
import pytest
import torch

from facewright.core import device
from facewright.core.command_line import main
from facewright.core.device import CPU, DeviceLost, DeviceUnavailable
from facewright.core.errors import exit_status
from facewright.core.model.model_file import load, save
from facewright.core.parameters import Parameters
from tests.core.tiny_model import tiny_model


@pytest.fixture(autouse=True)
def unused(monkeypatch):
    """No device was chosen before, and none is after."""
    monkeypatch.setattr("facewright.core.device._used", None)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.parametrize("name", ["", "toaster", "CPU", "cuda:", "cuda:x", "cuda:-1", "meta", "cuda 1", "mps:0"])
def test_what_is_no_device_is_one_sentence_that_names_those_there_are(name):
    with pytest.raises(DeviceUnavailable, match="choose auto, cpu, cuda") as told:
        device.use(name)
    assert "\n" not in str(told.value)
    assert device.current() == device.best()


@pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps"])
def test_a_device_that_is_not_there_is_one_sentence_and_auto_is_the_cpu(no_gpu, name):
    with pytest.raises(DeviceUnavailable, match="such as cpu"):
        device.choose(name)
    assert device.choose("auto") == device.choose("cpu") == device.best() == CPU
    assert device.names() == ["cpu"]


def test_an_old_driver_is_told_in_the_first_of_its_words(monkeypatch):
    def too_old():
        warnings.warn("CUDA initialization: The NVIDIA driver is too old (found 10010). Please update", stacklevel=2)
        return False

    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", too_old)
    with pytest.raises(DeviceUnavailable, match=r"driver is too old \(found 10010\)\): choose"):
        device.choose("cuda")


def test_a_card_that_is_counted_and_fails_is_one_sentence(monkeypatch):
    monkeypatch.setattr("facewright.core.device.cuda_trouble", lambda: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)

    def fail(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 MiB.\nMore")

    monkeypatch.setattr(torch, "zeros", fail)
    with pytest.raises(DeviceUnavailable, match=r"^cuda:1 cannot be used \(CUDA out of memory\): choose"):
        device.choose("cuda:1")
    with pytest.raises(DeviceUnavailable, match="the last GPU here is cuda:1"):
        device.choose("cuda:2")
    assert device.names()[:2] == ["cuda:0", "cuda:1"]


def test_models_are_loaded_onto_the_device_in_use(monkeypatch, tmp_path):
    save(tiny_model(), tmp_path / "tiny.safetensors")
    monkeypatch.setattr("facewright.core.device._used", torch.device("meta"))
    monkeypatch.setattr("facewright.core.model.model_file._is_sound", lambda model: True)
    assert load(tmp_path / "tiny.safetensors").device.type == "meta"
    assert load(tmp_path / "tiny.safetensors", CPU).device == CPU


def test_a_model_that_moves_leaves_the_one_given_where_it_is():
    model = tiny_model()
    other = device.moved(model, torch.device("meta"))
    assert (model.device.type, other.device.type) == ("cpu", "meta")
    again = device.moved(model, CPU)
    assert again.fingerprint == model.fingerprint
    assert again.network is not model.network
    points = np.array([[0.0, 10.0, 90.0]], np.float32)
    before, after = (each.field(Parameters()).distance(points) for each in (model, again))
    np.testing.assert_array_equal(before, after)
    with pytest.raises(DeviceUnavailable, match="cannot be moved to cpu"):
        device.moved(other, CPU)


def test_a_command_ends_before_it_reads_where_its_device_is_not_there(monkeypatch, capsys, no_gpu, tmp_path):
    topology = str(tmp_path / "own.topology")
    for arguments in (
        ("mesh", "--out", "head.obj", "--project", "nowhere.facewright"),
        ("measure", "--fit", "nowhere.json"),
        ("fit", "nowhere.obj"),
        ("conform", "nowhere.obj", "--out", topology),
    ):
        monkeypatch.setattr(sys, "argv", ["facewright-core", *arguments, "--model", "none", "--device", "cuda:7"])
        assert main() == 1
        told = capsys.readouterr().err
        assert told.startswith("error: cuda:7 cannot be used")
        assert len(told.splitlines()) == 1


def test_a_lost_device_is_an_error_that_people_can_read():
    def lose():
        raise DeviceLost("The GPU ran out of memory.") from RuntimeError("CUDA")

    assert exit_status(lose) == 1
