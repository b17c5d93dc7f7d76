"""GLB files as the Khronos Group's own validator sees them; `.ci/setup test` installs it where there is npm."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.parameters import Parameters
from tests.core.tiny_model import tiny_model_with_template

VALIDATE = Path(__file__).with_name("validate_glb.js")
MODULES = Path(sys.prefix) / "node_modules"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "gltf-validator").is_dir(),
    reason="node or the npm package gltf-validator is not installed",
)


@pytest.mark.parametrize(
    "settings",
    [
        ExportSettings("m", "cubes", 8.0),
        ExportSettings("m"),
        ExportSettings("m", targets={"wide": Parameters(mouth=(2.0,))}, expressions=True),
    ],
)
def test_the_validator_finds_neither_errors_nor_warnings(settings, tmp_path):
    path = tmp_path / "head.glb"
    export_head(tiny_model_with_template(), Parameters(nose=(1.0,), expression=(0.5,)), path, settings)
    run = subprocess.run(
        ["node", str(VALIDATE), str(path)],
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=True,
    )
    issues = json.loads(run.stdout)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
