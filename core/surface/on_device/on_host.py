"""Finished surfaces on the host: what crosses from the device, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from facewright.core.mesh import Mesh
from facewright.core.surface.extraction import nothing_found
from facewright.core.surface.growing import Growing
from facewright.core.surface.patched_mesh import Surface

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from facewright.core.parts import CodeName
    from facewright.core.surface.on_device.mesh import DeviceMesh
    from facewright.core.surface.on_device.region import Region
    from facewright.core.surface.on_device.region_step import RegionStep, Status, StepArrays


@dataclass(eq=False)
class Drag:
    """A part that is being changed, and the rest of the head on the host."""

    part: CodeName
    region: Region
    step: RegionStep
    status: Status | None = None
    base: int | None = None
    vertices: Growing = field(init=False)
    normals: Growing = field(init=False)
    faces: Growing = field(init=False)

    def __post_init__(self) -> None:
        """Fetch the rest."""
        rest = self.region.rest
        arrays = host(rest.vertices.points[rest.order], rest.vertices.normals[rest.order], rest.faces)
        self.vertices, self.normals, self.faces = map(Growing, arrays)

    def surface(self, step: StepArrays) -> Surface:
        """The rest with what a step has found."""
        rest = self.region.rest
        if not len(rest.faces) + len(step.faces):
            raise nothing_found()
        mesh = Mesh(self.vertices.ending_with(step.vertices), self.faces.ending_with(step.faces))
        given = {} if self.base is None else {"base": self.base}
        surface = Surface(
            mesh,
            self.normals.ending_with(step.normals),
            kept_vertices=len(rest.order),
            kept_faces=len(rest.faces),
            **given,
        )
        self.base = surface.base
        return surface


def largest_surface(mesh: DeviceMesh) -> Surface:
    """The component of a mesh that encloses the most, on the host."""
    vertices, normals, faces = host(*mesh.largest())
    return Surface(Mesh(vertices, faces), normals)


def host(*tensors: Tensor) -> list[np.ndarray]:
    """Tensors as arrays; from a card in pinned memory, which spares a copy on the way, and with one wait for all."""
    if tensors[0].is_cuda:
        there = tensors
        tensors = tuple(torch.empty_like(tensor, device="cpu", pin_memory=True) for tensor in there)
        for host, tensor in zip(tensors, there, strict=True):
            host.copy_(tensor, non_blocking=True)
        torch.cuda.current_stream(there[0].device).synchronize()
    return [tensor.cpu().numpy() for tensor in tensors]
