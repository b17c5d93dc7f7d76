"""A tiny model of a ball-shaped head, with random stages and a window for each part."""

import dataclasses
import functools
import math

import numpy as np
import torch
import trimesh
from scipy.spatial import cKDTree

from facewright.core.model.head_model import HeadModel
from facewright.core.model.latent_space import SPREAD_EDGES, LatentSpace
from facewright.core.model.registration import Registration
from facewright.core.model.template_mesh import TemplateMesh
from facewright.core.network.config import NetworkConfig
from facewright.core.network.frame import Frame
from facewright.core.network.jet import Jet
from facewright.core.network.network import Network
from facewright.core.parts import CODE_SIZES, CODES, PARTS, CodeName

FRAME = Frame(centre_mm=(0.0, 10.0, -5.0), radius_mm=150.0)
BALL = 0.7
"""Radius of the template, in network units: 105 mm."""

PLANES = {"nose": [(0.0, 0.0, 0.7)], "eyes": [(-0.3, 0.25, 0.57), (0.3, 0.25, 0.57)], "mouth": [(0.0, -0.35, 0.6)]}
"""Where each component's window stands on the template, facing +z."""


def _fit_ball(network: Network) -> None:
    """Teach the template's SDF the distance to a ball."""
    optimizer = torch.optim.Adam(network.sdf.parameters(), lr=2e-3)
    for _ in range(300):
        points = torch.rand(1, 1024, 3) * 2.0 - 1.0
        error = network.sdf(Jet.points(points, derivatives=False)).value[..., 0] - (points.norm(dim=-1) - BALL)
        optimizer.zero_grad()
        error.abs().mean().backward()
        optimizer.step()


@functools.cache
def tiny_model(windows: bool = True, stages: tuple[CodeName, ...] = CODES) -> HeadModel:
    """Three components a code; every code moves its stage, or without stages the surface, by a few mm.

    Made once a session.
    """
    generator_state = torch.random.get_rng_state()
    torch.manual_seed(0)
    network = Network(
        NetworkConfig(
            width=16,
            layers=3,
            hyper_width=16,
            blend_width=8,
            landmark_width=16,
            sdf_width=32,
            sdf_omega=30.0,
            windows=windows,
            stages=stages,
        )
    )
    _fit_ball(network)
    with torch.no_grad():
        for shift in network.sdf.shifts[-1:]:
            shift.get_parameter("weight").normal_(std=1e-3)
        for code in stages:
            hypernet = network.stage(code).hypernet
            last = hypernet.layout[-2:]  # of the last layer, weights before biases
            outer, weights = sum(math.prod(shape) for _, shape in last), math.prod(last[0][1])
            hypernet.heads.bias[-outer:].mul_(0.1)
            hypernet.heads.weight[-outer:][:weights].mul_(3.0)
            for window, plane in zip(network.stage(code).windows, PLANES.get(code, ()), strict=windows):
                window.get_buffer("to_plane")[:, 3] = -torch.tensor(plane)
                window.get_buffer("outline")[0] = 0.15
                window.get_buffer("extent").copy_(torch.tensor([0.1, -0.3, 0.3]))
    torch.random.set_rng_state(generator_state)
    rng = np.random.default_rng(0)

    def space(size: int) -> LatentSpace:
        directions = np.linalg.qr(rng.standard_normal((size, 3)))[0].T.astype(np.float32)
        return LatentSpace(np.zeros(size, np.float32), directions, np.array([3.0, 2.0, 1.0], np.float32))

    return HeadModel(
        name="tiny",
        network=network,
        frame=FRAME,
        bounds_mm=np.array([[-130, -120, -135], [130, 140, 125]], np.float32),
        latent={code: space(CODE_SIZES[code]) for code in CODES},
        mirror={code: np.eye(CODE_SIZES[code], dtype=np.float32) for code in CODES},
        metadata={"unit": "mm"},
        expressions={"smile": np.eye(CODE_SIZES["expression"], dtype=np.float32)[0]},
        spread={code: np.full((3, len(SPREAD_EDGES) - 1), 0.04, np.float32) for code in CODES},
        source_spread={
            f"{source}.{code}": np.full((3, len(SPREAD_EDGES) - 1), share, np.float32)
            for source, share in (("Here", 0.03), ("There", 0.05))
            for code in CODES
        },
        points={"prn": np.array([0.0, 10.0, 100.0], np.float32)},
        registration=Registration(
            "tiny", np.array([2, 5], np.int32), np.array([[0.0, 10.0, 100.0], [30.0, 20.0, 70.0]], np.float32)
        ),
    )


def wide_nosed(times: float = 5.0) -> HeadModel:
    """The tiny model with a nose that moves so many times further a σ: by millimetres."""
    model = tiny_model()
    nose = model.latent["nose"]
    return dataclasses.replace(
        model, latent={**model.latent, "nose": dataclasses.replace(nose, sigma=nose.sigma * np.float32(times))}
    )


@functools.cache
def tiny_model_with_template() -> HeadModel:
    """The same with a mesh of its template: a ball whose parts face +z, with a seam of the UVs along x = 0."""
    ball = trimesh.creation.icosphere(subdivisions=3, radius=BALL * FRAME.radius_mm)
    vertices, faces = np.asarray(ball.vertices), np.asarray(ball.faces)
    mirror = cKDTree(vertices).query(vertices * (-1.0, 1.0, 1.0))[1]
    centres = vertices[faces].mean(axis=1) / FRAME.radius_mm
    part = np.full(len(faces), PARTS.index("remainder"))
    for name, planes in PLANES.items():
        for plane in planes:
            part[np.linalg.norm(centres - plane, axis=1) < 0.2] = PARTS.index(name)
    side = (centres[:, 0] > 0.0).astype(np.int64)  # one chart a side
    corners, uv_faces = np.unique((faces + side[:, None] * len(vertices)).reshape(-1), return_inverse=True)
    uv_vertex = corners % len(vertices)
    chart = vertices[uv_vertex, 1:] / (4.0 * BALL * FRAME.radius_mm) + 0.25
    chart[:, 0] += 0.5 * (corners >= len(vertices))
    template = TemplateMesh(
        vertices=(vertices + FRAME.centre_mm).astype(np.float32),
        faces=faces.astype(np.int32),
        part=part.astype(np.uint8),
        mirror=mirror.astype(np.int32),
        uv=chart.astype(np.float32),
        uv_vertex=uv_vertex.astype(np.int32),
        uv_faces=uv_faces.reshape(-1, 3).astype(np.int32),
        landmarks={"prn": int(vertices[:, 2].argmax())},
    )
    return dataclasses.replace(tiny_model(), template=template)
