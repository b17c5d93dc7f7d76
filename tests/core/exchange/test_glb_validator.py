"""GLB files as the Khronos Group's own validator sees them; `.ci/setup test` installs it where there is npm."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.exchange.glb import to_glb
from facewright.core.exchange.pbr_material import SKIN, PbrMaterial
from facewright.core.exchange.shape import Shape, TextureMap
from facewright.core.exchange.skeleton import Skeleton, strongest
from facewright.core.parameters import Parameters
from facewright.core.production.skeleton import Joint
from facewright.core.reading.surface_file import read_surface
from tests.core.tiny_model import tiny_model_with_template

VALIDATE = Path(__file__).with_name("validate_glb.js")
MODULES = Path(sys.prefix) / "node_modules"

NEEDS_VALIDATOR = pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "gltf-validator").is_dir(),
    reason="node or the npm package gltf-validator is not installed",
)


@NEEDS_VALIDATOR
@pytest.mark.parametrize(
    "settings",
    [
        ExportSettings("m", "cubes", 8.0),
        ExportSettings("m", "template"),
        ExportSettings("m", "template", sculpting=True),
        ExportSettings("m", "template", targets={"wide": Parameters(mouth=(2.0,))}, expressions="training"),
    ],
)
def test_the_validator_finds_neither_errors_nor_warnings(settings, tmp_path):
    path = tmp_path / "head.glb"
    export_head(tiny_model_with_template(), Parameters(nose=(1.0,), expression=(0.5,)), path, settings)
    require_valid(path)


@NEEDS_VALIDATOR
def test_quads_images_colours_joints_and_several_materials_are_valid_too(tmp_path):
    """And read as what they are by another library."""
    image = io.BytesIO()
    Image.new("RGBA", (3, 5), (200, 100, 50, 128)).save(image, "PNG")  # of an odd number of bytes, maybe
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1]], np.float32)
    faces = np.array([[0, 3, 2, 1], [0, 1, 5, 4], [2, 3, 4, -1]], np.int32)
    lash = PbrMaterial("lashes", image=image.getvalue(), see_through=True, both_sides=True)
    shape = Shape(
        "box",
        corners,
        faces,
        ("a note",),
        TextureMap(corners[:, :2], np.arange(6, dtype=np.int32), faces),
        targets={"up": corners + np.array([0, 0, 1], np.float32), "still": corners},
        materials=(SKIN, PbrMaterial("not used"), lash),
        material=np.array([0, 2, 2]),
        colours=np.array([[0, 128, 255]] * 6, np.uint8),
        skeleton=Skeleton(
            (Joint("neck", None, np.array([0, -1, 0])), Joint("head", "neck", np.zeros(3))),
            *strongest(np.eye(6)[:, :2] + 0.1),
        ),
    )
    path = tmp_path / "box.glb"
    path.write_bytes(to_glb(shape, "m"))
    require_valid(path)
    meshes = trimesh.load_scene(path).geometry.values()
    assert [len(mesh.faces) for mesh in meshes] == [2, 3]
    own = read_surface(path)
    np.testing.assert_allclose(own.points[own.triangles], corners[shape.triangles.corners], atol=1e-6)


def require_valid(path):
    run = subprocess.run(
        ["node", str(VALIDATE), str(path)],
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=True,
    )
    issues = json.loads(run.stdout)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
