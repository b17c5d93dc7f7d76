"""A scan is read, placed by clicks and fitted; what comes of it is one step of the history."""

from __future__ import annotations

import io
import threading
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from PySide6.QtCore import QObject, Qt
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import FIVE
from facewright.core.errors import Cancelled
from facewright.core.parameters import Parameters
from facewright.core.project import MOST_VARIANTS
from facewright.core.project_file import to_bytes
from facewright.core.scan.mean_face import mean_face
from facewright.core.scan.scan_fit import ScanFitSettings
from facewright.core.surface.extraction import head_mesh
from facewright.editor import commands
from facewright.editor.document import Document
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.newest import Task
from facewright.editor.live.painting import PaintRequest, paint
from facewright.editor.live.scan_surface import CarriedSurface, StillScan
from facewright.editor.scan import scan_session
from facewright.editor.scan.scan_session import ScanSession
from facewright.editor.viewport.colours import displacement_colours
from facewright.editor.viewport.display_options import RESIDUAL_RANGE_MM, DisplayOptions
from tests.core.scan.test_fitted_scan import some_scan
from tests.core.tiny_model import wide_nosed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.mean_face import MeanFace

HEAD = Parameters(nose=(0.4,), remainder=(0.5, 1.0))
ON_TEMPLATE = dict(zip(FIVE, [(-18, 45, 95), (18, 45, 95), (0, 10, 100), (-25, -30, 90), (25, -30, 90)], strict=True))
MODEL = replace(wide_nosed(), points={name: np.array(point, np.float32) for name, point in ON_TEMPLATE.items()})
TURN, SHIFT = Rotation.from_rotvec([0.3, 1.4, -0.2]), np.array([10.0, -3.0, 40.0])


def out_of_place(points: np.ndarray) -> np.ndarray:
    """Where the scanner had points of the head, in cm."""
    return TURN.apply(points) / 10.0 + SHIFT


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The front of a head as a scanner gives it, with colours."""
    mesh = head_mesh(MODEL, HEAD, 7.0)
    faces = mesh.faces[(mesh.vertices[mesh.faces][..., 2] > -20.0).all(axis=1)]
    red = np.tile(np.array([200, 30, 30, 255], np.uint8), (len(mesh.vertices), 1))
    path = tmp_path_factory.mktemp("scans") / "Anna.ply"
    trimesh.Trimesh(out_of_place(mesh.vertices), faces, vertex_colors=red, process=False).export(path)
    return path


@pytest.fixture(scope="module")
def mean() -> MeanFace:
    return mean_face(MODEL)


@pytest.fixture(scope="module")
def landmarks(mean: MeanFace) -> list[np.ndarray]:
    """Where the scanner would have the mean head's five landmarks, cm."""
    return list(out_of_place(np.array([mean.landmarks[name] for name in FIVE])))


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[ScanSession]:
    parent = QObject()
    settings = ScanFitSettings(steps=25, surface_points=120, space_points=80)
    session = ScanSession(Document(MODEL, parent=parent), settings, parent)
    yield session
    session.close()


def is_placed(session: ScanSession) -> bool:
    return session.placement is not None and session.placement.is_placed


def document(session: ScanSession) -> Document:
    return session._document


def opened(qtbot: QtBot, session: ScanSession, path: Path) -> StillScan:
    """Open a scan, and do not wait for its face to be found: the tiny head has none."""
    session.open(path)
    qtbot.waitUntil(lambda: session.placement is not None)
    session.cancel()
    assert session.still is not None
    return session.still


def click_all(qtbot: QtBot, session: ScanSession, landmarks: list[np.ndarray]) -> None:
    assert session.still is not None
    session.begin_clicking()
    for point in landmarks:
        session.grab(session.still.place.to_head(point[None])[0])
    qtbot.waitUntil(lambda: not session.doing)


def test_from_a_file_to_a_fitted_head_in_one_step(
    qtbot: QtBot, session: ScanSession, path: Path, landmarks: list[np.ndarray]
) -> None:
    still = opened(qtbot, session, path)
    assert session.placement
    assert (session.placement.name, session.placement.unit) == (f"Scan {date.today().isoformat()}", "cm")
    session.rename("  ")  # nothing was named
    session.rename("Before surgery ")
    assert session.placement.name == "Before surgery"
    assert not is_placed(session)
    assert abs(np.median(still.surface.mesh.vertices, axis=0)).max() < 1.0  # in the middle of the screen

    session.begin_clicking()
    for point in (landmarks[0], landmarks[4]):
        session.grab(still.place.to_head(point[None])[0])
    session.undo_click()
    assert session.placement.missing == FIVE[1]
    np.testing.assert_allclose(session.placement.clicked["en_r"], landmarks[0], atol=1e-6)
    assert session.still
    assert session.still.place is still.place  # the camera stays
    assert len(session.still.marks) == 1

    said: list[str] = []
    session.failed.connect(said.append)
    click_all(qtbot, session, landmarks)
    assert not said
    assert is_placed(session)
    assert session.placement.by_landmarks
    assert session.placement.alignment
    there = session.placement.alignment.to_head(np.array(landmarks))
    back = TURN.inv().apply((np.array(landmarks) - SHIFT) * 10.0)
    assert np.linalg.norm(there - back, axis=1).max() < 8.0

    full = document(session).state
    while len(document(session).state.variants) < MOST_VARIANTS:
        commands.branch(document(session))
    session.fit()
    assert [sentence for sentence in said if "delete one" in sentence]
    assert not session.is_fitting
    assert is_placed(session)
    while document(session).state != full:
        document(session).undo_stack.undo()

    told: list[float] = []
    session.progressed.connect(lambda step, steps, error: told.append(error))
    on: set[threading.Thread] = set()
    session.progressed.connect(
        lambda step, steps, error: on.add(threading.current_thread()), Qt.ConnectionType.DirectConnection
    )
    with qtbot.waitSignal(session.fitted):
        session.fit()
    assert not is_placed(session)
    variant = document(session).state.variant
    with zipfile.ZipFile(io.BytesIO(to_bytes(document(session).project()))) as file:
        assert b"Anna" not in b"".join(map(file.read, file.namelist()))
    assert variant.name == "Before surgery"
    assert variant.scan
    assert variant.scan.fit.complete
    assert variant.parameters == variant.scan.fit.parameters != Parameters()
    assert len(told) == 25
    assert on == {threading.main_thread()}
    assert len(variant.scan.fit.residual) == len(variant.scan.scan.points)
    assert document(session).undo_stack.count() == 1
    document(session).undo_stack.undo()
    assert document(session).state.variant.scan is None


def test_a_fit_that_is_called_off_keeps_the_best_so_far(
    qtbot: QtBot, session: ScanSession, path: Path, landmarks: list[np.ndarray]
) -> None:
    opened(qtbot, session, path)
    click_all(qtbot, session, landmarks)
    before = threading.Event()
    session._worker.want(Task(lambda cancelled: before.wait(60), lambda answer: None))
    session.fit()
    session.cancel()  # a fit that has not begun has no best
    before.set()
    assert not session.doing
    qtbot.waitUntil(lambda: not session._worker.busy)
    assert document(session).undo_stack.count() == 0
    session.progressed.connect(lambda step, steps, error: session.cancel())
    with qtbot.waitSignal(session.fitted):
        session.fit()
    fitted = document(session).state.variant.scan
    assert fitted
    assert not fitted.fit.complete
    assert 0 < len(fitted.fit.history) < 25


def test_norms_stay_with_the_person_whose_scan_is_fitted_again_and_not_with_another(session: ScanSession) -> None:
    told: list[str] = []
    session.told.connect(told.append)
    document(session).set_cohort("Women, 25 years")  # of whom the first scan is of
    first, other = some_scan(), some_scan()
    for scan, cohort in ((first, "Women, 25 years"), (replace(first, name="Again"), "Women, 25 years"), (other, "")):
        session._adopt(scan)
        assert document(session).cohort == cohort
    assert len(told) == 1


def test_another_project_takes_nothing_from_a_fit_under_way(
    qtbot: QtBot, session: ScanSession, path: Path, landmarks: list[np.ndarray]
) -> None:
    opened(qtbot, session, path)
    click_all(qtbot, session, landmarks)
    session.fit()
    document(session).start_anew()
    assert session.placement is None
    session._worker.want(Task(lambda cancelled: None, lambda answer: session.fitted.emit()))
    with qtbot.waitSignal(session.fitted):  # after the fit's own answer
        pass
    assert document(session).undo_stack.count() == 0


def test_a_fit_under_way_is_given_up_in_words_when_training_brings_another_model(
    qtbot: QtBot, session: ScanSession, path: Path, landmarks: list[np.ndarray]
) -> None:
    opened(qtbot, session, path)
    click_all(qtbot, session, landmarks)
    words: list[str] = []
    session.failed.connect(words.append)
    session.fit()
    document(session).exchange_model(replace(MODEL, name="Step 20"))
    assert not session.doing
    assert "Fit again" in words[0]
    session._worker.want(Task(lambda cancelled: None, lambda answer: session.fitted.emit()))
    with qtbot.waitSignal(session.fitted):  # after the fit's own answer
        pass
    assert document(session).state.variant.scan is None
    assert is_placed(session)  # as it was
    with qtbot.waitSignal(session.fitted):
        session.fit()
    assert document(session).state.variant.scan


def test_the_model_of_a_search_is_the_one_that_it_began_with(
    qtbot: QtBot, session: ScanSession, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads are given a model: the document's is another by the time that they begin."""
    models: list[HeadModel] = []

    def noted(model: HeadModel) -> MeanFace:
        models.append(model)
        raise Cancelled

    opened(qtbot, session, path)
    qtbot.waitUntil(lambda: not session._worker.busy)
    monkeypatch.setattr(scan_session, "mean_face", noted)
    gate = threading.Event()
    session._worker.want(Task(lambda cancelled: gate.wait(60), lambda answer: None))
    first = document(session).model
    session.find()
    document(session).exchange_model(replace(MODEL, name="Step 20"))
    gate.set()
    qtbot.waitUntil(lambda: len(models) == 1)
    assert models[0] is first


def test_clicks_that_are_no_face_are_refused_and_can_be_taken_back(
    qtbot: QtBot, session: ScanSession, path: Path, landmarks: list[np.ndarray]
) -> None:
    opened(qtbot, session, path)
    said: list[str] = []
    session.failed.connect(said.append)
    click_all(qtbot, session, [landmarks[i] for i in (0, 1, 2, 0, 1)])
    assert len(said) == 1
    assert "the subject's own" in said[0]
    assert session.placement
    assert session.is_clicking
    session.undo_click()
    assert session.placement.missing == "ch_l"
    assert not is_placed(session)


@pytest.mark.parametrize(("name", "content", "says"), [
    ("empty.obj", b"", "empty.obj"),
    ("flat.obj", b"v 0 0 0\n" * 900, "no surface"),
    ("none.ply", None, "no file"),
])  # fmt: skip
def test_what_is_no_scan_is_told_and_changes_nothing(
    qtbot: QtBot, session: ScanSession, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with qtbot.waitSignal(session.failed) as blocker:
        session.open(tmp_path / name)
    assert blocker.args
    assert says in blocker.args[0]
    qtbot.waitUntil(lambda: not session.doing)
    assert session.placement is None


def test_the_patients_own_surface_follows_the_head_and_its_map_shows_the_residual(
    qtbot: QtBot, session: ScanSession, path: Path, landmarks: list[np.ndarray]
) -> None:
    opened(qtbot, session, path)
    click_all(qtbot, session, landmarks)
    with qtbot.waitSignal(session.fitted):
        session.fit()
    fitted = document(session).state.variant.scan
    assert fitted
    source = CarriedSurface(MODEL, fitted)
    at_rest = evaluate(Job(1, MODEL, fitted.fit.parameters, 0))
    painting = paint(PaintRequest(at_rest, DisplayOptions(own_surface=True), source=source))
    np.testing.assert_array_equal(painting.head.mesh.vertices, fitted.points)
    assert painting.head.colours is not None
    assert (painting.head.colours == [200, 30, 30]).all()
    assert (
        painting.head.normals * (painting.head.mesh.vertices - painting.head.mesh.vertices.mean(axis=0))
    ).sum() > 0.0

    residual = paint(PaintRequest(at_rest, DisplayOptions(colouring="residual"), source=source))
    assert residual.head.colours is not None
    unknown = np.isnan(fitted.fit.residual)
    assert (residual.head.colours[unknown] == 128).all()
    expected = displacement_colours(fitted.fit.residual[~unknown], RESIDUAL_RANGE_MM)
    np.testing.assert_array_equal(residual.head.colours[~unknown], expected)

    edited = fitted.fit.parameters.with_value("nose", 0, fitted.fit.parameters.value("nose", 0) - 1.0)
    after = evaluate(Job(2, MODEL, edited, 0))
    moved = paint(PaintRequest(after, DisplayOptions(colouring="displacement"), at_rest, source, other_source=source))
    way = np.linalg.norm(moved.head.mesh.vertices - fitted.points, axis=1)
    assert way.max() > 0.3
    assert (way == 0.0).mean() > 0.3
    assert moved.head.colours is not None
    still = moved.head.colours[way == 0.0]
    assert (still == still[0]).all()
    assert np.abs(moved.head.colours[way.argmax()].astype(int) - still[0]).sum() > 20
