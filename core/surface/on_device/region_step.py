"""One step of a drag: from a part's code to the vertices, normals and faces that it changes, all of fixed shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

from facewright.core.surface.on_device.captured import Captured
from facewright.core.surface.on_device.components import hooked, links, settled, unlinked, volumes
from facewright.core.surface.on_device.cubes import crossing
from facewright.core.surface.on_device.mesh import Vertices

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from facewright.core.parts import CodeName
    from facewright.core.surface.on_device.evaluator import DeviceEvaluator
    from facewright.core.surface.on_device.region import Region

_ROUNDS = 12
"""Rounds of labelling; a patch of tens of thousands of vertices settles in about half of them."""

_ROOM, _EVALUATED_ROOM = 1.3, 1.1
"""How much larger than what is needed first buffers are made: more where that costs memory alone, less where every row
is evaluated in every step."""

_HEADER = 8


class Room(NamedTuple):
    """Lengths of the buffers of a step."""

    samples: int
    known: int
    cells: int
    edges: int
    components: int
    active: int
    vertices: int
    faces: int

    def holds(self, other: Room) -> bool:
        """Whether there is room enough for another."""
        return all(mine >= theirs for mine, theirs in zip(self, other, strict=True))

    def grown(self, other: Room, rows: int) -> Room:
        """Room for both and for more; samples and vertices fill whole products of `rows` points."""
        most = Room(*map(max, self, other))
        larger = Room(*(int(count * _ROOM) + 64 for count in most))
        samples = -(-most.samples // rows) * rows
        vertices = -(-int(most.vertices * _EVALUATED_ROOM) // rows) * rows
        return larger._replace(samples=samples, vertices=max(vertices, rows))


class Status(NamedTuple):
    """What a step found.

    vertices, faces, active : how many; there may be more than the buffers hold. unknown : whether a cell that the
    surface passes through has an unknown corner; wrong : whether a distance is not a number; dropped : vertices outside
    the largest component; apart : whether the rest is not in it, or labels had not settled.
    """

    vertices: int
    faces: int
    active: int
    unknown: int
    wrong: int
    dropped: int
    apart: int


@dataclass(frozen=True, eq=False)
class StepArrays:
    """A step's arrays on the host.

    vertices, normals : (V, 3) float32, mm; faces : (F, 3) int32, the rest's vertices counted first.
    """

    status: Status
    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray


class RegionStep:
    """Buffers of one part, filled by `load` when a drag begins; `run` writes the rest of them, and reads one back."""

    def __init__(self, part: CodeName, evaluator: DeviceEvaluator, room: Room) -> None:
        """Nothing is loaded yet."""
        self.room = room
        self._part, self._evaluator, self._cubes = part, evaluator, evaluator.cubes
        device = evaluator.device

        def indices(*shape: int, value: int = 0) -> Tensor:
            return torch.full(shape, value, dtype=torch.int64, device=device)

        def numbers(*shape: int) -> Tensor:
            return torch.zeros(shape, device=device)

        def flags(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.bool, device=device)

        self._states, self._weight = numbers(room.samples, 3), numbers(room.samples, 1)
        self._beyond, self._place = flags(room.samples), indices(room.samples)
        self._values = numbers(room.known + 1)  # the last is never read
        self._corners, self._unknown = indices(room.cells, 8), flags(room.cells)
        self._edges, self._ends = indices(room.cells, 12), indices(room.edges, 2)
        self._start, self._axis = numbers(room.edges, 3), numbers(room.edges, 3)
        self._seam, self._component = indices(room.edges, value=-1), indices(room.edges, value=-1)
        self._rest_count = indices(1)
        self._volume, self._used, self._speck = numbers(room.components), flags(room.components), numbers(1)

        self._inside = torch.zeros(room.samples, dtype=torch.uint8, device=device)
        self._chosen, self._kept = indices(room.vertices), flags(room.vertices)
        self._out = torch.zeros(_HEADER + 6 * room.vertices + 3 * room.faces, dtype=torch.int32, device=device)
        self._host = torch.zeros(len(self._out), dtype=torch.int32, pin_memory=device.type == "cuda")
        self._status, vertices, normals, faces = self._views(self._out)
        self._points, self._normals = vertices.view(torch.float32), normals.view(torch.float32)
        self._faces = faces
        self._run = Captured(self._step, device, evaluator.pool)
        self._region: Region | None = None

    @staticmethod
    def needed(region: Region, active: int, vertices: int, faces: int) -> Room:
        """Room for a region, and for what was found in it last."""
        sizes = (region.samples.flat, region.known, region.corners, region.keys, region.rest.volume)
        samples, known, cells, edges, components = map(len, sizes)
        return Room(samples, known, cells, edges, components, active, vertices, faces)

    def load(self, region: Region) -> None:
        """Fill the buffers with what a region has; what is left of them is of cells without a surface."""
        samples, rest = region.samples, region.rest
        start, axis = self._cubes.line(region.keys)
        self._place.fill_(len(self._values) - 1)
        self._used.fill_(False)
        self._used[: len(rest.volume)] = True
        self._rest_count.fill_(len(rest.order))
        self._speck.copy_(rest.speck)
        for buffer, values in (
            (self._states, samples.states),
            (self._weight, samples.weight),
            (self._beyond, self._cubes.beyond(samples.flat)),
            (self._place, region.place),
            (self._values, region.values),
            (self._corners, region.corners),
            (self._unknown, region.unknown),
            (self._edges, region.edges),
            (self._ends, region.ends),
            (self._start, start),
            (self._axis, axis),
            (self._seam, region.seam),
            (self._component, region.component),
            (self._volume, rest.volume),
        ):
            buffer[: len(values)] = values
        for index in (self._corners, self._edges, self._ends):  # all corners one sample: no surface between them
            index[len(region.ends if index is self._ends else region.corners) :] = 0
        self._region = region

    def run(self) -> StepArrays:
        """The surface at the code that was written last."""
        self._run()
        self._host.copy_(self._out, non_blocking=True)
        if self._out.is_cuda:
            torch.cuda.current_stream(self._out.device).synchronize()
        status, vertices, normals, faces = (view.numpy() for view in self._views(self._host))
        counts = Status(*status[: len(Status._fields)].tolist())
        v, f = min(counts.vertices, len(vertices)), min(counts.faces, len(faces))
        vertices, normals = vertices[:v].view("float32"), normals[:v].view("float32")
        if counts.dropped and not counts.apart:
            return self._without_specks(StepArrays(counts, vertices, normals, faces[:f]))
        return StepArrays(counts, vertices, normals, faces[:f])

    def needed_now(self, status: Status) -> Room:
        """Room for what a step found."""
        assert self._region is not None
        return self.needed(self._region, status.active, status.vertices, status.faces)

    def commit(self, values: Tensor, inside: Tensor) -> None:
        """Write the samples' last values into the whole grid's, flat, and the windows that held them."""
        assert self._region is not None
        flat = self._region.samples.flat
        values[flat] = self._values[self._region.place]
        before = (1 << self._evaluator.cascade.stages.index(self._part)) - 1
        inside[flat] = (inside[flat] & before) | self._inside[: len(flat)]

    def vertices(self, status: Status) -> Vertices:
        """The vertices of the last step, those of the rest left out."""
        assert self._region is not None
        keys = self._region.keys[self._chosen[: status.vertices]]
        return Vertices(keys, self._points[: len(keys)].clone(), self._normals[: len(keys)].clone())

    def _step(self) -> None:
        """All that a code decides, captured where there are graphs."""
        cascade, room = self._evaluator.cascade, self.room
        cascade.condition_part(self._part)
        distance, inside = cascade.trace(self._states, self._part, self._weight)
        self._inside.copy_(inside)
        self._values.index_copy_(0, self._place, self._evaluator.as_values(distance, self._beyond))
        negative = self._values < 0.0

        first, second = self._ends.unbind(1)
        cut = negative[first] != negative[second]
        crossings = crossing(self._start, self._axis, self._values[first], self._values[second])
        chosen, rank, count = _chosen(cut & (self._seam < 0), room.vertices)
        points, normals = self._evaluator.onto_surface(self._cubes.to_network(crossings[chosen]))
        self._chosen.copy_(chosen)
        self._points.copy_(self._cubes.to_head(points))
        self._normals.copy_(normals)

        faces, face_count, active_count, unknown = self._marched(negative)
        on_rest = self._seam >= 0
        self._faces.copy_(torch.where(on_rest, self._seam, self._rest_count + rank)[faces])
        rank = rank.clamp(0, room.vertices - 1)
        node = torch.where(self._component >= 0, self._component, room.components + rank)
        is_face = torch.arange(room.faces, device=faces.device) < face_count
        volume = volumes(self._cubes.to_mm(crossings), faces).masked_fill(~is_face, 0.0)
        dropped, apart = self._largest(node[faces], volume, count)
        wrong = ~distance.isfinite().all()
        counts = torch.stack([count, face_count, active_count, unknown, wrong, dropped, apart])
        self._status[: len(counts)] = counts.to(torch.int32)

    def _marched(self, negative: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Faces as indices of edges (room.faces, 3), how many, how many cells they are in, whether one is unknown."""
        powers = 1 << torch.arange(8, device=negative.device)
        cases = (negative[self._corners] * powers).sum(1)
        active = (cases > 0) & (cases < 255)
        cells, _, count = _chosen(active, self.room.active)
        case = cases[cells]
        most = self._cubes.triangles.shape[1]
        each = self._cubes.counts[case].masked_fill(torch.arange(len(cells), device=cells.device) >= count, 0)
        corners = self._edges[cells].gather(1, self._cubes.triangles[case].view(len(cells), 3 * most))
        there = torch.arange(most, device=cells.device) < each[:, None]
        which, _, faces = _chosen(there.view(-1), self.room.faces)
        return corners.view(-1, 3)[which], faces, count, (active & self._unknown).any()

    def _largest(self, faces: Tensor, volume: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
        """How many vertices are not in the component that encloses the most, and whether the rest may not be."""
        components, vertices = self.room.components, self.room.vertices
        start, end = links(faces)
        labels = hooked(unlinked(components + vertices, faces.device), start, end, _ROUNDS)
        total = torch.zeros(len(labels), device=faces.device)
        total.scatter_add_(0, labels[:components].long(), self._volume.masked_fill(~self._used, 0.0))
        total.scatter_add_(0, labels[faces[:, 0]].long(), volume)
        largest = total.argmax()
        kept = labels == largest
        is_vertex = torch.arange(vertices, device=faces.device) < count
        self._kept.copy_(kept[components:])
        dropped = (is_vertex & ~kept[components:]).sum()
        rest_is_kept = (kept[:components] | ~self._used).all() & (total.max() >= self._speck[0])  # an index would wait
        return dropped, ~(rest_is_kept & settled(labels, start, end))

    def _without_specks(self, step: StepArrays) -> StepArrays:
        """The step without the vertices that are not in the largest component, and their faces."""
        assert self._region is not None
        rest = len(self._region.rest.order)
        kept = torch.cat([torch.ones(rest, dtype=torch.bool), self._kept[: len(step.vertices)].cpu()]).numpy()
        number = kept.cumsum(dtype="int32") - 1
        faces = number[step.faces[kept[step.faces[:, 0]]]]
        return StepArrays(step.status, step.vertices[kept[rest:]], step.normals[kept[rest:]], faces)

    def _views(self, out: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Status, vertices, normals and faces in one tensor, so that they cross to the host in one piece."""
        v, f = self.room.vertices, self.room.faces
        status, vertices, normals, faces = out.split([_HEADER, 3 * v, 3 * v, 3 * f])
        return status, vertices.view(v, 3), normals.view(v, 3), faces.view(f, 3)


def _chosen(mask: Tensor, most: int) -> tuple[Tensor, Tensor, Tensor]:
    """The first `most` indices where a mask is true, 0 where there are fewer; each one's rank; how many there are."""
    rank = mask.cumsum(0) - 1
    index = torch.arange(len(mask), device=mask.device)
    slots = torch.zeros(most + len(mask), dtype=torch.int64, device=mask.device)
    slots.scatter_(0, torch.where(mask & (rank < most), rank, most + index), index)  # the rest goes where none reads
    return slots[:most], rank, rank[-1] + 1
