"""How far an evaluation is, told to a program on standard output."""

import json

from facewright.train.evaluation.progress import progress_bar, progress_events


def test_every_step_is_an_event_with_a_message_and_a_share(capsys):
    with progress_events(total=4, desc="Fitting heads", mininterval=0.0) as bar:
        for _ in range(4):
            bar.update()
    out, err = capsys.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert {(event["event"], event["message"]) for event in events} == {("progress", "Fitting heads")}
    shares = [event["progress"] for event in events]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert [(event["done"], event["of"]) for event in events[-2:]] == [(3, 4), (4, 4)]


def test_a_bar_is_not_drawn_where_nobody_looks(capsys):
    for _ in progress_bar(range(3), desc="Fitting heads"):
        pass
    assert capsys.readouterr() == ("", "")
