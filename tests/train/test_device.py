"""What is asked of a GPU that is not the current one is done, captured and waited for there: a made-up one tells."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from facewright.train.device import CapturedStep, Pace

SECOND = torch.device("cuda:1")


@pytest.fixture
def cuda(monkeypatch):
    """`at` : the current GPU, the innermost last; `captured`, `marked` : on which one work was recorded, and events."""
    made = SimpleNamespace(at=[0], captured=[], marked=[], is_available=lambda: True)

    @contextmanager
    def device(which):
        made.at.append(which.index)
        yield
        made.at.pop()

    @contextmanager
    def graph(_, stream=None):
        made.captured.append((stream or current()).on)
        yield

    def current(which=None):
        return SimpleNamespace(on=which.index if which else made.at[-1], wait_stream=lambda _: None)

    def event():
        def record(on=None):
            made.marked.append((on or current()).on)

        return SimpleNamespace(synchronize=lambda: None, record=record)

    def recording():
        return SimpleNamespace(register_generator_state=lambda _: None, replay=lambda: None)

    made.device, made.graph, made.Stream, made.current_stream = device, graph, current, current
    made.stream, made.Event, made.CUDAGraph = nullcontext, event, recording
    monkeypatch.setattr(torch, "cuda", made)
    return made


def test_a_step_is_done_and_captured_on_its_own_gpu(cuda):
    done: list[int] = []
    told: list[str] = []
    step = CapturedStep(lambda: done.append(cuda.at[-1]), SECOND, torch.Generator(), told.append)
    for _ in range(5):
        step()
    assert done == [1, 1, 1, 1]  # three before it is captured, and the capture
    assert cuda.captured == [1]
    assert told == []


def test_the_end_of_a_step_is_marked_on_its_own_gpu(cuda):
    pace = Pace(SECOND)
    for _ in range(3):
        pace()
    assert cuda.marked == [1, 1, 1]
