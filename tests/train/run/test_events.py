"""What a run says while it goes on, and to whom."""

from contextlib import closing

import pytest

from facewright.train.run.events import EventLog, Progress
from facewright.train.run.tensorboard import TensorBoard


def test_nothing_follows_the_end(tmp_path):
    heard: list[dict[str, object]] = []
    with closing(EventLog(tmp_path / "events.jsonl", [heard.append])) as log:
        log("end", step=3)
        Progress(log, "preparation", 0.0)("Finding codes", 1, 2)
    assert [event["event"] for event in heard] == ["end"]
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 1


def test_progress_is_told_when_it_begins_and_every_so_often():
    heard: list[dict[str, object]] = []
    progress = Progress(EventLog(None, [heard.append]), "preparation", 3600.0)
    for done in range(3):
        progress("Finding codes", done, 3)
    progress("Making ready")
    assert heard == [
        {"event": "preparation", "message": "Finding codes", "done": 0, "of": 3},
        {"event": "preparation", "message": "Making ready"},
    ]


def test_tensorboard_hears_of_losses_and_errors(tmp_path):
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    board = TensorBoard(tmp_path)
    step = {"losses": {"gt": 0.5}, "total": 1500.0, "rates": {"sdf": 0.25}, "steps_per_second": 2.0}
    board({"event": "step", "step": 3, **step, "points_per_second": 9.0})
    board({"event": "held_out", "step": 3, "mm": {"nose": 0.25}})
    board({"event": "end", "step": 3})
    data = next(tmp_path.iterdir()).read_bytes()
    found: dict[str, tuple[int, float]] = {}
    while data:  # records: length (8 bytes), its checksum (4), an event, its checksum (4)
        size = int.from_bytes(data[:8], "little")
        event = Event.FromString(data[12 : 12 + size])
        found |= {value.tag: (event.step, value.simple_value) for value in event.summary.value}
        data = data[16 + size :]
    assert found["loss/gt"] == (3, 0.5)
    assert found["held_out_mm/nose"] == (3, 0.25)
    assert found["total"] == (3, 1500.0)
    assert found["learning_rate/sdf"] == (3, 0.25)
    assert found["steps_per_second"] == (3, 2.0)
