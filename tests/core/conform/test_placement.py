"""Where a studio's mesh lies: in any unit, or refused."""

from typing import Any

import numpy as np
import pytest
import trimesh

from facewright.core.conform import placement
from facewright.core.conform.studio_mesh import Layout, StudioMesh
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.parts import PARTS
from facewright.core.scan.align import Alignment
from facewright.core.scan.scan_fit import ScanFitSettings

NOTHING: Any = None
"""In the place of a model or a mean face, which is not looked at."""


@pytest.fixture
def ball():
    """A ball of 2.5 units, whatever these are."""
    sphere = trimesh.creation.icosphere(3, 1.25)
    polygons = np.column_stack([sphere.faces, np.full(len(sphere.faces), -1)]).astype(np.int32)
    none, one = np.empty((0, 4), np.int32), np.zeros(len(polygons), np.int32)
    layout = Layout(polygons, none[:, :2].astype(np.float32), none[:, 0], none, ("head",), one, ("wax",), one)
    return StudioMesh("ball", np.asarray(sphere.vertices), layout)


@pytest.fixture
def aligned(monkeypatch):
    """Aligning finds a face in what is 300 mm across, and nowhere else; the sizes that were tried, mm."""
    tried = []

    def align(scan, mean, unit, cancelled):
        size = scan.extent * {"mm": 1.0, "cm": 10.0, "m": 1000.0}[unit or scan.unit]
        tried.append(size)
        sure = {"covered": 1.0, "residual_mm": 1.0, "evidence": 0.9} if abs(size - 300.0) < 5.0 else {}
        return Alignment(np.eye(3), np.zeros(3), size / scan.extent, **sure)

    monkeypatch.setattr(placement, "align", align)
    monkeypatch.setattr(placement, "mean_face", lambda model: None)
    return tried


def test_a_mesh_in_no_known_unit_is_tried_at_sizes_that_heads_have(ball, aligned):
    shares: list[float] = []
    pose = placement._aligned(placement._seen(ball), NOTHING, None, shares.append, lambda: False)
    assert pose.found
    assert pose.mm_per_unit == pytest.approx(300.0 / placement._seen(ball).extent, rel=0.02)
    assert len(aligned) > 1
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < shares[-1] < 1.0


def test_the_head_that_is_fitted_has_no_expression_and_no_more_codes_than_it_needs(ball, aligned, monkeypatch):
    told: dict[str, Any] = {}

    def fit_scan(model, scan, pose, settings, cancelled, progress, *, free):
        told.update(free=free, prior=settings.prior_mm)
        raise Cancelled

    monkeypatch.setattr(placement, "fit_scan", fit_scan)
    monkeypatch.setattr(placement, "_EXTENTS_MM", (300.0,))
    with pytest.raises(Cancelled):
        placement.place(NOTHING, ball)
    assert set(told["free"]) == {*PARTS}
    assert told["prior"] > 10.0 * ScanFitSettings().prior_mm


def test_a_unit_that_is_given_is_not_doubted_and_no_face_is_told(ball, aligned):
    with pytest.raises(FacewrightError, match="No face was found in ball"):
        placement.place(NOTHING, ball, "cm")
    assert len(aligned) == 1


def test_it_is_cancelled_before_the_face_is_looked_for_and_told_how_far_it_is(ball, aligned):
    told: list[float] = []
    with pytest.raises(Cancelled):
        placement.place(NOTHING, ball, "cm", progress=told.append, cancelled=lambda: bool(told))
    assert told == [0.05]
    assert aligned == []
