"""The surface of a head that changes a little at a time, wholly on the model's device.

Values, states, marching cubes, components and normals stay there from the codes on; what crosses to the host is the
finished arrays, of a part's edit those alone that it changes. `core.surface.live.LiveSurface` is its like on the CPU.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from facewright.core.device import DeviceLost, first_words
from facewright.core.errors import Cancelled
from facewright.core.parts import CODES
from facewright.core.surface.extraction import memory_for
from facewright.core.surface.on_device.evaluator import DeviceEvaluator, not_numbers, pieces_for
from facewright.core.surface.on_device.lattice import Lattices
from facewright.core.surface.on_device.mesh import DeviceMesh, Vertices, numbered, shaded
from facewright.core.surface.on_device.on_host import Drag, largest_surface
from facewright.core.surface.on_device.region import RegionSamples, near, region
from facewright.core.surface.on_device.region_step import RegionStep, Room
from facewright.core.surface.sampling import Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.surface.on_device.region import Region
    from facewright.core.surface.on_device.region_step import StepArrays
    from facewright.core.surface.patched_mesh import Surface

    Cancel = Callable[[], bool] | None

BAND_MM = 5.0
"""Samples of a part's window so far from its surface are evaluated in every step of a drag; a surface that goes
further is followed, with a pause. On the bundled model the first components of nose, eyes and mouth at ±3 σ move it
by up to 6.6, 4.6 and 4.4 mm, the second to tenth by up to 3.8, and random parts by 1 to 4."""


class DeviceSurface:
    """The surface of one head after another, at one resolution; for one thread.

    Vertices lie on Φ = 0 to a Newton step, and normals are ∇Φ/|∇Φ|. A head's surface is the same to the last bit
    however it was reached, but for the order of its vertices and faces.
    """

    def __init__(self, model: HeadModel, voxel_mm: float, *, band_mm: float = BAND_MM, onto_zero: bool = True) -> None:
        """Nothing is evaluated yet. Without `onto_zero` vertices stay where marching cubes puts them.

        Raises FacewrightError if the voxel is not a length, or so small that the grid could not be held.
        """
        self._model, self._onto_zero = model, onto_zero
        self._grid = Grid.covering(model.bounds_mm, voxel_mm)
        self._reach = math.ceil(band_mm / voxel_mm)
        self._pieces = pieces_for(model.device)
        self._forget()
        self.evaluated = 0
        """Points whose distance the last update asked for."""

    @property
    def local_parts(self) -> frozenset[CodeName]:
        """The parts of which an edit would cost their window alone."""
        return self._local if self._surface is not None else frozenset()

    @torch.no_grad()
    def update(self, parameters: Parameters, cancelled: Cancel = None, *, draft: bool = False) -> Surface:
        """The head as one connected closed surface, in mm and head frame.

        A draft of a whole head has its vertices where marching cubes puts them and normals of the faces; of a part's
        edit it is no different. Raises Cancelled once `cancelled` answers true; the next update then starts from the
        head before. Raises FacewrightError if there is no surface, a distance is not a number or memory runs out, and
        DeviceLost if the device fails.
        """
        self.evaluated = 0
        if self._surface is not None and parameters == self._parameters and (draft or not self._drafted):
            return self._surface
        with memory_for(self._grid.voxel_mm):
            while True:
                try:
                    return self._updated(parameters, cancelled, draft)
                except torch.OutOfMemoryError as error:
                    if self._pieces == 1:
                        raise self._lost("has too little memory", error) from error
                    self._pieces //= 2
                except RuntimeError as error:  # what torch raises from then on, whatever is asked of the device
                    raise self._lost(f"has failed ({first_words(error)})", error) from error
                self._forget()

    @torch.no_grad()
    def make_ready(self, cancelled: Cancel = None) -> None:
        """Make ready for hands: a step of every part that had none is taken, and changes nothing.

        For what a card captures first it takes a tenth of a second. Does nothing where the last head is a draft. Raises
        Cancelled once `cancelled` answers true, and DeviceLost if the device fails.
        """
        parameters = self._parameters
        if parameters is None or self._drafted:
            return
        for part in sorted(self._local - self._steps.keys()):
            if cancelled is not None and cancelled():
                raise Cancelled
            if self._surface is not None:
                self._try_out(part, parameters, cancelled)

    def _lost(self, what: str, error: RuntimeError) -> Exception:
        """What to raise after an error of the device; the CPU's are not the device's."""
        device = self._model.device
        return error if device.type == "cpu" else DeviceLost(f"The device {device} {what}: evaluate on another one.")

    def _forget(self) -> None:
        """Begin from nothing, with what memory there is."""
        self._evaluator: DeviceEvaluator | None = None
        self._lattices: Lattices | None = None
        self._steps: dict[CodeName, RegionStep] = {}
        self._drag: Drag | None = None
        self._known: Vertices | None = None
        self._mesh: DeviceMesh | None = None
        self._values = self._inside = torch.empty(0)
        self._local: frozenset[CodeName] = frozenset()
        self._parameters: Parameters | None = None
        self._conditioned: Parameters | None = None
        self._surface: Surface | None = None
        self._drafted = False
        if self._model.device.type == "cuda":
            torch.cuda.empty_cache()

    def _updated(self, parameters: Parameters, cancelled: Cancel, draft: bool) -> Surface:
        if self._evaluator is None:
            self._evaluator = DeviceEvaluator(self._model, self._grid, self._pieces, onto_zero=self._onto_zero)
            self._lattices = Lattices(self._grid.shape, self._model.device, self._evaluator.pool)
        part = self._edited(parameters)
        if self._surface is not None and parameters == self._parameters:
            surface = self._finished(parameters, cancelled)
        elif part is None:
            surface = self._renewed(parameters, cancelled, draft)
        else:
            try:
                surface = self._edit(part, parameters, cancelled)
            except BaseException:
                self._surface = None  # what is held is of two heads: the next update starts from nothing
                raise
        self._parameters, self._surface = parameters, surface
        return surface

    def _edited(self, parameters: Parameters) -> CodeName | None:
        """The part whose code alone is new, if an edit of it is local."""
        if self._surface is None or self._parameters is None:
            return None
        changed = parameters.changed_from(self._parameters)
        return changed[0] if len(changed) == 1 and changed[0] in self._local else None

    # A whole head

    def _renewed(self, parameters: Parameters, cancelled: Cancel, draft: bool) -> Surface:
        """Evaluate the whole head."""
        self._condition(parameters)
        inside = torch.zeros(math.prod(self._grid.shape), dtype=torch.uint8, device=self._model.device)
        assert self._lattices is not None
        values = self._lattices.refine(lambda some: self._read(some, inside, cancelled), anew=self._surface is None)
        self._on_device.require_numbers()
        mesh = self._meshed(values, None, cancelled, draft)
        surface = largest_surface(mesh)
        self._values, self._inside, self._drafted = values, inside, draft
        self._mesh, self._known, self._drag = (None if draft else mesh), None, None
        windowed = self._on_device.cascade.windowed
        held = [((inside >> CODES.index(code)) & 1).any() for code in windowed]
        told = torch.stack(held).tolist() if held else []  # one wait for all
        self._local = frozenset(code for code, holds in zip(windowed, told, strict=True) if holds)
        return surface

    def _finished(self, parameters: Parameters, cancelled: Cancel) -> Surface:
        """The head of a draft with its vertices on the surface; its distances are known."""
        if self._conditioned != parameters:  # another head was called off meanwhile
            self._condition(parameters)
        surface = self._whole(cancelled)
        self._drafted = False
        return surface

    def _meshed(
        self, values: Tensor, known: Vertices | None, cancelled: Cancel = None, draft: bool = False
    ) -> DeviceMesh:
        """Marching cubes of the whole grid; vertices that are known are taken as they are."""
        evaluator, cubes = self._on_device, self._on_device.cubes
        faces = cubes.march(*cubes.active(values))
        keys, indices = numbered(faces)
        if draft:
            points = cubes.to_mm(cubes.crossings(values.view(-1), keys))
            return DeviceMesh(Vertices(keys, points, shaded(points, indices)), indices, faces.cells)
        if known is None:
            return DeviceMesh(Vertices(keys, *evaluator.vertices(values, keys, cancelled)), indices, faces.cells)
        place, present = known.find(keys)
        vertices = known[place[present]] + Vertices(
            keys[~present], *evaluator.vertices(values, keys[~present], cancelled)
        )
        return DeviceMesh(vertices, indices, faces.cells)

    def _read(self, samples: Tensor, inside: Tensor, cancelled: Cancel = None) -> Tensor:
        """Values at samples; which windows held them is noted."""
        values, held = self._on_device.read(samples, cancelled)
        inside[samples] = held
        self.evaluated += len(samples)
        return values

    def _condition(self, parameters: Parameters) -> None:
        """Make a head's codes those that are evaluated."""
        self._on_device.write(parameters)
        self._on_device.condition()
        self._conditioned = parameters

    @property
    def _on_device(self) -> DeviceEvaluator:
        assert self._evaluator is not None
        return self._evaluator

    # A part of it

    def _edit(self, part: CodeName, parameters: Parameters, cancelled: Cancel) -> Surface:
        """Evaluate and mesh what the part's code reaches."""
        assert self._parameters is not None
        if self._conditioned != self._parameters:  # a head was called off meanwhile
            self._condition(self._parameters)
        self._conditioned = None
        if (self._drag is None or self._drag.part != part) and not self._begin(part):
            return self._renewed(parameters, cancelled, draft=False)
        self._on_device.write(parameters, [part])
        step: StepArrays | None = self._run()
        if step is not None and step.status.unknown:
            step = self._followed(part)
        if step is None:
            return self._renewed(parameters, cancelled, draft=False)
        self._conditioned, self._drafted = parameters, False
        if step.status.apart:
            return self._whole()
        assert self._drag is not None
        return self._drag.surface(step)

    def _try_out(self, part: CodeName, parameters: Parameters, cancelled: Cancel) -> None:
        """Take a step to where a part is; without memory for that, forget all, and let the next update do with less."""
        try:
            self._edit(part, parameters, cancelled)
        except torch.OutOfMemoryError:
            self._forget()
        except RuntimeError as error:
            self._forget()
            raise self._lost(f"has failed ({first_words(error)})", error) from error
        except BaseException:
            self._surface = None
            raise

    def _begin(self, part: CodeName, keep: Tensor | None = None) -> bool:
        """Find what a drag of a part can change; false where nothing of its window was seen."""
        mesh = self._current_mesh()
        samples = self._samples(part, mesh, keep)
        if samples is None:
            return False
        chosen = region(samples, self._values, mesh, self._on_device.cubes)
        faces = chosen.faces  # about two a vertex, and two a cell
        needed = RegionStep.needed(chosen, active=faces // 2, vertices=faces // 2, faces=faces)
        self._drag = Drag(part, chosen, self._loaded(part, chosen, needed))
        return True

    def _samples(self, part: CodeName, mesh: DeviceMesh, keep: Tensor | None) -> RegionSamples | None:
        """The samples inside the part's window within the band of the surface, and `keep`; None if it has none.

        All others inside the window are made unknown, their sign kept: their values will not be those of the next code.
        """
        evaluator, cubes, values = self._on_device, self._on_device.cubes, self._values.view(-1)
        noted = (((self._inside >> CODES.index(part)) & 1) > 0) & values.isfinite()
        seen = cubes.indices(noted.nonzero()[:, 0])
        if not len(seen):
            return None
        low, high = torch.stack([seen.amin(0), seen.amax(0)]).int().tolist()
        box = tuple(
            slice(max(a - self._reach, 0), min(b + self._reach + 1, n))
            for a, b, n in zip(low, high, self._grid.shape, strict=True)
        )
        chosen = torch.zeros_like(noted)
        chosen[(mesh.cells[:, None] + cubes.corner_steps).view(-1)] = True
        within_band = near(chosen.view(self._grid.shape)[box], self._reach)
        chosen.fill_(False)
        chosen.view(self._grid.shape)[box] = within_band
        if keep is not None:
            chosen[keep] = True
        wanted = chosen.clone()
        wanted.view(self._grid.shape)[box] |= self._values[box].isfinite()
        flat = wanted.nonzero()[:, 0]
        states, weight = evaluator.states(part, flat)
        inside, stays = weight[:, 0] > 0.0, chosen[flat]
        stale = flat[inside & ~stays]
        values[stale] = torch.copysign(torch.full_like(values[stale], torch.inf), values[stale])
        taken = inside & stays
        return RegionSamples(flat[taken], states[taken], weight[taken])

    def _loaded(self, part: CodeName, held: Region, needed: Room) -> RegionStep:
        """The part's buffers with a region in them, made larger where they must be."""
        step = self._steps.get(part)
        if step is None or not step.room.holds(needed):
            room = step.room if step else Room(*[0] * len(Room._fields))
            step = self._steps[part] = RegionStep(part, self._on_device, room.grown(needed, self._on_device.rows))
        step.load(held)
        return step

    def _run(self) -> StepArrays:
        """One step of the drag at the code that was written, in buffers that hold it."""
        drag = self._drag
        assert drag is not None
        while True:
            step = drag.step.run()
            self.evaluated += len(drag.region.samples.flat)
            if step.status.wrong:
                raise not_numbers()
            needed = drag.step.needed_now(step.status)
            if drag.step.room.holds(needed):
                drag.status = step.status
                return step
            drag.step = self._loaded(drag.part, drag.region, needed)

    def _followed(self, part: CodeName) -> StepArrays | None:
        """The last step once more, with the samples that the surface has gone on to; None if that does not do."""
        assert self._drag is not None
        keep = self._drag.region.samples.flat
        self._commit()
        cubes, values = self._on_device.cubes, self._values.view(-1)
        while True:
            cells, _ = cubes.active(self._values)
            corners = torch.unique(cells[:, None] + cubes.corner_steps)
            unknown = corners[values[corners].isinf()]
            if not len(unknown):
                break
            values[unknown] = self._read(unknown, self._inside)
        self._on_device.require_numbers()
        if not self._begin(part, keep):
            return None
        step = self._run()
        return None if step.status.unknown else step

    def _current_mesh(self, cancelled: Cancel = None) -> DeviceMesh:
        """The mesh of the last surface, on the device."""
        self._commit()
        if self._mesh is None:
            self._mesh = self._meshed(self._values, self._known, cancelled)
        return self._mesh

    def _commit(self) -> None:
        """End a drag: write what it has changed into the grid."""
        drag, self._drag = self._drag, None
        if drag is not None and drag.status is not None:
            drag.step.commit(self._values.view(-1), self._inside)
            self._known = drag.region.rest.vertices + drag.step.vertices(drag.status)
            self._mesh = None

    def _whole(self, cancelled: Cancel = None) -> Surface:
        """The surface of what is held, by itself."""
        return largest_surface(self._current_mesh(cancelled))
