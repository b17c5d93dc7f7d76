"""The surface that stays on its device, here torch's CPU: to the bit what it is from nothing, closed, and local."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections import Counter

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.on_device.captured import REGION
from facewright.core.surface.on_device.evaluator import ROWS, DeviceEvaluator
from facewright.core.surface.on_device.lattice import Lattices
from facewright.core.surface.on_device.region_step import RegionStep, Room
from facewright.core.surface.on_device.surface import DeviceSurface
from facewright.core.surface.sampling import Grid
from tests.core.edge_order import off_the_surface
from tests.core.same_mesh import in_order
from tests.core.surface.test_live import assert_kept, random_edits
from tests.core.tiny_model import tiny_model, wide_nosed

VOXEL_MM = 8.0


@functools.cache
def from_nothing(head, model=None):
    return DeviceSurface(model or tiny_model(), VOXEL_MM).update(head)


def assert_same_bits(surface, expected):
    """Check that two surfaces have the same vertices, normals and faces, in whatever order."""
    for found, wanted in zip(in_order(surface.mesh), in_order(expected.mesh), strict=True):
        np.testing.assert_array_equal(found, wanted)
    order, wanted = (np.lexsort(each.mesh.vertices.T) for each in (surface, expected))
    np.testing.assert_array_equal(surface.normals[order], expected.normals[wanted])


def test_every_edit_is_closed_and_equals_the_surface_from_nothing():
    surface, before = DeviceSurface(tiny_model(), VOXEL_MM), None
    for head in random_edits(np.random.default_rng(3), 5):
        after = surface.update(head)
        assert after.mesh.watertight
        assert after.mesh.component_count == 1
        assert_same_bits(after, from_nothing(head))
        assert_kept(before, after)
        before = after


@pytest.mark.parametrize(("name", "voxel_mm"), [("tiny", 9.0), ("bundled", 6.0)])
def test_faces_are_those_of_the_engine_on_the_cpu_and_vertices_within_a_micrometre(name, voxel_mm):
    model = tiny_model() if name == "tiny" else load(bundled_model(), torch.device("cpu"))
    on_device, on_cpu = DeviceSurface(model, voxel_mm, onto_zero=False), LiveSurface(model, voxel_mm)
    grid = Grid.covering(model.bounds_mm, voxel_mm)
    for head in random_edits(np.random.default_rng(5), 4):
        assert off_the_surface(on_device.update(head), on_cpu.update(head), grid).max() < 1e-3


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_an_edit_moves_nothing_outside_its_window(part):
    model = tiny_model()
    surface = DeviceSurface(model, VOXEL_MM)
    head = Parameters(expression=(1.0,), remainder=(-1.0,))
    surface.update(head)
    before, after = (surface.update(head.with_value(part, 0, value)) for value in (-2.0, 2.0))
    kept = before.kept_vertices
    assert kept > 0.6 * len(before.mesh.vertices)
    assert after.base == before.base
    window = model.field(head).window(part, before.mesh.vertices)
    far = cKDTree(before.mesh.vertices[window > 0.0]).query(before.mesh.vertices)[0] > 3.0 * VOXEL_MM
    assert far[:kept].sum() == far.sum()  # none of them is among those that may move
    np.testing.assert_array_equal(after.mesh.vertices[:kept], before.mesh.vertices[:kept])
    assert not np.array_equal(after.mesh.vertices[kept:], before.mesh.vertices[kept:])


def test_a_part_that_goes_beyond_the_band_and_comes_back_is_followed():
    model, voxel_mm = wide_nosed(20.0), 4.0
    surface = DeviceSurface(model, voxel_mm, band_mm=4.0)
    surface.update(Parameters())
    tips, evaluated = [], []
    for value in (0.5, 3.0, -3.0, 0.5):
        head = Parameters(nose=(value,))
        after = surface.update(head)
        assert_same_bits(after, DeviceSurface(model, voxel_mm).update(head))
        tips.append(after.mesh.vertices)
        evaluated.append(surface.evaluated)
    np.testing.assert_array_equal(np.sort(tips[0], axis=0), np.sort(tips[-1], axis=0))
    assert evaluated[1] > evaluated[0]  # it was followed
    assert cKDTree(tips[0]).query(tips[1])[0].max() > 8.0


def test_vertices_lie_on_the_zero_set_and_normals_are_its_gradient():
    model, head = load(bundled_model(), torch.device("cpu")), Parameters(nose=(1.0,), eyes=(-1.0,))
    off, along = {}, {}
    for onto_zero in (True, False):
        surface = DeviceSurface(model, 8.0, onto_zero=onto_zero)
        surface.update(Parameters(eyes=(-1.0,)))
        found = surface.update(head)
        assert found.mesh.watertight
        distance, gradient = Cascade(model, head).signed_distance(found.mesh.vertices)
        off[onto_zero] = np.abs(distance)
        along[onto_zero] = np.einsum("nc,nc->n", gradient, found.normals) / np.linalg.norm(gradient, axis=1)
    for share in (0.5, 0.9):
        assert np.quantile(off[True], share) < 0.05 * np.quantile(off[False], share)
    assert np.quantile(along[False], 0.001) > 0.9999  # where the normals were taken
    assert np.quantile(along[True], 0.05) > 0.99


def test_a_draft_is_finished_when_the_hand_rests():
    head = Parameters(remainder=(1.0,))
    surface = DeviceSurface(tiny_model(), VOXEL_MM)
    draft = surface.update(head, draft=True)
    with pytest.raises(Cancelled):
        surface.update(Parameters(expression=(1.0,)), lambda: True)
    rested = surface.update(head)
    assert surface.evaluated == 0  # its distances were known
    np.testing.assert_array_equal(draft.mesh.faces, rested.mesh.faces)
    assert np.abs(draft.mesh.vertices - rested.mesh.vertices).max() < 0.1 * VOXEL_MM
    assert np.einsum("nc,nc->n", draft.normals, rested.normals).min() > 0.97
    assert_same_bits(rested, from_nothing(head))
    surface.update(Parameters(remainder=(2.0,)), draft=True)
    edited = head.with_value("remainder", 0, 2.0).with_value("mouth", 0, 1.0)
    assert_same_bits(surface.update(edited, draft=True), from_nothing(edited))


def test_what_is_made_ready_changes_nothing_and_is_not_made_again_by_a_hand(monkeypatch):
    surface = DeviceSurface(tiny_model(), VOXEL_MM)
    head = Parameters(remainder=(1.0,), eyes=(0.5,))
    before = surface.update(head)
    with pytest.raises(Cancelled):
        surface.make_ready(lambda: True)
    surface.make_ready()
    assert surface.update(head) is before
    made = []
    init = RegionStep.__init__

    def counted(self, *given):
        made.append(given[0])
        init(self, *given)

    monkeypatch.setattr(RegionStep, "__init__", counted)
    for part in LOCAL_PARTS:
        moved = head.with_value(part, 0, 0.2)
        assert_same_bits(surface.update(moved), from_nothing(moved))
        assert_same_bits(surface.update(head), from_nothing(head))
    assert made == []


def test_a_surface_that_is_looked_at_stays_as_it_is_while_others_take_turns():
    surface = DeviceSurface(tiny_model(), VOXEL_MM)
    heads = [Parameters(nose=(value,)) for value in (0.0, 1.0, -1.0, 2.0, -2.0, 0.5)]
    found = [surface.update(head) for head in heads[:3]]
    held = found[1].mesh.vertices[-5:], found[1].normals.copy()
    copy = held[0].copy()
    del found
    memory = set()
    for head in heads[3:]:
        after = surface.update(head)
        memory.add(after.mesh.faces.__array_interface__["data"])
        assert_same_bits(after, from_nothing(head))
    np.testing.assert_array_equal(held[0], copy)
    assert len(memory) == 2


def test_what_lies_outside_the_captured_part_of_an_edit():
    surface = DeviceSurface(tiny_model(), VOXEL_MM)
    for value in (0.0, 1.0, 2.0):
        surface.update(Parameters(mouth=(value,)))
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        surface.update(Parameters(mouth=(3.0,)))

    def captured(event):
        return event is not None and (event.name == REGION or captured(event.cpu_parent))

    outside = Counter(e.name for e in seen.events() if e.name.startswith("aten::") and not captured(e))
    assert sum(outside.values()) <= 80
    assert outside["aten::copy_"] == 2  # the code in, the arrays out
    assert sum(event.name == REGION for event in seen.events()) == 1


def test_what_is_captured_stays_on_its_device_and_waits_for_no_value():
    """On the meta device, which has shapes alone: what reads a value there, or a tensor of another device, raises."""
    model = tiny_model()
    there = dataclasses.replace(model, network=copy.deepcopy(model.network).to("meta"))
    grid = Grid.covering(model.bounds_mm, 12.0)
    evaluator = DeviceEvaluator(there, grid, 1, onto_zero=True)
    step = RegionStep("eyes", evaluator, Room(*[2 * ROWS] * len(Room._fields)))
    with torch.no_grad(), CopiesBetweenDevices() as seen:
        evaluator.cascade.condition()
        evaluator._valued(torch.zeros(ROWS, dtype=torch.int64, device="meta"))
        evaluator.onto_surface(torch.zeros(ROWS, 3, device="meta"))
        for halving in Lattices(grid.shape, torch.device("meta"))._halvings:
            for masks in (halving._begun, halving._begun_again, halving._marked, halving._gone_on):
                masks()
        step._step()
    assert seen.operators > 500
    assert not seen.copies
    with pytest.raises(RuntimeError, match="meta"):
        step._values.max().item()


class CopiesBetweenDevices(TorchDispatchMode):
    """Counts operators, and notes those that read on one device what they write on another."""

    def __init__(self):
        super().__init__()
        self.operators, self.copies = 0, []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        self.operators += 1
        devices = {each.device.type for each in (*args, out) if isinstance(each, torch.Tensor) and each.dim()}
        if len(devices) > 1:
            self.copies.append(function)
        return out


def test_memory_that_runs_out_makes_pieces_smaller(monkeypatch):
    read, sizes = DeviceEvaluator.read, []

    def limited(self, *arguments):
        sizes.append(self.pieces)
        if self.pieces > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return read(self, *arguments)

    monkeypatch.setattr(DeviceEvaluator, "read", limited)
    head = Parameters(nose=(1.0,))
    assert_same_bits(DeviceSurface(tiny_model(), 16.0).update(head), DeviceSurface(tiny_model(), 16.0).update(head))
    assert sorted(set(sizes), reverse=True) == [8, 4, 2]
    full = torch.OutOfMemoryError("out of memory")
    monkeypatch.setattr(DeviceEvaluator, "read", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(FacewrightError, match="larger voxel"):
        DeviceSurface(tiny_model(), 16.0).update(head)


def test_the_same_head_again_costs_nothing():
    surface = DeviceSurface(tiny_model(), VOXEL_MM)
    first = surface.update(Parameters())
    assert surface.evaluated > 0
    assert surface.update(Parameters()) is first
    assert surface.evaluated == 0


def test_a_head_that_is_called_off_leaves_the_one_before_to_go_on_from():
    surface = DeviceSurface(tiny_model(), VOXEL_MM)
    assert not surface.local_parts
    surface.update(Parameters())
    assert surface.local_parts == set(LOCAL_PARTS)
    with pytest.raises(Cancelled):
        surface.update(Parameters(remainder=(2.0,)), lambda: True)
    for head in (Parameters(mouth=(1.0,)), Parameters(mouth=(1.0,), remainder=(2.0,))):
        assert_same_bits(surface.update(head), from_nothing(head))


@pytest.mark.parametrize("stages", [CODES, (), ("remainder",)])
def test_a_model_without_windows_is_evaluated_whole(stages):
    model = tiny_model(windows=False, stages=stages)
    surface = DeviceSurface(model, 16.0)
    surface.update(Parameters())
    assert not surface.local_parts
    assert surface.update(Parameters(nose=(3.0,))).mesh.watertight


def test_what_cannot_work_is_said():
    with pytest.raises(FacewrightError, match="voxel"):
        DeviceSurface(tiny_model(), -1.0)
    model = tiny_model()
    beside = dataclasses.replace(model, bounds_mm=np.array([[90, 100, 90], [130, 140, 125]], np.float32))
    with pytest.raises(FacewrightError, match="No surface was found"):
        DeviceSurface(beside, VOXEL_MM).update(Parameters())
    nose = model.latent["nose"]
    wrong = dataclasses.replace(nose, sigma=np.full_like(nose.sigma, np.nan))
    broken = dataclasses.replace(model, latent={**model.latent, "nose": wrong})
    surface = DeviceSurface(broken, VOXEL_MM)
    with pytest.raises(FacewrightError, match="not numbers"):
        surface.update(Parameters(nose=(1.0,)))
