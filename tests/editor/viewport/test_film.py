"""Films: what their frames are, and that files hold them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.sculpt.dabs import dab
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.editor.viewport.film import FORMATS, between, encoded, there_and_back, turntable
from facewright.editor.viewport.pose import Pose, View


def test_a_turntable_goes_once_round_and_joins() -> None:
    poses = turntable(Pose(View(35.0, 4.0), (1.0, 2.0, 3.0), 700.0), 8)
    turns = np.diff([pose.view.azimuth for pose in (*poses, poses[0])])
    np.testing.assert_allclose(turns % 360.0, 45.0)
    assert {(pose.view.elevation, pose.focus, pose.distance) for pose in poses} == {(4.0, (1.0, 2.0, 3.0), 700.0)}


def test_the_way_goes_there_and_back_and_rests_at_both_ends() -> None:
    way = there_and_back(50)
    assert (min(way), max(way)) == (0.0, 1.0)
    assert way[:3] == [0.0] * 3
    assert way.count(1.0) >= 3
    np.testing.assert_allclose(way[1:], way[:0:-1], atol=1e-12)


def test_the_ends_between_two_heads_are_the_heads() -> None:
    before, after = Parameters(nose=(1.0, 2.0), expression=(3.0,)), Parameters(nose=(-1.0,), remainder=(2.0,))
    assert between(before, after, 0.0) == before
    assert between(before, after, 1.0) == after
    assert between(before, after, 0.5) == Parameters(nose=(0.0, 1.0), expression=(1.5,), remainder=(1.0,))


def test_operations_and_brush_work_come_and_go_on_the_way() -> None:
    stays, goes, comes = (dab((x, 0.0, 90.0), (0.0, 0.0, 2.0), 9.0) for x in (0.0, 10.0, 20.0))
    plan = SurgicalPlan((Operation("dorsum", -2.0),), (("dorsum", -2.0), ("radix", 1.0)), (("n", (0.0, 1.0, 2.0)),))
    before, after = Parameters(dabs=(stays, goes)), Parameters(plan=plan, dabs=(stays, comes))
    assert between(before, after, 0.0) == before
    assert between(before, after, 1.0) == after
    quarter = between(before, after, 0.25)
    assert dict(quarter.plan.strengths) == {"dorsum": -0.5, "radix": 0.25}
    assert quarter.plan.landmarks == plan.landmarks
    assert quarter.dabs == (stays, goes._replace(way=(0.0, 0.0, 1.5)), comes._replace(way=(0.0, 0.0, 0.5)))
    assert dict(between(after, before, 0.25).plan.strengths) == {"dorsum": -1.5, "radix": 0.75}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_film_plays_every_frame_without_end(suffix: str) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    film = Image.open(io.BytesIO(encoded([Image.new("RGB", (40, 30), c) for c in colours], Path(f"a{suffix}"))))
    assert (film.n_frames, film.size, film.info["loop"]) == (3, (40, 30), 0)  # type: ignore[attr-defined]
    for frame, colour in enumerate(colours):
        film.seek(frame)
        film.load()
        assert film.info["duration"] == 40
        shown = np.asarray(film.convert("RGB"))[15, 20]
        np.testing.assert_allclose(shown, colour, atol=12)


def test_what_is_no_film_is_refused() -> None:
    with pytest.raises(FacewrightError, match=r"\.webp"):
        encoded([Image.new("RGB", (4, 4))], Path("film.mov"))
