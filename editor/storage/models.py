"""The model that a project was made with: found where it was last, or asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from facewright.core.errors import FacewrightError
from facewright.core.model import model_file
from facewright.editor.desktop.messages import choose, show_error
from facewright.editor.storage.recent import remembers

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import Project
    from facewright.editor.storage.files import Files

MODEL_SUFFIX = ".safetensors"
MODEL_FILTER = f"Facewright models (*{MODEL_SUFFIX})"
_KEY = "models"
_MOST = 50


def remember_model(fingerprint: str, path: Path) -> None:
    """Remember where a model was, from one start to the next."""
    settings = QSettings()
    if not remembers(settings):
        return
    paths = {key: value for key, value in _known(settings).items() if key != fingerprint}
    entries = [*paths.items(), (fingerprint, str(path.absolute()))][-_MOST:]
    settings.setValue(_KEY, [f"{key} {value}" for key, value in entries])


def forget_models() -> None:
    """Forget where models were."""
    QSettings().remove(_KEY)


def load_model(path: Path) -> HeadModel:
    """Read a model and hash its weights, so that nobody has to wait for that afterwards."""
    model = model_file.load(path)
    _ = model.fingerprint
    return model


class ModelFinder:
    """Brings the model that a project needs."""

    def __init__(self, files: Files, window: QWidget) -> None:
        """files : does the reading; window : what questions are asked over."""
        self._files, self._window = files, window

    def fetch(self, project: Project, then: Callable[[HeadModel], object]) -> None:
        """Load the model of a project, asking for its file if it is not where it was; `then` is called with it."""
        places = [
            _known(QSettings()).get(project.fingerprint),
            *map(str, map(model_file.bundled_model, model_file.BUNDLED)),
        ]
        paths = [Path(place) for place in places if place]

        def loaded(model: HeadModel | None) -> None:
            then(model) if model else self._ask(project, then)

        job = partial(_first, paths, project.fingerprint)
        self._files.read(f"Looking for the model {project.model_name}…", job, loaded)

    def _ask(self, project: Project, then: Callable[[HeadModel], object]) -> None:
        def chosen(path: Path) -> None:
            self._files.read(f"Loading {path.name}…", partial(load_model, path), partial(self._judge, project, then))

        choose(
            self._window,
            f"This project was made with the model {project.model_name}, and its file is not where it was.",
            "Choose the model's file to go on. Nothing has been changed.",
            {"Choose Model…": lambda: self._files.chooser.ask("Open Model", MODEL_FILTER, chosen)},
        )

    def _judge(self, project: Project, then: Callable[[HeadModel], object], model: HeadModel) -> None:
        if project.fingerprint in model.fingerprints:
            then(model)
            return
        same = model.name == project.model_name
        other = "another version of it" if same else f"the model {model.name}, not {project.model_name}"
        box = show_error(self._window, f"That file holds {other}: choose the one that the project was made with.")
        box.finished.connect(lambda: self._ask(project, then))


def _first(paths: list[Path], fingerprint: str) -> HeadModel | None:
    """The first of the files that holds a model of that fingerprint; what cannot be read does not."""
    for path in paths:
        try:
            model = load_model(path)
        except FacewrightError:
            continue
        if fingerprint in model.fingerprints:
            remember_model(fingerprint, path)
            return model
    return None


def _known(settings: QSettings) -> dict[str, str]:
    stored = settings.value(_KEY)
    entries = stored if isinstance(stored, list) else [stored]  # Qt gives a list of one as that one
    pairs = (entry.partition(" ") for entry in entries if isinstance(entry, str))
    return {fingerprint: path for fingerprint, _, path in pairs}
