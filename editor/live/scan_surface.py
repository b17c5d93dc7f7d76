"""A scan on the screen in the head's place: where it was placed, or carried along with the edits of its fitted head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.normals import look_inwards, vertex_normals
from facewright.core.scan.detail import CarriedScan
from facewright.core.sculpt.warp import head_warp
from facewright.editor.viewport.texture import SurfaceTexture

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.align import Alignment
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.core.scan.scan import Scan


@dataclass(frozen=True, eq=False)
class ScanSurface:
    """A scan, mm, head frame; a cloud is a mesh without faces.

    normals : (V, 3) float32, out of the head; colours : (V, 3) uint8 sRGB, the scan's own, None where it has none;
    residual : (V,) float32, mm, its distance from the head that was fitted to it, NaN where there is none; texture :
    its images.
    """

    mesh: Mesh
    normals: np.ndarray
    colours: np.ndarray | None = None
    residual: np.ndarray | None = None
    texture: SurfaceTexture | None = None


class StillScan:
    """A scan that is only looked at, while it is being placed.

    name : what is said of it in the picture; place : from the scan's unit and frame to where it is shown; marks :
    (n, 3) float32, mm, head frame, the points that a person clicked.
    """

    def __init__(self, scan: Scan, place: Alignment, clicked: np.ndarray, name: str = "Scan") -> None:
        """The scan where `place` puts it; clicked : (n, 3) in its own unit and frame; name : what it is called."""
        self.name = f"{name}, not fitted"
        self.place = place
        self.marks = place.to_head(clicked.reshape(-1, 3)).astype(np.float32)
        self._scan = scan

    @cached_property
    def surface(self) -> ScanSurface:
        """The same for every head."""
        points = self.place.to_head(self._scan.points).astype(np.float32)
        mesh, normals = _outward(points, self._scan, self.place.rotation)
        return ScanSurface(mesh, normals, self._scan.colours, texture=_texture(self._scan, mesh))


class CarriedSurface:
    """A fitted scan that follows the head; for one thread alone, the one that paints."""

    def __init__(self, model: HeadModel, fitted: FittedScan) -> None:
        """Hangs the scan on its head at the first surface asked for."""
        self.model, self.fitted = model, fitted
        self._carried: CarriedScan | None = None
        self._at_rest: tuple[Mesh, np.ndarray] | None = None
        self._texture: SurfaceTexture | None = None
        self._before: tuple[Parameters, ScanSurface] | None = None
        self._last: tuple[Parameters, bool, ScanSurface] | None = None

    def at(self, parameters: Parameters, *, roughly: bool = False) -> ScanSurface:
        """The patient's own surface on the head with these codes; see `CarriedScan.at`."""
        if self._last is None or self._last[0] != parameters or (self._last[1] and not roughly):
            self._last = (parameters, roughly, self._surface(parameters, roughly))
        return self._last[2]

    def before(self, parameters: Parameters) -> ScanSurface:
        """The same on the head that is compared with, exactly; that one stays while the other is edited."""
        if self._before is None or self._before[0] != parameters:
            self._before = (parameters, self._surface(parameters, roughly=False))
        return self._before[1]

    def moved(self, before: Parameters, after: Parameters) -> np.ndarray:
        """How far the skin at each point goes outwards from one head to another, (V,) float32, mm, inwards below 0.

        Along the mean of both normals: what slides along the skin is 0, where a signed length would jump from one end
        of the map to the other.
        """
        here, there = self.before(before), self.at(after, roughly=True)  # what is shown, however it was made
        normals = here.normals + there.normals
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
        outwards: np.ndarray = ((there.mesh.vertices - here.mesh.vertices) * normals).sum(axis=1)
        return outwards.astype(np.float32)

    def _surface(self, parameters: Parameters, roughly: bool) -> ScanSurface:
        fitted = self.fitted
        if self._at_rest is None:
            self._at_rest = _outward(fitted.points, fitted.scan, fitted.fit.alignment.rotation)
            self._texture = _texture(fitted.scan, self._at_rest[0])
        mesh, normals = self._at_rest
        points = self._points(parameters, roughly)
        if points is not fitted.points:
            mesh = Mesh(points, mesh.faces)
            if len(mesh.faces):  # a cloud keeps its normals: without neighbours there is nothing to turn them by
                normals = vertex_normals(points, mesh.faces)
        return ScanSurface(mesh, normals, fitted.scan.colours, fitted.fit.residual, self._texture)

    def _points(self, parameters: Parameters, roughly: bool) -> np.ndarray:
        fitted = self.fitted
        if parameters == fitted.fit.parameters:
            return fitted.points
        if not parameters.changed_from(fitted.fit.parameters):  # operations alone: nothing has to hang on the head
            return head_warp(self.model, parameters).moved(fitted.points)
        if self._carried is None:
            self._carried = CarriedScan(self.model, fitted.fit.parameters, fitted.points, fitted.fit.residual)
        return self._carried.at(parameters, roughly=roughly)


def cached_surface(model: HeadModel, fitted: FittedScan, *cached: CarriedSurface | None) -> CarriedSurface:
    """The one of those known that carries this scan on its head, or a new one: to hang a scan takes time."""
    for surface in cached:
        if surface and surface.model is model and surface.fitted is fitted:
            return surface
    return CarriedSurface(model, fitted)


def _outward(points: np.ndarray, scan: Scan, rotation: np.ndarray) -> tuple[Mesh, np.ndarray]:
    """A mesh of points (N, 3) and its normals, out of the head: scanners do not agree which side is the outside."""
    faces = scan.faces.astype(np.int32)
    if not len(faces):
        away, normals = points - points.mean(axis=0), (scan.normals @ rotation.T).astype(np.float32)
        side = np.sign((normals * away).sum(axis=1, keepdims=True))
        return Mesh(points, faces), normals * np.where(side == 0.0, 1.0, side).astype(np.float32)
    normals = vertex_normals(points, faces)
    if look_inwards(points, normals):
        faces, normals = np.ascontiguousarray(faces[:, ::-1]), -normals
    return Mesh(points, faces), normals


def _texture(scan: Scan, shown: Mesh) -> SurfaceTexture | None:
    """The scan's images on the faces that are shown of it, which may be turned round."""
    texture = scan.texture
    if texture is None:
        return None
    if not np.array_equal(shown.faces, scan.faces):
        texture = texture.turned()
    corners = texture.corners(shown.faces)
    return SurfaceTexture(corners.vertex, corners.points, corners.faces, texture.image, texture.images)
