"""The table of SDFNet: its samples are the network's, and between them little is lost."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.field.draft import Draft
from facewright.core.field.table_file import read_table, write_table
from facewright.core.field.template_table import BAND_MM, HEAD_STEPS, PART_STEPS, SPACING_MM
from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS
from tests.core.tiny_model import BALL, FRAME, PLANES, tiny_model


@pytest.fixture(scope="module")
def field():
    field = tiny_model().field(Parameters(nose=(1.0,), remainder=(1.0,)))
    field.prepare()
    return field


def off_mm(field, states):
    return np.abs(field.trace(states, "remainder", draft=True).distance - field.trace(states, "remainder").distance)


def on_ball(rng, count):
    """Points on the template and a little beside it, network frame."""
    points = rng.normal(size=(count, 3))
    radius = BALL + rng.uniform(-0.5, 0.5, (count, 1)) * BAND_MM / FRAME.radius_mm
    return (points / np.linalg.norm(points, axis=1, keepdims=True) * radius).astype(np.float32)


def test_near_the_surface_little_is_lost_and_least_about_the_parts(field):
    points = on_ball(np.random.default_rng(0), 20_000)
    off = off_mm(field, points)
    assert 0.0 < off.mean() < 2e-4
    assert np.quantile(off, 0.99) < 1e-2
    assert off.max() < 5e-2  # where the last stage carries a point out of the band
    about = np.any(
        [np.linalg.norm(points - plane, axis=1) < 0.1 for part in LOCAL_PARTS for plane in PLANES[part]], axis=0
    )
    assert np.median(off[about]) < 0.9 * np.median(off[~about])  # the mean is that of the few out of the band
    assert PART_STEPS > HEAD_STEPS


def test_everywhere_else_the_error_is_small_against_the_distance(field):
    points = np.random.default_rng(1).uniform(-0.99, 0.99, (4000, 3)).astype(np.float32)
    far = np.abs(np.linalg.norm(points, axis=1) - BALL) > 2.0 * SPACING_MM / FRAME.radius_mm
    assert off_mm(field, points[far]).max() < 1.0


def test_beyond_the_table_the_network_is_asked(field):
    points = np.random.default_rng(2).uniform(1.2, 1.6, (50, 3)).astype(np.float32)
    assert not off_mm(field, points).any()
    assert not off_mm(field, -points).any()


def test_one_table_for_all_fields_of_a_template(field):
    model = tiny_model()
    assert model.field(Parameters(mouth=(1.0,)))._draft is field._draft
    farther = replace(model, frame=replace(model.frame, radius_mm=100.0))
    assert farther.field(Parameters())._draft is not field._draft


def test_a_table_is_kept_on_disk_and_taken_from_there(field, tmp_path, monkeypatch):
    table, distance = field._draft.ready(), field._stages.template_distance
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    Draft(tiny_model().network, distance, FRAME.radius_mm, "0").wait()
    assert len(list(tmp_path.glob("table-*"))) == 1

    def counted(points):
        asked.append(len(points))
        return distance(points)

    asked: list[int] = []
    again = Draft(tiny_model().network, counted, FRAME.radius_mm, "0")
    again.wait()
    assert sum(asked) < 2000
    for array, expected in zip(again.ready() or (), table, strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("damage", ["missing", "cut", "other", "garbage"])
def test_a_file_that_is_wrong_is_not_used(field, tmp_path, damage):
    table, distance = field._draft.ready(), field._stages.template_distance
    path = tmp_path / "table-0.safetensors"
    write_table(path, table)
    assert read_table(path, distance) is not None
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other":
        write_table(path, table._replace(values=table.values + np.float32(0.001)))
    else:
        write_table(path, table._replace(directory=table.directory[:7]))
    assert read_table(path, distance) is None


def test_few_tables_are_kept(field, tmp_path):
    for number in range(6):
        write_table(tmp_path / f"table-{number}.safetensors", field._draft.ready())
    assert len(list(tmp_path.iterdir())) == 4
